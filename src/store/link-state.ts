import type { ClientSession } from 'mongodb';
import { ofPeople } from './of-people.ts';
import type { LinkAccount, LinkLine, LinkState } from '../domain/link-import.ts';
import type { Database } from './database.ts';
import type { UserDocument } from './documents.ts';

/** What decides the fate of these lines, in three round trips; without a session outside of any transaction. */
export const readLinkState = async (
  database: Database,
  lines: readonly Pick<LinkLine, 'userId' | 'directoryUserId'>[],
  session?: ClientSession,
): Promise<LinkState> => {
  const accountIds = lines.map((line) => line.userId);
  const personIds = lines.map((line) => line.directoryUserId);
  const options = session === undefined ? {} : { session };
  const read = { ...options, projection: PROJECTION, batchSize: lines.length * 2 + 1 };
  const accounts = await database.users.find<Stored>({ _id: { $in: accountIds } }, read).toArray();
  const owners = await database.users
    .find<Stored>(ofPeople([...personIds, ...accountIds]), read)
    .toArray();
  const tombstones = await database.tombstones
    .find({ _id: { $in: personIds } }, { ...options, projection: { _id: 1 } })
    .toArray();
  return {
    accounts: new Map(accounts.map((stored) => [stored._id, linkAccount(stored)])),
    owners: new Map(
      owners.flatMap((stored) =>
        stored.directoryUserId === undefined ? [] : [[stored.directoryUserId, linkAccount(stored)]],
      ),
    ),
    tombstones: new Set(tombstones.map(({ _id }) => _id)),
  };
};

const PROJECTION = { directoryUserId: 1, enabled: 1, hardDeleteAt: 1, 'sync.rev': 1 } as const;

/** The application's own documents have none of the engine's fields. */
type Stored = Pick<UserDocument, '_id'> &
  Partial<Pick<UserDocument, 'directoryUserId' | 'enabled' | 'hardDeleteAt'>> & {
    readonly sync?: { readonly rev?: number };
  };

const linkAccount = (stored: Stored): LinkAccount => ({
  id: stored._id,
  directoryUserId: stored.directoryUserId ?? null,
  filled: stored.sync?.rev !== undefined,
  enabled: stored.enabled === true,
  hardDeleteAt: stored.hardDeleteAt ?? null,
});
