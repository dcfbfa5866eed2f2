import { stringify } from 'csv-stringify/sync';
import { linkCandidates, type LinkCandidate } from '../store/link-candidates.ts';
import type { CommandDeps } from './command-deps.ts';
import { requireDirectory } from './require-directory.ts';
import { table } from './layout.ts';
import { LINK_HEADER } from './link-file.ts';
import type { Outcome } from './outcome.ts';

const MOST_SHOWN = 500;

/** A candidate, and what a person should know before they take it. */
type Suggestion = LinkCandidate & { readonly note: 'several' | 'once-owned' | null };

/**
 * Lists accounts that may belong to people whose account was provisioned, for a person to decide.
 * Writes nothing. As CSV it has only those without a doubt, as `link import` takes them. Throws
 * Refused for a directory that is not known.
 */
export const linkSuggest = async (
  deps: Pick<CommandDeps, 'database'>,
  request: {
    readonly directory: string | null;
    readonly csv: boolean;
    readonly showAddresses: boolean;
  },
): Promise<Outcome> => {
  const database = deps.database();
  const directories =
    request.directory === null
      ? await database.directories.distinct('_id')
      : [(await requireDirectory(database, request.directory))._id];
  const found: LinkCandidate[] = [];
  for await (const candidate of linkCandidates(database, directories)) found.push(candidate);
  const suggestions = withNotes(found);
  return {
    data: suggestions.map(({ address, accountAddress, ...ids }) =>
      request.showAddresses ? { ...ids, address, accountAddress } : ids,
    ),
    text: request.csv ? asCsv(suggestions) : asTable(suggestions, request.showAddresses),
  };
};

const withNotes = (found: readonly LinkCandidate[]): readonly Suggestion[] => {
  const people = counts(found.map(({ directoryUserId }) => directoryUserId));
  const accounts = counts(found.map(({ userId }) => userId));
  return found.map((one) => {
    const several = people.get(one.directoryUserId) !== 1 || accounts.get(one.userId) !== 1;
    return { ...one, note: several ? 'several' : one.onceOwned ? 'once-owned' : null };
  });
};

const counts = (ids: readonly string[]): ReadonlyMap<string, number> => {
  const of = new Map<string, number>();
  for (const id of ids) of.set(id, (of.get(id) ?? 0) + 1);
  return of;
};

const asCsv = (suggestions: readonly Suggestion[]): string =>
  stringify(
    suggestions
      .filter(({ note }) => note === null)
      .map(({ userId, directoryUserId }) => [userId, directoryUserId]),
    { header: true, columns: [...LINK_HEADER] },
  ).trimEnd();

const asTable = (suggestions: readonly Suggestion[], showAddresses: boolean): string => {
  const shown = suggestions.slice(0, MOST_SHOWN);
  const rest = suggestions.length - shown.length;
  const addresses = (one: Suggestion) => (showAddresses ? [one.address, one.accountAddress] : []);
  return [
    table(
      [
        'directory user',
        'account',
        'why',
        'note',
        ...(showAddresses ? ['their address', 'address of the account'] : []),
      ],
      shown.map((one) => [
        one.directoryUserId,
        one.userId,
        one.why.join(' '),
        one.note,
        ...addresses(one),
      ]),
      'No account that belongs to nobody is like a person whose account was provisioned.',
    ),
    ...(rest === 0 ? [] : [`and ${rest} more; --json has them all`]),
  ].join('\n');
};
