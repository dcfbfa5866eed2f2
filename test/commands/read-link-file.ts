import { decideAll } from '../../src/commands/link-pass.ts';
import { findLinkFile } from '../../src/commands/link-file.ts';
import { openLog } from '../../src/commands/link-log.ts';
import { findRepeats } from '../../src/commands/repeated-ids.ts';
import { shown } from '../../src/commands/link-pass.ts';

// Reads a file as an import does, without a database: a test runs this with little memory.
const file = await findLinkFile(process.argv[2] ?? '');
const terminal = {
  live: false,
  confirm: () => Promise.resolve(null),
  progress: () => ({ show: () => undefined, stop: () => undefined }),
};
const repeats = await findRepeats(() => shown({ terminal }, file, 'reading'));
await using log = await openLog(null);
const tally = await decideAll(
  { terminal },
  {
    file,
    label: 'linking',
    log,
    why: repeats(),
    decide: (lines) =>
      Promise.resolve(lines.map(() => ({ fate: 'pending', reason: 'not-seen-yet' }))),
  },
);
process.stdout.write(JSON.stringify(tally.counts()));
