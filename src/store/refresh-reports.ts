import type { AuditType } from '../domain/effect.ts';
import type { Version } from '../domain/version.ts';
import type { Database } from './database.ts';
import type { RefreshReport } from './documents.ts';

/** The cause, in the audit log, of what a refresh brought; also its report's id. */
export const refreshKey = (request: { readonly requestId: string; readonly id: string }): string =>
  `refresh/${request.requestId}/${request.id}`;

/** Opens the report of a refresh, or answers the one that an earlier attempt opened. */
export const openRefresh = async (
  database: Database,
  begin: {
    readonly directoryId: string;
    readonly requestId: string;
    readonly of: RefreshReport['of'];
    readonly id: string;
    readonly now: Date;
  },
): Promise<RefreshReport> => {
  const opened = await database.reports.findOneAndUpdate(
    { _id: refreshKey(begin) },
    {
      $setOnInsert: {
        kind: 'refresh',
        directoryId: begin.directoryId,
        requestIds: [begin.requestId],
        startedAt: begin.now,
        endedAt: null,
        outcome: 'running',
        reason: null,
        of: begin.of,
        subject: begin.id,
        counts: { listed: 0 },
        changes: [],
        samples: [],
      },
    },
    { upsert: true, returnDocument: 'after' },
  );
  if (opened?.kind !== 'refresh') throw new Error('an upsert answers its document');
  return opened;
};

/** Notes why the attempt under way did not succeed; the next one goes on. */
export const noteRefresh = async (
  database: Database,
  report: Pick<RefreshReport, '_id'>,
  reason: string,
): Promise<void> => {
  await database.reports.updateOne({ _id: report._id, outcome: 'running' }, { $set: { reason } });
};

/**
 * Ends a refresh with what it changed, as the audit log has it. `fence` is the one of its complete
 * read; null when there was none. A repeat changes nothing.
 */
export const endRefresh = async (
  database: Database,
  report: RefreshReport,
  end: {
    readonly outcome: 'done' | 'failed';
    readonly reason: string | null;
    readonly listed: number;
    readonly fence: Version | null;
    readonly now: Date;
  },
): Promise<void> => {
  const { changes, samples } = await caused(database, report, end.fence);
  await database.reports.updateOne(
    { _id: report._id, outcome: 'running' },
    {
      $set: {
        endedAt: end.now,
        outcome: end.outcome,
        reason: end.reason,
        counts: { listed: end.listed },
        changes,
        samples,
      },
    },
  );
};

const SAMPLES = 100;

/** What reading a person or a group may cause. */
const CAUSED: readonly AuditType[] = [
  'user.provisioned',
  'user.linked',
  'user.updated',
  'user.deactivated',
  'user.reactivated',
  'user.deprovisioned',
  'group.created',
  'group.updated',
  'group.deleted',
  'membership.added',
  'membership.removed',
  'role.granted',
  'role.revoked',
];

/** The audit entries of a refresh: an entry's id begins with its type and its cause. */
const caused = async (
  database: Database,
  report: RefreshReport,
  fence: Version | null,
): Promise<Pick<RefreshReport, 'changes' | 'samples'>> => {
  const changes: RefreshReport['changes'] = [];
  const samples: RefreshReport['samples'] = [];
  const causes = [report._id, ...(fence === null ? [] : [`listing:${fence}`])];
  // What the fence of a listing ended may be of another reading of the same second.
  const own = { ...(await subjectOf(database, report)), at: { $gte: report.startedAt } };
  for (const type of CAUSED) {
    const ranges = causes.map((key) => ({
      _id: { $gte: `${type}:${key}:`, $lt: `${type}:${key};` },
    }));
    const filter = { $or: ranges, ...(type === 'membership.removed' ? own : {}) };
    const count = await database.auditLog.countDocuments(filter);
    if (count === 0) continue;
    changes.push({ type, count });
    const first = await database.auditLog
      .find(filter, { projection: { type: 1, userId: 1, groupId: 1 } })
      .limit(SAMPLES - samples.length || 1)
      .toArray();
    samples.push(...first.map((entry) => ({ type, userId: entry.userId, groupId: entry.groupId })));
  }
  return { changes, samples: samples.slice(0, SAMPLES) };
};

const subjectOf = async (
  { users }: Database,
  { of, subject }: RefreshReport,
): Promise<{ readonly groupId: string } | { readonly userId: string }> => {
  if (of === 'group') return { groupId: subject };
  const account = await users.findOne({ directoryUserId: subject }, { projection: { _id: 1 } });
  return { userId: account?._id ?? subject };
};

/** The report of a refresh; null while no worker has begun it. */
export const findRefresh = async (
  database: Database,
  request: { readonly requestId: string; readonly id: string },
): Promise<RefreshReport | null> => {
  const found = await database.reports.findOne({ _id: refreshKey(request) });
  return found?.kind === 'refresh' ? found : null;
};
