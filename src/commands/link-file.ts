import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { parse, type CsvError } from 'csv-parse';
import type { LinkLine } from '../domain/link-import.ts';
import { Refused } from './outcome.ts';

export const LINK_HEADER = ['user_id', 'directory_user_id'] as const;
/** Longer than any id, and short enough that a quote which is never closed is noticed soon. */
const LONGEST_LINE = 8192;
const LONGEST_ID = 512;

/** One line of the file; `malformed` when it is not two ids. */
export type FileLine = LinkLine | { readonly line: number; readonly malformed: true };

/** The size of the file, for progress, and what tells that it is still the same file. */
export interface LinkFile {
  readonly path: string;
  readonly bytes: number;
  readonly version: string;
}

/** Throws Refused unless the path names a regular file: it is read more than once. */
export const findLinkFile = async (path: string): Promise<LinkFile> => {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (!found.isFile()) throw new Refused(`${path} is not a regular file; a CSV file is needed.`);
  return { path, bytes: found.size, version: `${found.ino}:${found.size}:${found.mtimeMs}` };
};

/**
 * The lines of the file after its header, in order, with how many bytes have been read; never more
 * than a piece of it in memory. Throws Refused for a wrong header, and where it is no CSV at all.
 */
export async function* readLinkFile(
  file: Pick<LinkFile, 'path'>,
): AsyncGenerator<{ readonly line: FileLine; readonly bytes: number }> {
  const input = createReadStream(file.path);
  const parser = parse({
    bom: true,
    trim: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_LINE,
    info: true,
  });
  input.on('error', (error) => parser.destroy(error));
  let headed = false;
  try {
    for await (const row of input.pipe(parser) as AsyncIterable<Row>) {
      if (headed) {
        yield { line: readLine(row), bytes: row.info.bytes };
        continue;
      }
      if (!isHeader(row.record)) throw wrongHeader(file.path);
      headed = true;
    }
  } catch (error) {
    if (error instanceof Refused) throw error;
    // The parser reads ahead: what is wrong may lie behind a header that is not here yet.
    const inHeader = !headed && isCsvError(error) && Number(error['lines']) <= 1;
    throw inHeader ? wrongHeader(file.path) : unreadable(file.path, error);
  } finally {
    input.destroy();
  }
  if (!headed) throw wrongHeader(file.path);
}

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number; readonly bytes: number };
}

const isHeader = (record: readonly string[]): boolean =>
  record.length === LINK_HEADER.length && LINK_HEADER.every((name, at) => record[at] === name);

const readLine = ({ record, info }: Row): FileLine => {
  const [userId = '', directoryUserId = ''] = record;
  const { lines: line } = info;
  return record.length === 2 && isId(userId) && isId(directoryUserId)
    ? { line, userId, directoryUserId }
    : { line, malformed: true };
};

const isId = (text: string): boolean =>
  text.length > 0 && text.length <= LONGEST_ID && !/\p{Cc}|\uFFFD/u.test(text);

const wrongHeader = (path: string): Refused =>
  new Refused(`The first line of ${path} must be ${LINK_HEADER.join(',')}.`);

const isCsvError = (error: unknown): error is CsvError =>
  typeof (error as CsvError).code === 'string' && (error as CsvError).code.startsWith('CSV_');

const unreadable = (path: string, error: unknown): Refused => {
  if (isCsvError(error)) {
    const line = typeof error['lines'] === 'number' ? ` near line ${error['lines']}` : '';
    return new Refused(
      `${path} is not a CSV file${line}: a quote is misplaced, or a line is too long.`,
    );
  }
  const why = WHY[(error as NodeJS.ErrnoException).code ?? ''] ?? 'cannot be read';
  return new Refused(`The file ${path} ${why}.`);
};

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
};
