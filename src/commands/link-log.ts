import { open, type FileHandle } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import type { LinkSample } from '../store/link-reports.ts';
import { Refused } from './outcome.ts';

/** Where the fate of each line is written. */
export interface LinkLog extends AsyncDisposable {
  readonly write: (samples: readonly LinkSample[]) => Promise<void>;
}

const COLUMNS = [
  { key: 'line', header: 'line' },
  { key: 'userId', header: 'user_id' },
  { key: 'directoryUserId', header: 'directory_user_id' },
  { key: 'fate', header: 'fate' },
  { key: 'reason', header: 'reason' },
];

/** The file that gets each line's fate; writes nothing when there is none. */
export const openLog = async (path: string | null): Promise<LinkLog> => {
  if (path === null)
    return { write: () => Promise.resolve(), [Symbol.asyncDispose]: () => Promise.resolve() };
  const handle: FileHandle = await open(path, 'w').catch(() => {
    throw new Refused(`The report ${path} cannot be written.`);
  });
  await handle.write(stringify([], { columns: COLUMNS, header: true }));
  return {
    write: async (samples) =>
      void (await handle.write(stringify([...samples], { columns: COLUMNS }))),
    [Symbol.asyncDispose]: () => handle.close(),
  };
};
