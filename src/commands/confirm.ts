import type { Terminal } from './command-deps.ts';
import { EXIT, Refused } from './outcome.ts';

/**
 * Lets a command go on that takes access away or cannot be undone: with `yes`, or when the person
 * at the terminal agrees. Throws Refused (exit 3) when they do not, or when nobody can be asked.
 */
export const confirm = async (
  terminal: Pick<Terminal, 'confirm'>,
  { effect, yes }: { readonly effect: string; readonly yes: boolean },
): Promise<void> => {
  if (yes) return;
  const answer = await terminal.confirm(effect);
  if (answer === null) {
    throw new Refused(`${effect} Nothing was done: repeat it with --yes.`, EXIT.waits);
  }
  if (!answer) throw new Refused('Nothing was done.', EXIT.waits);
};
