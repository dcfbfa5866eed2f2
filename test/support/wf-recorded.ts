import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where the recorded histories are. */
export const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

/** A history as it was exported. */
export interface Recorded {
  readonly file: string;
  readonly text: string;
  readonly workflowType: string;
  readonly history: object;
}

/** Every recorded history. */
export const recordedHistories = async (): Promise<readonly Recorded[]> => {
  const files = (await readdir(HISTORIES)).filter((file) => file.endsWith('.json')).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(`${HISTORIES}${file}`, 'utf8');
      const [workflowType = ''] = file.split('.');
      return { file, text, workflowType, history: JSON.parse(text) as object };
    }),
  );
};
