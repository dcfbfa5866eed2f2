import type { Database } from './database.ts';
import type { GroupDocument } from './documents.ts';

/** A group and some of its people, in ids. */
export interface GroupRow extends Pick<
  GroupDocument,
  'directoryId' | 'organizationId' | 'name' | 'deletedAt'
> {
  readonly id: string;
  readonly memberCount: number;
  readonly members: readonly { readonly directoryUserId: string; readonly userId: string }[];
  /** Where the next page of people begins; null when these are the last. */
  readonly next: string | null;
}

/** The group of this id with up to `limit` people after `after`; null when there is none. */
export const groupById = async (
  { groups, groupMembers }: Pick<Database, 'groups' | 'groupMembers'>,
  id: string,
  { limit, after }: { readonly limit: number; readonly after: string | null },
): Promise<GroupRow | null> => {
  const group = await groups.findOne(
    { _id: id },
    { projection: { directoryId: 1, organizationId: 1, name: 1, deletedAt: 1 } },
  );
  if (group === null) return null;
  const live = { groupId: id, removedAt: null };
  const [memberCount, found] = await Promise.all([
    groupMembers.countDocuments(live),
    groupMembers
      .find(
        { ...live, ...(after === null ? {} : { _id: { $gt: after } }) },
        { projection: { directoryUserId: 1, userId: 1 } },
      )
      .sort({ _id: 1 })
      .limit(limit + 1)
      .toArray(),
  ]);
  const members = found.slice(0, limit);
  const { _id, ...rest } = group;
  return {
    id: _id,
    ...rest,
    memberCount,
    members: members.map(({ directoryUserId, userId }) => ({ directoryUserId, userId })),
    next: found.length > limit ? (members.at(-1)?._id ?? null) : null,
  };
};
