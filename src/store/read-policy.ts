import type { ClientSession } from 'mongodb';
import type { DirectoryId } from '../domain/ids.ts';
import { effectivePolicy, type Policy } from '../domain/policy.ts';
import type { Database } from './database.ts';

/** The policy that holds for a directory at this moment; the default one for null. */
export const readPolicy = async (
  database: Pick<Database, 'policies'>,
  directoryId: DirectoryId | null,
  session?: ClientSession,
): Promise<Policy> => {
  const options = session === undefined ? {} : { session };
  const found = await database.policies
    .find({ _id: { $in: ['default', ...(directoryId === null ? [] : [directoryId])] } }, options)
    .toArray();
  const of = (id: string | null) => found.find(({ _id }) => _id === id) ?? null;
  return effectivePolicy(of('default'), of(directoryId));
};
