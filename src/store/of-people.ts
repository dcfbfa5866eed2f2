/**
 * Matches the documents of these people. By equality alone: every server concludes from it that an
 * index of those who have an id holds them all, and the local one reads the whole collection for more.
 */
export const ofPeople = (
  ids: Iterable<string>,
): { readonly directoryUserId: { readonly $in: string[] } } => ({
  directoryUserId: { $in: [...ids] },
});
