import { failureCode, isPermanentWriteFailure, isTooSlow } from './failures.ts';

const SMALL = 60;

/**
 * Applies items together. Where MongoDB refuses them for good, or takes too long over many, it halves
 * them; one that is refused alone goes to `alone` with the code of its failure, so that the others
 * are applied. Answers what each try answered, in order. Throws what a later attempt may mend.
 */
export const applySplit = async <Item, Outcome>(
  items: readonly Item[],
  apply: {
    readonly together: (items: readonly Item[]) => Promise<Outcome>;
    readonly alone: (item: Item, code: string) => Promise<Outcome>;
  },
): Promise<readonly Outcome[]> => {
  try {
    return [await apply.together(items)];
  } catch (error) {
    const [first] = items;
    // So few are slow only because somebody dead still holds their documents: try again whole.
    const splits = isPermanentWriteFailure(error) || (isTooSlow(error) && items.length > SMALL);
    if (!splits || first === undefined) throw error;
    if (items.length === 1) return [await apply.alone(first, failureCode(error))];
    const middle = Math.ceil(items.length / 2);
    return [
      ...(await applySplit(items.slice(0, middle), apply)),
      ...(await applySplit(items.slice(middle), apply)),
    ];
  }
};
