import { isatty } from 'node:tty';
import Table from 'cli-table3';
import pc from 'picocolors';

// picocolors alone would colour a pipe in CI.
const paint = pc.createColors(pc.isColorSupported && isatty(1));

type Cell = string | number | null;

const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows under a head, without lines, so that they copy well; `empty` where there is no row. */
export const table = (
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  empty = 'None.',
): string => {
  if (rows.length === 0) return empty;
  const drawn = new Table({
    head: head.map((title) => paint.bold(title)),
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  drawn.push(...rows.map((row) => row.map((cell) => shown(cell))));
  return drawn.toString().replaceAll(/[ ]+$/gm, '');
};

/** Names and values, one a line. */
export const facts = (pairs: readonly (readonly [string, Cell])[]): string => {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${shown(value)}`).join('\n');
};

const shown = (cell: Cell): string => (cell === null || cell === '' ? '-' : String(cell));

/** A time as `2026-03-01 12:00:00Z`. */
export const time = (at: Date | null | undefined): string | null =>
  at === null || at === undefined ? null : `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;

/** How long something lasts: `340 ms`, `12 s`, `5 min`, `3 h`, `2 d`. */
export const duration = (ms: number): string => {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
};

/** How long ago something was, or `-` when never. */
export const ago = (at: Date | null | undefined, now: Date): string | null =>
  at === null || at === undefined ? null : `${duration(now.getTime() - at.getTime())} ago`;

/** A word about a state, in the colour of how good it is. */
export const mood = (text: string, good: 'good' | 'wait' | 'bad'): string => {
  switch (good) {
    case 'good':
      return paint.green(text);
    case 'wait':
      return paint.yellow(text);
    case 'bad':
      return paint.red(text);
  }
};
