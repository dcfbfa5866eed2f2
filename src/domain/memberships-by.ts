/** How a backfill lists memberships: the people of each group, or the groups of each person. */
export type MembershipsBy = 'group' | 'user';

/** What is known of a directory before its memberships are listed. */
export interface MembershipCounts {
  readonly people: number;
  readonly groups: number;
  /** Live memberships as they are known; few or none before a first backfill. */
  readonly memberships: number;
}

/** Milliseconds from one request to the next on each way, as WorkOS's limits allow. */
export interface RequestPace {
  readonly byGroup: number;
  readonly byUser: number;
}

/** Records on one page of a listing. */
const PAGE = 100;
/** The groups of people come from a budget that all directories share, so they must save this much. */
const WORTH = 2;

/**
 * Which way is cheaper. By group it is a request for each group and each further page of people; by
 * user at least one for each person. By user only where that takes at most half the time: most of a
 * directory's people are in a few large groups, but some directories have many tiny ones.
 */
export const membershipsBy = (known: MembershipCounts, pace: RequestPace): MembershipsBy => {
  if (known.people === 0) return 'group';
  const byGroup = (known.groups + known.memberships / PAGE) * pace.byGroup;
  const byUser = Math.max(known.people, known.memberships / PAGE) * pace.byUser;
  return byUser * WORTH <= byGroup ? 'user' : 'group';
};
