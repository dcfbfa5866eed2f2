import { purgePerson, type PurgeOutcome } from '../src/store/purge-person.ts';
import { endPurge, findPurge } from '../src/store/purge-reports.ts';
import type { PurgeRequest } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';

/** Who was purged by a request, by directory user id, or why nobody was. */
export interface PersonPurged {
  readonly purged: readonly string[];
  readonly refused: string | null;
}

/**
 * Purges the person of a recorded request at once. Refuses one that nobody recorded, that names
 * another person or directory, and whom a purge must leave. A repeat answers the same.
 */
export const createPurgePerson =
  ({ database, now }: Pick<Dependencies, 'database' | 'now'>) =>
  async (input: PurgeRequest & { readonly directoryId: string }): Promise<PersonPurged> => {
    const report = await findPurge(database, input.requestId);
    if (report?.subject !== input.user || report.directoryId !== input.directoryId)
      return { purged: [], refused: 'purge-not-requested' };
    if (report.outcome === 'failed') return { purged: [], refused: report.reason };
    let outcome: PurgeOutcome = report.outcome === 'done' ? 'purged' : 'left';
    while (outcome === 'left') outcome = await purgePerson(database, report, now());
    const refused = outcome === 'purged' ? null : outcome;
    await endPurge(database, report, { reason: refused, now: now() });
    return { purged: refused === null ? [input.user] : [], refused };
  };
