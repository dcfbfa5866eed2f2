import { directoryId as directory } from '../src/domain/ids.ts';
import { DERIVED_AT_ONCE, deriveAccounts } from '../src/store/derive-accounts.ts';
import { deriveGroupRoles, MEMBERS_AT_ONCE } from '../src/store/derive-group-roles.ts';
import type { Dependencies } from './dependencies.ts';
import { failureCode, isPermanentWriteFailure, isTooSlow } from './failures.ts';

/** How much of a derivation one transaction does; with `skip` it passes over one that is refused. */
interface Portion {
  readonly limit: number;
  readonly skip: boolean;
}

/**
 * Derives the next chunk of a directory's accounts anew: of people in a renamed group first, then of
 * everybody after a change of the policy. Where MongoDB refuses a chunk it does fewer at once, and
 * passes over one account that is refused alone. Answers whether some are left; a repeat goes on where
 * the last commit stopped.
 */
export const createDeriveNext =
  ({ database, now, log }: Dependencies) =>
  async (input: { readonly directoryId: string }): Promise<{ readonly left: boolean }> => {
    const of = { directoryId: directory(input.directoryId), now: now() };
    const inPortions = async <Done>(
      derive: (portion: Portion) => Promise<Done>,
      limit: number,
    ): Promise<Done> => {
      try {
        return await derive({ limit, skip: false });
      } catch (error) {
        const refused = isPermanentWriteFailure(error);
        if (!refused && !(isTooSlow(error) && limit > 1)) throw error;
        if (limit > 1) return inPortions(derive, Math.ceil(limit / 8));
        log.error({ directoryId: of.directoryId, code: failureCode(error) }, 'account not derived');
        return derive({ limit: 1, skip: true });
      }
    };
    const renamed = await inPortions(
      (portion) => deriveGroupRoles(database, { ...of, ...portion }),
      MEMBERS_AT_ONCE,
    );
    if (renamed.left) return renamed;
    const everybody = (portion: Portion) => deriveAccounts(database, { ...of, ...portion });
    return { left: (await inPortions(everybody, DERIVED_AT_ONCE)).left };
  };
