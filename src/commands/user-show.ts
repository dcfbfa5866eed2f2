import type { Database } from '../store/database.ts';
import type { UserDocument } from '../store/documents.ts';
import type { CommandDeps } from './command-deps.ts';
import { facts, mood, table, time } from './layout.ts';
import { Refused, type Outcome } from './outcome.ts';

const LAST_AUDIT = 10;

/** Shows a person by directory user id, application user id or e-mail address. Changes nothing. */
export const showUser = async (
  deps: Pick<CommandDeps, 'database'>,
  id: string,
): Promise<Outcome> => {
  const database = deps.database();
  const user = await findUser(database, id);
  const [memberships, audit] = await Promise.all([
    database.groupMembers
      .find({ directoryUserId: user.directoryUserId, removedAt: null })
      .toArray(),
    database.auditLog
      .find({ userId: { $in: [user._id, user.directoryUserId] } })
      .sort({ at: -1 })
      .limit(LAST_AUDIT)
      .toArray(),
  ]);
  const named = await database.groups
    .find({ _id: { $in: memberships.map(({ groupId }) => groupId) } })
    .sort({ name: 1 })
    .toArray();
  const groups = named.map(({ _id, name }) => ({ id: _id, name }));
  const { sync: _engine, ...account } = user;
  return {
    data: { ...account, groups, audit },
    text: [
      facts([
        ['Account', user._id],
        ['Directory user', user.directoryUserId],
        ['Directory', user.directoryId],
        ['Organization', user.organizationId],
        ['Name', [user.firstName, user.lastName].filter((part) => part !== null).join(' ')],
        ['E-mail', user.email],
        ['Access', access(user)],
        ['State in directory', user.state],
        ['Roles', user.roles.map(({ role }) => role).join(', ')],
        ['Deleted', deletion(user)],
        ['Hard delete', user.legalHold ? 'never: legal hold' : time(user.hardDeleteAt)],
        ['Sessions revoked', time(user.sessionsRevokedAt)],
        ['Held', user.held === null ? null : `${user.held.reason} since ${time(user.held.since)}`],
        ['Updated', time(user.updatedAt)],
      ]),
      `\nGroups\n${table(
        ['id', 'name'],
        groups.map((group) => [group.id, group.name]),
      )}`,
      `\nLast audit entries\n${table(
        ['at', 'type', 'reason', 'event'],
        audit.map((entry) => [time(entry.at), entry.type, entry.reason, entry.eventId]),
      )}`,
    ].join('\n'),
  };
};

const access = (user: UserDocument): string =>
  user.enabled ? mood('enabled', 'good') : mood('disabled', 'bad');

const deletion = (user: UserDocument): string | null =>
  user.deletedAt === null ? null : `${time(user.deletedAt)} (${user.deletionReason ?? 'unknown'})`;

const findUser = async (database: Database, id: string): Promise<UserDocument> => {
  const byId = await database.users.findOne({ $or: [{ directoryUserId: id }, { _id: id }] });
  if (byId !== null) return byId;
  if (id.includes('@')) return findByEmail(database, id);
  const purged = await database.tombstones.findOne({ _id: id });
  throw new Refused(
    purged === null
      ? 'No person has that id; a directory user id, an application user id or an e-mail address is needed.'
      : `${id} was hard-deleted${purged.purgedAt === null ? '' : ` at ${time(purged.purgedAt)}`}; only a tombstone without personal data is left.`,
  );
};

// Stored as given and compared without case; the address itself stays out of messages.
const findByEmail = async (database: Database, email: string): Promise<UserDocument> => {
  const exactly = email.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const found = await database.users
    .find({ email: { $regex: `^${exactly}$`, $options: 'i' } })
    .sort({ _id: 1 })
    .limit(20)
    .toArray();
  const [first] = found;
  if (first === undefined) throw new Refused('No person has that e-mail address.');
  if (found.length > 1) {
    const ids = found.map(({ _id }) => _id).join(', ');
    throw new Refused(`${found.length} people have that e-mail address; name one by id: ${ids}.`);
  }
  return first;
};
