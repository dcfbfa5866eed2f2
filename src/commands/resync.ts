import { BACKFILL_PHASES } from '../domain/backfill-phase.ts';
import { isHalted } from '../domain/directory.ts';
import { leavesFrozen } from '../domain/connection.ts';
import { ROWS_REFUSED } from '../domain/listing-plausible.ts';
import type { BackfillReport } from '../store/documents.ts';
import type { CommandDeps } from './command-deps.ts';
import { requireDirectory } from './require-directory.ts';
import { requestResync } from './directory-workflow.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';

type Deps = Pick<CommandDeps, 'database' | 'temporal' | 'config' | 'newId' | 'sleep' | 'terminal'>;

const LOOK_EVERY_MS = 500;

/**
 * Has a known directory read whole again; with `wait` follows it to its end. A repeat asks for one
 * more, or joins the one that has not begun yet. Throws Refused for an unknown directory.
 */
export const resync = async (
  deps: Deps,
  { directory, wait }: { readonly directory: string; readonly wait: boolean },
): Promise<Outcome> => {
  const { syncStatus } = await requireDirectory(deps.database(), directory);
  const halted = isHalted(syncStatus);
  const requestId = deps.newId();
  await requestResync(
    { temporal: deps.temporal(), taskQueue: deps.config.taskQueue, directoryId: directory },
    { requestId },
  );
  if (halted) {
    return {
      data: { directory, requestId, outcome: 'waiting', reason: syncStatus },
      text: `The resync of ${directory} is requested; it begins after \`dsync resume ${directory}\`, because the directory is ${syncStatus}.`,
      ...(wait ? { exitCode: EXIT.waits } : {}),
    };
  }
  if (!wait) {
    return {
      data: { directory, requestId, outcome: 'requested' },
      text: `The resync of ${directory} is requested; \`dsync status ${directory}\` shows it.`,
    };
  }
  return describeReport(await followReport(deps, { directory, requestId }));
};

const followReport = async (
  deps: Deps,
  { directory, requestId }: { readonly directory: string; readonly requestId: string },
): Promise<BackfillReport> => {
  const database = deps.database();
  const bar = deps.terminal.progress();
  try {
    for (;;) {
      const found = await database.reports.findOne({ requestIds: requestId });
      const report = found?.kind === 'backfill' ? found : null;
      if (report !== null && report.outcome !== 'running') return report;
      bar.show(share(report), label(report));
      const { syncStatus } = await requireDirectory(database, directory);
      if (report === null && isHalted(syncStatus)) {
        throw new Refused(
          `The resync waits, because ${directory} is ${syncStatus} now; \`dsync resume ${directory}\` lets it begin.`,
          EXIT.waits,
        );
      }
      await deps.sleep(LOOK_EVERY_MS);
    }
  } finally {
    bar.stop();
  }
};

const share = (report: BackfillReport | null): number =>
  report === null ? 0 : BACKFILL_PHASES.indexOf(report.counts.phase) / (BACKFILL_PHASES.length - 1);

const label = (report: BackfillReport | null): string =>
  report === null ? 'waiting to begin' : `${report.counts.phase}: ${counted(report)}`;

const counted = ({ counts }: BackfillReport): string =>
  `${counts.users} people, ${counts.groups} groups, ${counts.memberships} memberships, ${counts.absent} absent`;

const nextTry = (directory: string, reason: string | null): string =>
  leavesFrozen(reason)
    ? `The directory is frozen: WorkOS does not have it connected. \`dsync resume ${directory}\` lets it go on once it is.`
    : 'It is tried again by itself.';

/** The end of a resync: failed exits 1; done with a reason waits for a person's look. */
export const describeReport = (report: BackfillReport): Outcome => {
  const { directoryId: directory, generation, outcome, reason, counts } = report;
  const refused = report.refused ?? [];
  const data = { directory, generation, outcome, reason, counts, refused };
  if (outcome === 'failed') {
    return {
      data,
      text: `The resync of ${directory} failed: ${reason ?? 'no reason was given'}. ${nextTry(directory, reason)}`,
      exitCode: EXIT.failed,
    };
  }
  if (reason === ROWS_REFUSED) {
    const [first] = refused;
    return {
      data,
      text: `The resync of ${directory} read ${counted(report)}, but MongoDB refused ${refused.length} of them, such as ${first?.id ?? 'one'} (${first?.code ?? 'no code'}); they stay as they were.`,
      exitCode: EXIT.waits,
    };
  }
  if (reason !== null) {
    return {
      data,
      text: `The resync of ${directory} read ${counted(report)}, but removed nobody: ${reason}. Please look at the directory in WorkOS.`,
      exitCode: EXIT.waits,
    };
  }
  return { data, text: `The resync of ${directory} is done: ${counted(report)}.` };
};
