/** What a finished listing saw, beside what was known and what the directory says of itself. */
export interface ListingCounts {
  readonly listed: number;
  /** How many were known alive before. */
  readonly known: number;
  /** The directory's own count when the listing began and when it ended; null when it gives none. */
  readonly told: { readonly before: number; readonly after: number } | null;
}

/** Why nothing may be concluded from what a listing did not show; null when it may. */
export type Implausible = 'listing-empty' | 'listing-count-differs' | null;

/**
 * Whether a complete listing may conclude absence: it is not empty where people were known, and its
 * count agrees with the directory's own, which may move while the listing runs.
 */
export const implausible = (counts: ListingCounts): Implausible => {
  if (counts.listed === 0 && counts.known > 0) return 'listing-empty';
  if (counts.told === null) return null;
  const { before, after } = counts.told;
  const agrees =
    counts.listed >= Math.min(before, after) && counts.listed <= Math.max(before, after);
  return agrees ? null : 'listing-count-differs';
};
