import { createProgress } from '../../src/local/progress.ts';
import { keepStack } from './kept-stack.ts';
import { startTestStack } from './test-stack.ts';

/** Starts the servers that the tests share; TEST_SERVERS=none leaves them out. */
export default async function globalSetup(): Promise<void> {
  if (process.env['TEST_SERVERS'] === 'none') return;
  const progress = createProgress(process.stderr);
  const stack = await startTestStack({ env: process.env, progress });
  Object.assign(process.env, stack.env);
  keepStack(stack);
}
