import { messageOf } from './error-code.ts';
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
 * Asks the sources in order and resolves to the first find. Slow ones are shown as they are tried.
 * Throws an Error whose message is the sentence `otherwise` and what each slow source answered.
 */
export async function firstFound<T>(options: {
  what: string;
  sources: readonly Source<T>[];
  progress: Progress;
  otherwise: string;
}): Promise<T> {
  const { what, sources, progress, otherwise } = options;
  const reasons: string[] = [];
  for (const source of sources) {
    if (source.isSlow) progress.step(`Getting ${what}: trying ${source.label} …`);
    try {
      const found = await source.find();
      if (found !== undefined) return found;
    } catch (error) {
      reasons.push(`${source.label}: ${messageOf(error)}`);
    } finally {
      if (source.isSlow) progress.end();
    }
  }
  throw new Error(otherwise, { cause: reasons });
}
