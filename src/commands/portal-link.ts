import { checkPolicy } from '../policy/check-policy.ts';
import { findContact } from '../store/find-contact.ts';
import { transact } from '../store/transact.ts';
import { writeContactMail } from '../store/write-mails.ts';
import type { CommandDeps } from './command-deps.ts';
import { facts, time } from './layout.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';
import { publicUrl } from './public-url.ts';
import { wakeOutboxKinds } from './wake-outbox-kinds.ts';

type Deps = Pick<CommandDeps, 'database' | 'workos' | 'temporal' | 'config' | 'now' | 'newId'>;

/** As WorkOS documents the life of a link. */
const LIFE_MINUTES = 5;

export interface PortalLinkRequest {
  readonly organization: string;
  readonly returnUrl: string;
  readonly mailTo?: string;
}

const READERS = { given: 'the address given', contact: 'the policy’s contact' } as const;

/** To whom a link goes; the address itself is told to nobody but the mail. */
interface Reader {
  readonly to: string;
  readonly directoryId: string | null;
  readonly who: keyof typeof READERS;
}

/**
 * Makes an Admin Portal link with which an organization connects its directory, and mails it, to the
 * address given or else to the policy's contact. A repeat makes another link and another mail. Throws
 * Refused before anything is made when the address or the URL is not sound.
 */
export const portalLink = async (deps: Deps, request: PortalLinkRequest): Promise<Outcome> => {
  const { organization } = request;
  const returnUrl = publicUrl('The return URL', request.returnUrl);
  const reader = await readerOf(deps, request);
  const link = await makeLink(deps, { organization, returnUrl });
  const expiresAt = new Date(deps.now().getTime() + LIFE_MINUTES * 60_000);
  const mail =
    reader === null ? null : await mailLink(deps, { organization, link, expiresAt }, reader);
  return {
    data: {
      organization,
      link,
      expiresAt,
      mail: mail === null ? null : { row: mail.row, to: mail.who },
    },
    text: facts([
      ['Organization', organization],
      ['Link', link],
      ['Lasts until', `${time(expiresAt)} (${LIFE_MINUTES} minutes)`],
      [
        'Mail',
        mail === null ? 'none: the policy names no contact' : `${mail.row} to ${READERS[mail.who]}`,
      ],
      ...(mail === null || mail.woken
        ? []
        : [['Note', 'Temporal does not answer; a worker sends it when it runs'] as const]),
    ]),
  };
};

const readerOf = async (
  deps: Deps,
  { organization, mailTo }: PortalLinkRequest,
): Promise<Reader | null> => {
  if (mailTo !== undefined) {
    if (checkPolicy({ contact: mailTo }).problems.length > 0)
      throw new Refused('The address of --mail-to is not an e-mail address.', EXIT.usage);
    return { to: mailTo, directoryId: null, who: 'given' };
  }
  const found = await findContact(deps.database(), organization);
  if (found === 'several')
    throw new Refused(
      `The directories of ${organization} have different contacts; name one with --mail-to.`,
      EXIT.usage,
    );
  const { contact, directoryId } = found;
  return contact === null ? null : { to: contact, directoryId, who: 'contact' };
};

const makeLink = async (
  deps: Deps,
  link: { readonly organization: string; readonly returnUrl: string },
): Promise<string> => {
  try {
    return (await deps.workos().adminPortal.generateLink({ ...link, intent: 'dsync' })).link;
  } catch (error) {
    if ((error as { status?: unknown }).status === 404)
      throw new Refused(`WorkOS knows no organization ${link.organization}.`);
    throw error;
  }
};

const mailLink = async (
  deps: Deps,
  made: { readonly organization: string; readonly link: string; readonly expiresAt: Date },
  { to, directoryId, who }: Reader,
) => {
  const mail = {
    template: 'portal-link',
    directoryId,
    to,
    key: `${made.organization}:${deps.newId()}`,
    variables: { link: made.link, minutes: LIFE_MINUTES, organizationId: made.organization },
    expiresAt: made.expiresAt,
  } as const;
  const row = await transact(deps.database(), (session, attempt) =>
    writeContactMail({ database: deps.database(), session, now: deps.now(), attempt }, mail),
  );
  return { row, who, woken: await wakeOutboxKinds(deps, ['mail']) };
};
