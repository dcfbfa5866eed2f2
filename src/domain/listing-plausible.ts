/** What a finished listing saw, beside what was known and what the directory says of itself. */
export interface ListingCounts {
  readonly of: 'users' | 'groups';
  /** Rows that it had. */
  readonly listed: number;
  /** How many are known alive, now that its rows are joined. */
  readonly known: number;
  /** How many of those it did not show. */
  readonly missing: number;
  /** The directory's own count when the listing began and when it ended; null when it gives none. */
  readonly told: { readonly before: number; readonly after: number } | null;
  /** Events since the listing began that created or deleted one. */
  readonly moved: number;
}

const DOUBTS = {
  users: {
    empty: 'listing-empty',
    differs: 'listing-count-differs',
    small: 'listing-too-small',
  },
  groups: {
    empty: 'listing-groups-empty',
    differs: 'listing-groups-differ',
    small: 'listing-groups-small',
  },
} as const;

/** Why no membership is ended: too many would be. */
export const MEMBERSHIPS_SMALL = 'listing-memberships-small';

/** Why nothing may be concluded from what a listing did not show; null when it may. */
export type Implausible =
  | (typeof DOUBTS)['users'][keyof (typeof DOUBTS)['users']]
  | (typeof DOUBTS)['groups'][keyof (typeof DOUBTS)['groups']]
  | typeof MEMBERSHIPS_SMALL
  | null;

/** So few may be missing from a listing that no count confirms, whatever their share. */
const FEW = 5;

/**
 * Whether a complete listing may conclude absence. It must not be empty where somebody is known, and
 * its count must agree with the directory's own, which may move while the listing runs. Where it
 * agrees only because people came and went meanwhile, or where the directory gives no count, at most
 * five or half of those known may be missing.
 */
export const implausible = (counts: ListingCounts): Implausible => {
  const { listed, known, told } = counts;
  const doubt = DOUBTS[counts.of];
  if (listed === 0 && known > 0) return doubt.empty;
  if (told !== null && isBetween(listed, told, 0)) return null;
  if (told !== null && !isBetween(listed, told, counts.moved)) return doubt.differs;
  return isSmall(counts) ? doubt.small : null;
};

/**
 * Whether a complete listing of memberships may end those that it did not show. A directory gives no
 * count of them, and the last one may leave any group: at most five or half may be missing.
 */
export const implausibleMemberships = (
  counts: Pick<ListingCounts, 'known' | 'missing'>,
): Implausible => (isSmall(counts) ? MEMBERSHIPS_SMALL : null);

const isSmall = ({ known, missing }: Pick<ListingCounts, 'known' | 'missing'>): boolean =>
  missing > FEW && missing * 2 > known;

const isBetween = (
  listed: number,
  { before, after }: NonNullable<ListingCounts['told']>,
  slack: number,
): boolean =>
  listed >= Math.min(before, after) - slack && listed <= Math.max(before, after) + slack;

/** Why a person should look at a complete backfill: MongoDB refused some of what it brought. */
export const ROWS_REFUSED = 'listing-rows-refused';
