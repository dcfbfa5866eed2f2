import type { Database } from '../store/database.ts';
import type { DirectoryDocument } from '../store/documents.ts';
import { Refused } from './outcome.ts';

/** The directory of this id. Throws Refused when the database knows none. */
export const requireDirectory = async (
  database: Database,
  id: string,
): Promise<DirectoryDocument> => {
  const found = await database.directories.findOne({ _id: id });
  if (found === null) throw unknownDirectory(id);
  return found;
};

/** The refusal of a directory that the database does not know. */
export const unknownDirectory = (id: string): Refused =>
  new Refused(`No directory ${id} is known; \`dsync status\` lists those that are.`);
