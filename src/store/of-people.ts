/**
 * Matches the documents of these people. Names the condition of the partial index by directory user
 * id: a server takes such an index only for a query that repeats its condition.
 */
export const ofPeople = (
  ids: Iterable<string>,
): { readonly directoryUserId: { readonly $in: string[]; readonly $gt: '' } } => ({
  directoryUserId: { $in: [...ids], $gt: '' },
});
