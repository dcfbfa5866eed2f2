import { contractFields } from '../store/contract-fields.ts';
import type { Database } from '../store/database.ts';
import type { UserDocument } from '../store/documents.ts';
import { holdEntry } from '../store/legal-hold.ts';
import { isHold } from '../store/on-hold.ts';
import type { CommandDeps } from './command-deps.ts';
import { knownPerson } from './find-person.ts';
import { facts, mood, table, time } from './layout.ts';
import type { Outcome } from './outcome.ts';

const LAST_AUDIT = 10;

/** Shows a person by directory user id, application user id or e-mail address. Changes nothing. */
export const showUser = async (
  deps: Pick<CommandDeps, 'database'>,
  id: string,
): Promise<Outcome> => {
  const database = deps.database();
  const user = await knownPerson(database, id);
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
  const names = new Map(named.map(({ _id, name }) => [_id, name]));
  const groups = named.map(({ _id, name }) => ({ id: _id, name }));
  const { sync: _engine, ...account } = contractFields(user);
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
        ['Deleted', deletion(user)],
        ['Hard delete', time(user.hardDeleteAt)],
        ['Legal hold', isHold(user.legalHold) ? await legalHold(database, user) : null],
        ['Sessions revoked', time(user.sessionsRevokedAt)],
        ['Held', user.held === null ? null : `${user.held.reason} since ${time(user.held.since)}`],
        ['Updated', time(user.updatedAt)],
      ]),
      `\nRoles\n${table(
        ['role', 'source', 'via'],
        user.roles.map(({ role, source, via }) => [
          role,
          source,
          via.map((group) => names.get(group) ?? group).join(', '),
        ]),
      )}`,
      `\nAttributes\n${table(
        ['name', 'value'],
        Object.entries(user.attributes).flatMap(([name, value]) =>
          value === null ? [] : [[name, Array.isArray(value) ? value.join(', ') : String(value)]],
        ),
      )}`,
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

const legalHold = async (database: Database, user: UserDocument): Promise<string> => {
  const set = await holdEntry(database, user);
  return set === null
    ? 'yes, and no hard delete before its release'
    : `since ${time(set.at)} by ${set.actor} (${set.metadata['reference']}); no hard delete before its release`;
};

const access = (user: UserDocument): string =>
  user.enabled ? mood('enabled', 'good') : mood('disabled', 'bad');

const deletion = (user: UserDocument): string | null =>
  user.deletedAt === null ? null : `${time(user.deletedAt)} (${user.deletionReason ?? 'unknown'})`;
