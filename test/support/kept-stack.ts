import type { TestStack } from './test-stack.ts';

// Jest's set-up and tear-down run in one process and share its modules, and nothing else.
const kept: TestStack[] = [];

/** Keeps a stack for the tear-down of the same process. */
export function keepStack(stack: TestStack): void {
  kept.push(stack);
}

/** The stacks that were kept and not yet taken. */
export function takeStacks(): TestStack[] {
  return kept.splice(0);
}
