import { stat } from 'node:fs/promises';
import { linkAccounts, previewLinks } from '../store/link-accounts.ts';
import { openLinkReport, updateLinkReport } from '../store/link-reports.ts';
import type { CommandDeps } from './command-deps.ts';
import { confirm } from './confirm.ts';
import { time } from './layout.ts';
import { findLinkFile, type LinkFile } from './link-file.ts';
import { openLog } from './link-log.ts';
import { decideAll, shown, type LinkPass } from './link-pass.ts';
import { describeTally, type Tally } from './link-tally.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';
import { findRepeats } from './repeated-ids.ts';

type Deps = Pick<CommandDeps, 'database' | 'now' | 'newId' | 'terminal'>;

export interface LinkImportRequest {
  readonly file: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Where to write each line's fate, as CSV. */
  readonly report: string | null;
}

/**
 * Links accounts of the application to directory users, as a file says. A dry run writes nothing
 * and shows the same fates. Asks before it merges, which deletes documents. Interrupted and repeated,
 * it ends the same. Throws Refused, with nothing changed, when the file is not what it must be.
 */
export const linkImport = async (deps: Deps, request: LinkImportRequest): Promise<Outcome> => {
  const database = deps.database();
  const file = await unchanged(findLinkFile(request.file));
  await unchanged(refuseOverwriting(file, request.report));
  const repeats = await unchanged(findRepeats(() => shown(deps, file, 'reading')));
  const preview: LinkPass['decide'] = (lines) => previewLinks(database, lines);

  if (request.dryRun) {
    await using log = await unchanged(openLog(request.report));
    const tally = await decideAll(deps, {
      file,
      why: repeats(),
      decide: preview,
      label: 'checking',
      log,
    });
    return {
      data: { dryRun: true, ...told(tally) },
      text: `${describeTally(tally)}\n\nNothing was written: this was a dry run.`,
    };
  }

  const merge = request.yes || (await askToMerge(deps, { file, why: repeats(), decide: preview }));
  if ((await findLinkFile(request.file)).version !== file.version)
    throw new Refused(`The file ${file.path} is another than before. Nothing was changed.`);
  await using log = await unchanged(openLog(request.report));
  const id = `link-import/${deps.newId()}`;
  await openLinkReport(database, { id, now: deps.now() });
  const tally = await decideAll(deps, {
    file,
    why: repeats(),
    label: 'linking',
    log,
    decide: (lines) => linkAccounts(database, { lines, merge, importId: id, now: deps.now() }),
    after: (soFar) => updateLinkReport(database, { id, ...told(soFar), endedAt: null }),
  });
  await updateLinkReport(database, { id, ...told(tally), endedAt: deps.now() });
  const waits = tally.of('held') > 0;
  return {
    data: { dryRun: false, report: id, ...told(tally) },
    text: `${describeTally(tally)}\n\nThe report is ${id} in the collection reports.`,
    exitCode: waits ? EXIT.waits : tally.of('refused') > 0 ? EXIT.failed : EXIT.done,
  };
};

const told = (tally: Tally) => ({ counts: tally.counts(), samples: tally.samples() });

/** What fails before the first write says so. */
const unchanged = async <Result>(work: Promise<Result>): Promise<Result> => {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new Refused(`${error.message} Nothing was changed.`, error.exitCode);
  }
};

/** Whether merging is agreed to: asked only when the file has lines that would merge now. */
const askToMerge = async (
  deps: Deps,
  checking: Pick<LinkPass, 'file' | 'why' | 'decide'>,
): Promise<boolean> => {
  await using log = await openLog(null);
  const tally = await decideAll(deps, { ...checking, label: 'checking', log });
  if (tally.of('merged') === 0) return false;
  await confirm(deps.terminal, {
    effect: mergeEffect(tally),
    yes: false,
  });
  return true;
};

/** What the merges of a file do, in a sentence: whose access and whose document goes with them. */
const mergeEffect = (tally: Tally): string => {
  const merges = tally.of('merged');
  const losing = tally.of('loses-access');
  const first = tally.firstHardDelete();
  const clauses = [
    merges === 1
      ? 'This merges 1 provisioned account into the named one and deletes the document of the provisioned one'
      : `This merges ${merges} provisioned accounts into the named ones and deletes the documents of the provisioned ones`,
    ...(losing === 0
      ? []
      : [`${losing} of the named accounts lose access, because their directory user has none`]),
    ...(first === null
      ? []
      : [
          `${tally.of('person-deleted')} of the named accounts lose access and are hard-deleted with all that is in them, the first on ${time(first)}, because their directory user is deleted`,
        ]),
  ];
  return `${clauses.join('; ')}.`;
};

const refuseOverwriting = async (file: LinkFile, report: string | null): Promise<void> => {
  if (report === null) return;
  const [input, output] = await Promise.all([stat(file.path), stat(report).catch(() => null)]);
  if (output !== null && output.ino === input.ino && output.dev === input.dev)
    throw new Refused('The report would overwrite the file that is imported.');
};
