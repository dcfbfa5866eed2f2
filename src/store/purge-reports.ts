import type { Database } from './database.ts';
import type { PurgeReport } from './documents.ts';

/** The report of a request to purge somebody. */
export const purgeReportId = (requestId: string): string => `purge/${requestId}`;

/** Records who asks to purge whom, and why, before anybody does it. */
export const openPurge = async (
  database: Database,
  request: Pick<PurgeReport, 'directoryId' | 'subject' | 'deletedAt' | 'actor' | 'reference'> & {
    readonly requestId: string;
    readonly now: Date;
  },
): Promise<void> => {
  const { requestId, now, ...who } = request;
  await database.reports.insertOne({
    _id: purgeReportId(requestId),
    kind: 'purge',
    ...who,
    requestIds: [requestId],
    startedAt: now,
    endedAt: null,
    outcome: 'running',
    reason: null,
  });
};

/** The request that was recorded under this id; null when nobody asked. */
export const findPurge = async (
  database: Database,
  requestId: string,
): Promise<PurgeReport | null> => {
  const found = await database.reports.findOne({ _id: purgeReportId(requestId) });
  return found?.kind === 'purge' ? found : null;
};

/** Ends a request: the person is purged, or `reason` says why not. A repeat changes nothing. */
export const endPurge = async (
  database: Database,
  report: Pick<PurgeReport, '_id'>,
  end: { readonly reason: string | null; readonly now: Date },
): Promise<void> => {
  const outcome = end.reason === null ? ('done' as const) : ('failed' as const);
  await database.reports.updateOne(
    { _id: report._id, outcome: 'running' },
    { $set: { outcome, reason: end.reason, endedAt: end.now } },
  );
};
