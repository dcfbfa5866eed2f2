import { ofPeople } from '../store/of-people.ts';
import type { CommandDeps } from './command-deps.ts';
import { facts, table, time } from './layout.ts';
import { Refused, type Outcome } from './outcome.ts';

const SHOWN_MEMBERS = 50;

/** Shows a group by its directory group id, with its live members. Changes nothing. */
export const showGroup = async (
  deps: Pick<CommandDeps, 'database'>,
  id: string,
): Promise<Outcome> => {
  const { groups, groupMembers, users } = deps.database();
  const group = await groups.findOne({ _id: id });
  if (group === null) throw new Refused(`No group ${id} is known; a directory group id is needed.`);
  const live = { groupId: id, removedAt: null };
  const [memberCount, memberships] = await Promise.all([
    groupMembers.countDocuments(live),
    groupMembers.find(live).sort({ _id: 1 }).limit(SHOWN_MEMBERS).toArray(),
  ]);
  const ids = memberships.map(({ directoryUserId }) => directoryUserId);
  const people = await users
    .find(ofPeople(ids), { projection: { directoryUserId: 1, email: 1, enabled: 1 } })
    .toArray();
  const known = new Map(people.map((person) => [person.directoryUserId, person]));
  const members = ids.map((directoryUserId) => {
    const person = known.get(directoryUserId);
    return {
      directoryUserId,
      userId: person?._id ?? null,
      email: person?.email ?? null,
      enabled: person?.enabled ?? false,
    };
  });
  const { sync: _engine, ...rest } = group;
  return {
    data: { ...rest, memberCount, members },
    text: [
      facts([
        ['Group', group._id],
        ['Name', group.name],
        ['Directory', group.directoryId],
        ['Organization', group.organizationId],
        ['Deleted', time(group.deletedAt)],
        ['Members', memberCount],
      ]),
      '',
      table(
        ['directory user', 'account', 'e-mail', 'access'],
        members.map((one) => [
          one.directoryUserId,
          one.userId,
          one.email,
          one.enabled ? 'enabled' : 'disabled',
        ]),
        'No members.',
      ),
      ...(memberCount > members.length ? [`… and ${memberCount - members.length} more.`] : []),
    ].join('\n'),
  };
};
