import { directoryId as directory } from '../src/domain/ids.ts';
import { deriveAccounts } from '../src/store/derive-accounts.ts';
import { deriveGroupRoles } from '../src/store/derive-group-roles.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * Derives the next chunk of a directory's accounts anew: of people in a renamed group first, then of
 * everybody after a change of the policy. Answers whether some are left; a repeat goes on where the
 * last commit stopped.
 */
export const createDeriveNext =
  ({ database, now }: Dependencies) =>
  async (input: { readonly directoryId: string }): Promise<{ readonly left: boolean }> => {
    const of = { directoryId: directory(input.directoryId), now: now() };
    const renamed = await deriveGroupRoles(database, of);
    return renamed.left ? renamed : { left: (await deriveAccounts(database, of)).left };
  };
