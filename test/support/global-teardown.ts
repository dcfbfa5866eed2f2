import { takeStacks } from './kept-stack.ts';

/** Ends the servers that the tests shared. */
export default async function globalTeardown(): Promise<void> {
  for (const stack of takeStacks()) await stack.stop();
}
