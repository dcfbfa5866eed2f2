import { chunked } from '../chunked.ts';
import type { LinkLine, LinkLineReason, LinkVerdict } from '../domain/link-import.ts';
import type { LinkSample } from '../store/link-reports.ts';
import type { CommandDeps } from './command-deps.ts';
import { readLinkFile, type FileLine, type LinkFile } from './link-file.ts';
import type { LinkLog } from './link-log.ts';
import { createTally, type Tally } from './link-tally.ts';

const CHUNK = 1000;

type Deps = Pick<CommandDeps, 'terminal'>;

/** One pass over the file of an import. */
export interface LinkPass {
  readonly file: LinkFile;
  readonly label: string;
  /** Why a line must not be linked whatever is stored; asked once for each, in order. */
  readonly why: (line: LinkLine) => LinkLineReason | null;
  readonly decide: (lines: readonly LinkLine[]) => Promise<readonly LinkVerdict[]>;
  readonly log: LinkLog;
  /** Called after each chunk. */
  readonly after?: (tally: Tally) => Promise<void>;
}

/** Decides the fate of every line of the file, a thousand at a time. */
export const decideAll = async (deps: Deps, work: LinkPass): Promise<Tally> => {
  const tally = createTally();
  for await (const chunk of chunked(shown(deps, work.file, work.label), CHUNK)) {
    const samples = await decideChunk(chunk, work);
    for (const sample of samples) tally.add(sample);
    await work.log.write(samples);
    await work.after?.(tally);
  }
  return tally;
};

const decideChunk = async (
  chunk: readonly FileLine[],
  { why, decide }: Pick<LinkPass, 'why' | 'decide'>,
): Promise<readonly LinkSample[]> => {
  const lines: LinkLine[] = [];
  const refused = new Map<FileLine, LinkLineReason>();
  for (const line of chunk) {
    const reason = 'malformed' in line ? 'malformed-line' : why(line);
    if (reason !== null) refused.set(line, reason);
    else if (!('malformed' in line)) lines.push(line);
  }
  const verdicts = await decide(lines);
  const decided = new Map<FileLine, LinkVerdict | undefined>(
    lines.map((line, index) => [line, verdicts[index]]),
  );
  return chunk.flatMap((line): LinkSample[] => {
    const reason = refused.get(line);
    const verdict =
      reason === undefined ? decided.get(line) : ({ fate: 'refused', reason } as const);
    if (verdict === undefined) return [];
    return 'malformed' in line ? [{ line: line.line, ...verdict }] : [{ ...line, ...verdict }];
  });
};

/** The file's lines, with a bar that shows how far they have been read. */
export async function* shown(
  { terminal }: Pick<Deps, 'terminal'>,
  file: LinkFile,
  label: string,
): AsyncGenerator<FileLine> {
  const bar = terminal.progress();
  let count = 0;
  try {
    for await (const { line, bytes } of readLinkFile(file)) {
      count += 1;
      if (count % CHUNK === 0) bar.show(bytes / file.bytes, `${label}: ${count} lines`);
      yield line;
    }
  } finally {
    bar.stop();
  }
}
