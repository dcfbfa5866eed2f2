import type { ClientSession } from 'mongodb';
import { directoryUserId, userId } from '../domain/ids.ts';
import type { AddressHolder, Newcomer } from '../domain/link-by-email.ts';
import type { Database } from './database.ts';
import { WITHOUT_CASE } from './indexes.ts';
import type { UserDocument } from './documents.ts';
import { everAudited } from './ever-audited.ts';

/**
 * Every account of the newcomers' organizations that carries one of their addresses, in at most two
 * round trips within the transaction; in none when nobody is new.
 */
export const readAddressHolders = async (
  database: Database,
  session: ClientSession,
  newcomers: readonly Newcomer[],
): Promise<readonly AddressHolder[]> => {
  if (newcomers.length === 0) return [];
  const matching = await database.users
    .find<Stored>(
      {
        email: { $in: [...new Set(newcomers.map(({ address }) => address))] },
        organizationId: { $in: [...new Set(newcomers.map((one) => one.organizationId))] },
      },
      { session, projection: PROJECTION, collation: WITHOUT_CASE },
    )
    .toArray();
  // A list of addresses, which an application may have there, matches as well.
  const found = matching.flatMap(({ email, ...stored }) =>
    typeof email === 'string' ? [{ ...stored, email }] : [],
  );
  const free = found.filter((one) => one.directoryUserId === undefined && one.sync === undefined);
  const owned = await everAudited(
    database,
    free.map(({ _id }) => _id),
    session,
  );
  return found.map((stored) => ({
    id: userId(stored._id),
    email: stored.email,
    organizationId: stored.organizationId ?? null,
    directoryUserId:
      typeof stored.directoryUserId === 'string' ? directoryUserId(stored.directoryUserId) : null,
    onceOwned: stored.sync !== undefined || owned.has(stored._id),
    hasRoles: (stored.manualRoles?.length ?? 0) > 0,
  }));
};

/** The application's own documents have none of the engine's fields. */
type Stored = Pick<UserDocument, '_id'> & { readonly email: unknown } & Partial<
    Pick<UserDocument, 'directoryUserId' | 'organizationId' | 'manualRoles'>
  > & { readonly sync?: { readonly rev?: number } };

const PROJECTION = {
  email: 1,
  organizationId: 1,
  directoryUserId: 1,
  manualRoles: 1,
  'sync.rev': 1,
} as const;
