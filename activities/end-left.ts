import { directoryId as directory } from '../src/domain/ids.ts';
import { endLeft } from '../src/store/end-left.ts';
import type { Dependencies } from './dependencies.ts';

/** Ends the next of the memberships that are left to end. Answers whether some are left; a repeat goes on. */
export const createEndLeft =
  ({ database, now }: Pick<Dependencies, 'database' | 'now'>) =>
  (input: { readonly directoryId: string }): Promise<{ readonly left: boolean }> =>
    endLeft(database, { directoryId: directory(input.directoryId), now });
