import { WorkosError } from '../workos/failure.ts';
import type { Page } from '../workos/list-pages.ts';
import { wireText, type Wire } from '../workos/wire.ts';
import type { CommandDeps } from './command-deps.ts';
import { findAccount } from './find-person.ts';
import { facts, table } from './layout.ts';
import { Refused, type Outcome } from './outcome.ts';

type Deps = Pick<CommandDeps, 'database' | 'listings'>;

/** Shows what WorkOS says of a person at this moment, with their groups. Writes nothing. */
export const showRemoteUser = async (deps: Deps, named: string): Promise<Outcome> => {
  const listings = deps.listings();
  const id = named.startsWith('directory_user_') ? named : await remoteId(deps, named);
  const { data: user } = await unlessUnknown(id, listings.user(id));
  const groups = await unlessUnknown(id, listings.groups({ user: id }));
  return {
    data: { user, groups: groups.data },
    text: [
      facts([
        ['Directory user', id],
        ['Directory', wireText(user['directory_id'])],
        ['State', wireText(user['state'])],
        ['Name', [wireText(user['first_name']), wireText(user['last_name'])].join(' ').trim()],
        ['E-mail', wireText(user['email'])],
        ['Updated', wireText(user['updated_at'])],
      ]),
      `\nGroups\n${table(['id', 'name'], rows(groups, ['id', 'name']))}`,
      ...more(groups),
    ].join('\n'),
  };
};

/** Shows what WorkOS says of a group at this moment, with its first people. Writes nothing. */
export const showRemoteGroup = async (deps: Deps, id: string): Promise<Outcome> => {
  const listings = deps.listings();
  const { data: group } = await unlessUnknown(id, listings.group(id));
  const people = await unlessUnknown(id, listings.users({ group: id }));
  return {
    data: { group, people: people.data },
    text: [
      facts([
        ['Group', id],
        ['Name', wireText(group['name'])],
        ['Directory', wireText(group['directory_id'])],
        ['Updated', wireText(group['updated_at'])],
      ]),
      `\nPeople\n${table(
        ['directory user', 'e-mail', 'state'],
        rows(people, ['id', 'email', 'state']),
      )}`,
      ...more(people),
    ].join('\n'),
  };
};

/** WorkOS knows its own ids only; an account or an address is looked up here first. */
const remoteId = async (deps: Deps, named: string): Promise<string> => {
  const account = await findAccount(deps.database(), named);
  if (account === null && named.includes('@'))
    throw new Refused('No person has that e-mail address here; give the directory user id.');
  return account?.directoryUserId ?? named;
};

const unlessUnknown = async <Result>(id: string, reading: Promise<Result>): Promise<Result> => {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof WorkosError && error.failure.kind === 'not-found')
      throw new Refused(`WorkOS does not know ${id}.`);
    throw error;
  }
};

const rows = (page: Page, keys: readonly string[]): (string | null)[][] =>
  page.data.map((row: Wire) => keys.map((key) => wireText(row[key])));

const more = (page: Page): string[] => (page.after === null ? [] : ['… and more.']);
