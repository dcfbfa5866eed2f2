import { inventedKind, testIds } from '../domain/test-ids.ts';
import { WEBHOOK_PATH } from '../domain/webhook-path.ts';
import type { DirectoryDocument, GroupDocument, UserDocument } from '../store/documents.ts';
import { ofPeople } from '../store/of-people.ts';
import type { CommandDeps } from './command-deps.ts';
import { confirm } from './confirm.ts';
import { unknownDirectory } from './require-directory.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';
import { publicUrl } from './public-url.ts';
import { signature, testEvent, type TestEventType } from './invent-event.ts';

type Deps = Pick<
  CommandDeps,
  'config' | 'database' | 'serverUrl' | 'fetch' | 'now' | 'newId' | 'terminal'
>;

export interface TestEventRequest {
  readonly type: TestEventType;
  readonly directory?: string;
  readonly user?: string;
  readonly group?: string;
  /** The address of an invented person. */
  readonly email?: string;
  /** Where it is posted to, such as the address that WorkOS uses; the running server if left out. */
  readonly url?: string;
  readonly yes?: boolean;
}

/**
 * Signs a test event and posts it to the running server, through the same intake as WorkOS's. What
 * is not named is invented. Asks first when something real is named. A repeat is another event.
 * Throws Refused otherwise.
 */
export const sendTestEvent = async (deps: Deps, request: TestEventRequest): Promise<Outcome> => {
  const { type } = request;
  const [secret] = deps.config.webhookSecrets;
  if (secret === undefined) {
    throw new Refused('WORKOS_WEBHOOK_SECRET is not set; it must be the secret of the endpoint.');
  }
  const url =
    request.url === undefined
      ? `${deps.serverUrl}${WEBHOOK_PATH}`
      : publicUrl('The URL of --url', request.url);
  const ids = testIds(deps.newId().replaceAll('-', ''));
  const directoryId = await directoryOf(deps, { ...request, invented: ids.directory });
  const userId = request.user ?? ids.user;
  const groupId = request.group ?? ids.group;
  const user = await namedPerson(deps, { id: request.user, directoryId });
  const group = await namedGroup(deps, { id: request.group, directoryId });
  if (request.email !== undefined && (user !== null || !/^[^\s@]+@[^\s@]+$/.test(request.email))) {
    throw new Refused(
      '--email takes one address, for a person who is invented; a known one keeps their own.',
      EXIT.usage,
    );
  }
  const real = [
    ...(isAboutDirectory(type) ? [directoryId] : []),
    ...(isAboutUser(type) ? [userId] : []),
    ...(isAboutGroup(type) ? [groupId] : []),
  ].filter((id) => inventedKind(id) === null);
  if (real.length > 0) {
    await confirm(deps.terminal, {
      effect: `A ${type} event about ${real.join(' and ')} is applied like a real one; removing the test event does not undo it.`,
      yes: request.yes === true,
    });
  }
  const now = deps.now();
  const email = request.email ?? null;
  const event = testEvent({
    type,
    subject: { directoryId, userId, groupId, user, group, email },
    now,
    id: ids.event,
  });
  await post(deps, { url, secret, body: JSON.stringify(event), now });
  return {
    data: {
      id: ids.event,
      type,
      directory: directoryId,
      user: isAboutUser(type) ? userId : null,
      group: isAboutGroup(type) ? groupId : null,
    },
    text: [
      `The server stored ${ids.event}; \`dsync events list --via test\` shows what became of it.`,
      `\`dsync send-test-event --remove ${ids.event}\` removes it and what it invented.`,
    ].join('\n'),
  };
};

const isAboutDirectory = (type: TestEventType): boolean =>
  type === 'dsync.activated' || type === 'dsync.deleted';
const isAboutUser = (type: TestEventType): boolean =>
  type.startsWith('dsync.user.') || type.startsWith('dsync.group.user_');
const isAboutGroup = (type: TestEventType): boolean => type.startsWith('dsync.group.');

/** The one that is named and known; else for an event about a directory an invented one, for others the only real one. */
const directoryOf = async (
  deps: Deps,
  {
    type,
    directory,
    invented,
  }: { readonly type: TestEventType; readonly directory?: string; readonly invented: string },
): Promise<string> => {
  const { directories } = deps.database();
  if (directory !== undefined) {
    const known = await directories.findOne({ _id: directory }, { projection: { _id: 1 } });
    if (known === null && inventedKind(directory) !== 'directory') {
      throw unknownDirectory(directory);
    }
    return directory;
  }
  if (isAboutDirectory(type)) return invented;
  const known = await directories.find({}, { projection: { _id: 1 } }).toArray();
  const real = known.filter(({ _id }) => inventedKind(_id) === null);
  const [only] = real;
  if (only === undefined || real.length > 1) {
    throw new Refused(
      `--directory is needed, because ${only === undefined ? 'no directory is' : 'several directories are'} known.`,
      EXIT.usage,
    );
  }
  return only._id;
};

interface Named {
  readonly id: string | undefined;
  readonly directoryId: DirectoryDocument['_id'];
}

const namedPerson = async (
  deps: Deps,
  { id, directoryId }: Named,
): Promise<UserDocument | null> => {
  if (id === undefined) return null;
  const found = await deps.database().users.findOne({ ...ofPeople([id]), directoryId });
  if (found === null && inventedKind(id) !== 'user') throw unknownRecord('--user', id, directoryId);
  return found;
};

const namedGroup = async (
  deps: Deps,
  { id, directoryId }: Named,
): Promise<GroupDocument | null> => {
  if (id === undefined) return null;
  const found = await deps.database().groups.findOne({ _id: id, directoryId });
  if (found === null && inventedKind(id) !== 'group') {
    throw unknownRecord('--group', id, directoryId);
  }
  return found;
};

/** Else the event would make up a record that nothing tells from a real one. */
const unknownRecord = (option: string, id: string, directoryId: string): Refused =>
  new Refused(
    `Nothing is known as ${id} in ${directoryId}; leave ${option} out, and one is invented.`,
  );

const post = async (
  deps: Deps,
  sent: {
    readonly url: string;
    readonly secret: string;
    readonly body: string;
    readonly now: Date;
  },
): Promise<void> => {
  const { url, secret, body, now } = sent;
  const answer = await deps
    .fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'workos-signature': signature(secret, now.getTime(), body),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    })
    .catch(() => null);
  if (answer === null) throw new Refused(`The server does not answer at ${url}; is it running?`);
  const said = await answer.text().catch(() => '');
  if (answer.ok && said.includes('"received":true')) return;
  if (answer.ok) {
    throw new Refused(`Somebody else than this server answered at ${url}; is it the right URL?`);
  }
  const code = codeOf(said);
  throw new Refused(
    `The test event was refused with status ${answer.status}${code === null ? '' : ` (${code})`}${answer.status === 401 ? '; WORKOS_WEBHOOK_SECRET must be the one that the server runs with, and a proxy must not change the body' : ''}.`,
  );
};

/** The code of our own refusals; what a proxy says is not repeated. */
const codeOf = (body: string): string | null => /"code":"([a-z-]{1,40})"/.exec(body)?.[1] ?? null;
