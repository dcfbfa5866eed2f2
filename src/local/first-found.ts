import { oneLine } from './error-code.ts';
import type { Progress } from './progress.ts';

/** One place where a server may be had. */
export interface Source<T> {
  /** Shown while it is tried when it may take long: "the official download". */
  label: string;
  isSlow: boolean;
  /** Undefined or an error: not here. */
  find(): Promise<T | undefined>;
}

/**
 * Asks the sources in order and resolves to the first find. Slow ones are shown as they are tried, and
 * with LOG_LEVEL=debug why each failed. Throws an Error whose message is the sentence `otherwise` and
 * why each source failed that was there to be tried.
 */
export async function firstFound<T>(options: {
  what: string;
  sources: readonly Source<T>[];
  progress: Progress;
  otherwise: string;
  env: NodeJS.ProcessEnv;
}): Promise<T> {
  const { what, sources, progress, otherwise, env } = options;
  const reasons = new Set<string>();
  for (const source of sources) {
    if (source.isSlow) progress.step(`Getting ${what}: trying ${source.label} …`);
    try {
      const found = await source.find();
      if (found !== undefined) return found;
    } catch (error) {
      const reason = `${source.label} (${shortly(error)})`;
      reasons.add(reason);
      if (env['LOG_LEVEL'] === 'debug') progress.say(`Not got ${what}: ${reason}`);
    } finally {
      if (source.isSlow) progress.end();
    }
  }
  throw new Error(
    reasons.size === 0 ? otherwise : `${otherwise} Tried: ${[...reasons].join('; ')}.`,
  );
}

const LONGEST = 200;

/** What went wrong, as a part of a sentence. */
function shortly(error: unknown): string {
  const text = oneLine(error).replace(/\.$/, '');
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}
