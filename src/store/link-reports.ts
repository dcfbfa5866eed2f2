import type { LinkFate, LinkLine, LinkLineReason, LinkVerdict } from '../domain/link-import.ts';
import type { Database } from './database.ts';

/** What an import counted: lines by fate, and by the reason behind it. */
export interface LinkCounts {
  readonly lines: number;
  readonly fates: Readonly<Partial<Record<LinkFate, number>>>;
  readonly reasons: Readonly<Partial<Record<LinkLineReason, number>>>;
}

/** A line as a sample of its kind: ids only. */
export type LinkSample = Pick<LinkLine, 'line'> & Partial<LinkLine> & LinkVerdict;

/** The outcome of one import of links, in `reports`. `running` without end: it was interrupted. */
export interface LinkImportReport {
  _id: string;
  kind: 'link-import';
  startedAt: Date;
  endedAt: Date | null;
  outcome: 'running' | 'done';
  counts: LinkCounts;
  samples: readonly LinkSample[];
}

const NOTHING: LinkCounts = { lines: 0, fates: {}, reasons: {} };

/** Opens the report of an import. */
export const openLinkReport = async (
  database: Database,
  opening: { readonly id: string; readonly now: Date },
): Promise<void> => {
  await reports(database).insertOne({
    _id: opening.id,
    kind: 'link-import',
    startedAt: opening.now,
    endedAt: null,
    outcome: 'running',
    counts: NOTHING,
    samples: [],
  });
};

/** Writes how far an import has come; with `endedAt`, that it is done. A repeat overwrites. */
export const updateLinkReport = async (
  database: Database,
  update: {
    readonly id: string;
    readonly counts: LinkCounts;
    readonly samples: readonly LinkSample[];
    readonly endedAt: Date | null;
  },
): Promise<void> => {
  const { id, counts, samples, endedAt } = update;
  await reports(database).updateOne(
    { _id: id },
    { $set: { counts, samples, endedAt, outcome: endedAt === null ? 'running' : 'done' } },
  );
};

const reports = ({ db }: Database) => db.collection<LinkImportReport>('reports');
