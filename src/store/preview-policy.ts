import { deriveAccount, derivedChanges, type DerivedChanges } from '../domain/derived-account.ts';
import { directoryId } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { Database } from './database.ts';
import { readRoleSources } from './role-sources.ts';
import {
  derivable,
  DERIVABLE_PROJECTION,
  derivedSoFar,
  type StoredAccount,
} from './stored-account.ts';

const PAGE = 500;

/** What one account would gain and lose. Ids and names of attributes and roles only. */
export interface AccountDifference extends DerivedChanges {
  readonly userId: string;
  readonly directoryUserId: string;
  readonly directoryId: string;
}

/**
 * Compares every account of a directory with what it would be under `policy`, page by page, and
 * writes nothing. Yields the differences of each page, and how many accounts it looked at.
 */
export async function* previewPolicy(
  database: Database,
  of: { readonly directoryId: string; readonly policy: Policy },
): AsyncGenerator<{ readonly looked: number; readonly differences: readonly AccountDifference[] }> {
  let after: string | null = null;
  for (;;) {
    const accounts: StoredAccount[] = await database.users
      .find<StoredAccount>(
        { directoryId: of.directoryId, ...(after === null ? {} : { _id: { $gt: after } }) },
        { projection: DERIVABLE_PROJECTION },
      )
      .sort({ _id: 1 })
      .limit(PAGE)
      .toArray();
    const sources = await readRoleSources(database, {
      directoryId: directoryId(of.directoryId),
      mapping: of.policy.roles,
      people: accounts.map((account) => account.directoryUserId),
    });
    yield {
      looked: accounts.length,
      differences: accounts.flatMap((stored) => {
        const groups = sources.get(stored.directoryUserId) ?? [];
        const changes = derivedChanges(
          derivedSoFar(stored),
          deriveAccount(derivable(stored, groups), of.policy),
        );
        return changes === null
          ? []
          : [
              {
                userId: stored._id,
                directoryUserId: stored.directoryUserId,
                directoryId: stored.directoryId,
                ...changes,
              },
            ];
      }),
    };
    after = accounts.at(-1)?._id ?? null;
    if (accounts.length < PAGE) return;
  }
}
