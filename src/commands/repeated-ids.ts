import { hash } from 'node:crypto';
import type { LinkLine, LinkLineReason } from '../domain/link-import.ts';
import type { FileLine } from './link-file.ts';
import { Refused } from './outcome.ts';

/** 16 MB a column, whatever the size of the file: a million ids leave a handful of false suspects. */
const BITS = 2 ** 27;
const PROBES = 4;
/** More than this is not a file of links; remembering them would cost memory without end. */
const MOST_REPEATED = 100_000;

type Lines = () => AsyncIterable<FileLine>;

/**
 * Finds what repeats in a file, in flat memory: reads it once to find suspects, by a Bloom filter,
 * and once more, if there are any, to know them exactly. Answers what begins a pass over the file, in
 * which each line, asked for once and in order, is told why it must not be linked, or null. Throws Refused for far too many repeats.
 */
export const findRepeats = async (
  lines: Lines,
): Promise<() => (line: LinkLine) => LinkLineReason | null> => {
  const suspects = await suspectedIds(lines);
  const partners = { userId: new Map<string, string>(), directoryUserId: new Map() };
  if (suspects.userId.size + suspects.directoryUserId.size > 0)
    for await (const line of lines()) {
      if ('malformed' in line) continue;
      for (const [column, other] of COLUMNS) {
        const id = line[column];
        if (!suspects[column].has(id)) continue;
        const known = partners[column].get(id);
        partners[column].set(id, known === undefined || known === line[other] ? line[other] : MANY);
      }
    }
  return () => {
    const passed = new Set<string>();
    return (line) => {
      if (COLUMNS.some(([column]) => partners[column].get(line[column]) === MANY))
        return 'conflicting-lines';
      if (!suspects.userId.has(line.userId)) return null;
      if (passed.has(line.userId)) return 'duplicate-line';
      passed.add(line.userId);
      return null;
    };
  };
};

const COLUMNS = [
  ['userId', 'directoryUserId'],
  ['directoryUserId', 'userId'],
] as const;

/** No id: ids are never empty. */
const MANY = '';

const suspectedIds = async (lines: Lines) => {
  const seen = { userId: createFilter(), directoryUserId: createFilter() };
  const suspects = { userId: new Set<string>(), directoryUserId: new Set<string>() };
  for await (const line of lines()) {
    if ('malformed' in line) continue;
    for (const [column] of COLUMNS)
      if (seen[column].addAgain(line[column])) suspects[column].add(line[column]);
    if (suspects.userId.size + suspects.directoryUserId.size > MOST_REPEATED)
      throw new Refused(
        `More than ${MOST_REPEATED} ids stand in more than one line; each account and each directory user may stand in one.`,
      );
  }
  return suspects;
};

/** Remembers ids in a fixed number of bits. `addAgain`: whether it may have been added before. */
const createFilter = () => {
  const bits = new Uint8Array(BITS / 8);
  return {
    addAgain: (id: string): boolean => {
      const digest = hash('sha1', id, 'buffer');
      let again = true;
      for (let probe = 0; probe < PROBES; probe++) {
        const bit = digest.readUInt32LE(probe * 4) % BITS;
        const mask = 1 << (bit & 7);
        const at = bit >>> 3;
        const byte = bits[at] ?? 0;
        again &&= (byte & mask) !== 0;
        bits[at] = byte | mask;
      }
      return again;
    },
  };
};
