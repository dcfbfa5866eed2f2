import { chunked } from '../chunked.ts';
import { isSameAddress } from '../domain/link-by-email.ts';
import type { Database } from './database.ts';
import type { UserDocument } from './documents.ts';
import { everAudited } from './ever-audited.ts';
import { WITHOUT_CASE } from './indexes.ts';

/** What a person and an account have in common. */
export type Likeness = 'address' | 'other-address' | 'idp-id';

/** An account of the application that may be a provisioned person's own. */
export interface LinkCandidate {
  readonly directoryId: string;
  readonly directoryUserId: string;
  readonly userId: string;
  readonly why: readonly Likeness[];
  /** Whether a directory user had the account at any time: its address may have been given on. */
  readonly onceOwned: boolean;
  readonly address: string | null;
  readonly accountAddress: string | null;
}

const CHUNK = 500;

type Person = Pick<
  UserDocument,
  '_id' | 'directoryUserId' | 'directoryId' | 'organizationId' | 'email' | 'emails' | 'idpId'
>;

/** An account of the application that no directory user has; it may lack all of our fields. */
type Free = Pick<UserDocument, '_id'> &
  Partial<Pick<UserDocument, 'organizationId' | 'idpId'>> & { readonly email?: unknown };

const FREE = { directoryUserId: { $exists: false }, 'sync.rev': { $exists: false } };
const OF_A_PERSON = {
  directoryUserId: 1,
  directoryId: 1,
  organizationId: 1,
  email: 1,
  emails: 1,
  idpId: 1,
} as const;
const OF_AN_ACCOUNT = { email: 1, organizationId: 1, idpId: 1 } as const;

/**
 * Finds, for everybody of these directories whose account was provisioned, accounts of the same
 * organization, or of none, that have their address or their id at the identity provider. Reads
 * only; holds the accounts that have such an id, and five hundred people, in memory.
 */
export async function* linkCandidates(
  database: Database,
  directoryIds: readonly string[],
): AsyncGenerator<LinkCandidate> {
  const byIdpId = await freeByIdpId(database);
  for (const directoryId of directoryIds) yield* ofDirectory(database, directoryId, byIdpId);
}

async function* ofDirectory(
  database: Database,
  directoryId: string,
  byIdpId: ReadonlyMap<string, readonly Free[]>,
): AsyncGenerator<LinkCandidate> {
  const people = database.users.find<Person>(
    { directoryId, deletedAt: null },
    { projection: OF_A_PERSON, batchSize: CHUNK },
  );
  for await (const chunk of chunked(people.sort({ _id: 1 }), CHUNK)) {
    const unlinked = chunk.filter((person) => person._id === person.directoryUserId);
    if (unlinked.length > 0) yield* await ofChunk(database, unlinked, byIdpId);
  }
}

const ofChunk = async (
  database: Database,
  people: readonly Person[],
  byIdpId: ReadonlyMap<string, readonly Free[]>,
): Promise<readonly LinkCandidate[]> => {
  const addresses = new Set(people.flatMap(addressesOf));
  const found =
    addresses.size === 0
      ? []
      : await database.users
          .find<Free>(
            { email: { $in: [...addresses] }, ...FREE },
            { projection: OF_AN_ACCOUNT, collation: WITHOUT_CASE },
          )
          .toArray();
  const pairs = people.flatMap((person) => {
    const named = person.idpId === null ? [] : (byIdpId.get(person.idpId) ?? []);
    const possible = new Map([...found, ...named].map((account) => [account._id, account]));
    return [...possible.values()].flatMap((account) => {
      const why = likeness(person, account);
      return why.length === 0 ? [] : [{ person, account, why }];
    });
  });
  const owned = await everAudited(
    database,
    pairs.map(({ account }) => account._id),
  );
  return pairs.map(({ person, account, why }) => ({
    directoryId: person.directoryId,
    directoryUserId: person.directoryUserId,
    userId: account._id,
    why,
    onceOwned: owned.has(account._id),
    address: person.email,
    accountAddress: addressOf(account),
  }));
};

const addressesOf = ({ email, emails }: Person): readonly string[] =>
  [email, ...emails.map(({ value }) => value)].filter((one) => one !== null);

/** An application may have anything there, such as a list of addresses. */
const addressOf = ({ email }: Free): string | null => (typeof email === 'string' ? email : null);

const likeness = (person: Person, account: Free): readonly Likeness[] => {
  const { organizationId = null, idpId = null } = account;
  const email = addressOf(account);
  if (organizationId !== null && organizationId !== person.organizationId) return [];
  const has = (address: string): boolean => email !== null && isSameAddress(address, email);
  const why: Likeness[] = [];
  if (person.email !== null && has(person.email)) why.push('address');
  else if (addressesOf(person).some(has)) why.push('other-address');
  if (person.idpId !== null && person.idpId === idpId) why.push('idp-id');
  return why;
};

const freeByIdpId = async (database: Database): Promise<ReadonlyMap<string, readonly Free[]>> => {
  const accounts = new Map<string, Free[]>();
  const found = database.users.find<Free>(
    { idpId: { $type: 'string' }, ...FREE },
    { projection: OF_AN_ACCOUNT },
  );
  for await (const account of found) {
    const { idpId } = account;
    if (typeof idpId !== 'string') continue;
    accounts.set(idpId, [...(accounts.get(idpId) ?? []), account]);
  }
  return accounts;
};
