import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Change } from './changes.ts';

/** The data file: JSON lines, appended to only, so that a killed process loses at most the change it was writing. */
export type Journal = {
  /** Writes the changes as one whole: after a crash either all or none of them are there. */
  readonly append: (changes: readonly Change[]) => void;
  readonly close: () => void;
};

type Line = { readonly changes: readonly Change[]; readonly more?: true };

// One line must stay far below the longest string Node can hold.
const CHANGES_PER_LINE = 2_000;
const NEWLINE = 10;

const readFile = (path: string): Buffer =>
  existsSync(path) ? readFileSync(path) : Buffer.alloc(0);

const parseLine = (path: string, text: string, number: number): Line => {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `append` alone writes this file
    return JSON.parse(text) as Line;
  } catch {
    throw new Error(
      `The data file ${path} is damaged at line ${number}: move it away to start anew.`,
    );
  }
};

/** Hands every whole group of changes to `apply`; answers how many bytes they took. A torn end is left out. */
const replay = (path: string, apply: (changes: readonly Change[]) => void): number => {
  const content = readFile(path);
  let whole = 0;
  let start = 0;
  let number = 0;
  let waiting: Change[] = [];
  for (;;) {
    const end = content.indexOf(NEWLINE, start);
    if (end === -1) return whole;
    number += 1;
    const line = parseLine(path, content.toString('utf8', start, end), number);
    start = end + 1;
    waiting = waiting.length === 0 ? [...line.changes] : waiting.concat(line.changes);
    if (line.more !== true) {
      apply(waiting);
      waiting = [];
      whole = start;
    }
  }
};

/**
 * Opens (or makes) the data file and replays it. Throws when a line before the last is damaged; a torn last line, left
 * by a kill, is cut off.
 */
export const openJournal = (path: string, apply: (changes: readonly Change[]) => void): Journal => {
  mkdirSync(dirname(path), { recursive: true });
  const whole = replay(path, apply);
  const file = openSync(path, 'a');
  ftruncateSync(file, whole);

  const append = (changes: readonly Change[]): void => {
    const lines: string[] = [];
    for (let first = 0; first < changes.length; first += CHANGES_PER_LINE) {
      const part = changes.slice(first, first + CHANGES_PER_LINE);
      const more = first + CHANGES_PER_LINE < changes.length ? { more: true } : {};
      lines.push(`${JSON.stringify({ changes: part, ...more })}\n`);
    }
    for (const line of lines) {
      const bytes = Buffer.from(line);
      let written = 0;
      while (written < bytes.length) written += writeSync(file, bytes, written);
    }
  };
  return { append, close: () => closeSync(file) };
};

/** A world that is forgotten when the process ends. */
export const noJournal: Journal = { append: () => {}, close: () => {} };
