import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';

/**
 * Those of these accounts that had a directory user at any time: the audit log remembers it, whatever
 * became of the document. Asks nothing for nobody.
 */
export const everAudited = async (
  database: Database,
  accounts: readonly string[],
  session?: ClientSession,
): Promise<ReadonlySet<string>> => {
  if (accounts.length === 0) return new Set();
  const found = await database.auditLog
    .aggregate<{ _id: string }>(
      [{ $match: { userId: { $in: [...accounts] } } }, { $group: { _id: '$userId' } }],
      session === undefined ? {} : { session },
    )
    .toArray();
  return new Set(found.map(({ _id }) => _id));
};
