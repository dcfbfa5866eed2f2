import type { LinkFate, LinkLineReason } from '../domain/link-import.ts';
import type { LinkCounts, LinkSample } from '../store/link-reports.ts';
import { facts, table } from './layout.ts';

const SAMPLES_OF_A_KIND = 5;

/** Counts lines by fate and reason, and keeps the first few of each kind. */
export const createTally = () => {
  const fates = new Map<LinkFate, number>();
  const reasons = new Map<LinkLineReason, number>();
  const samples: LinkSample[] = [];
  const kinds = new Map<string, number>();
  const count = { lines: 0 };
  const days: { first: Date | null } = { first: null };
  return {
    add: (line: LinkSample): void => {
      const { fate, reason, hardDeleteAt } = line;
      count.lines += 1;
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
      if (hardDeleteAt !== undefined && (days.first === null || hardDeleteAt < days.first))
        days.first = hardDeleteAt;
      if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      const kind = `${fate}:${reason ?? ''}`;
      const before = kinds.get(kind) ?? 0;
      kinds.set(kind, before + 1);
      if (before < SAMPLES_OF_A_KIND) samples.push(line);
    },
    counts: (): LinkCounts => ({
      lines: count.lines,
      fates: Object.fromEntries(fates),
      reasons: Object.fromEntries(reasons),
    }),
    samples: (): readonly LinkSample[] => samples,
    /** When the first of the named accounts is hard-deleted with a person who is deleted. */
    firstHardDelete: (): Date | null => days.first,
    of: (kind: LinkFate | LinkLineReason): number =>
      fates.get(kind as LinkFate) ?? reasons.get(kind as LinkLineReason) ?? 0,
  };
};

export type Tally = ReturnType<typeof createTally>;

/** The totals and the samples, for people. */
export const describeTally = (tally: Tally): string => {
  const { lines, reasons } = tally.counts();
  const why = (Object.keys(reasons) as LinkLineReason[]).toSorted();
  return [
    facts([
      ['Lines', lines],
      ['Merged', tally.of('merged')],
      ['Pending', tally.of('pending')],
      ['Already linked', tally.of('already-linked')],
      ['Held', tally.of('held')],
      ['Refused', tally.of('refused')],
    ]),
    table(
      ['reason', 'lines', 'meaning'],
      why.map((reason) => [reason, tally.of(reason), MEANING[reason]]),
      'Nothing to note.',
    ),
    table(
      ['line', 'account', 'directory user', 'fate', 'reason'],
      tally
        .samples()
        .map((one) => [
          one.line,
          one.userId ?? null,
          one.directoryUserId ?? null,
          one.fate,
          one.reason,
        ]),
      'The file has no lines.',
    ),
  ].join('\n\n');
};

const MEANING: Readonly<Record<LinkLineReason, string>> = {
  'not-seen-yet': 'the directory user is not known yet; linked at their first sight',
  'deleted-before': 'the directory user is deleted; linked if they return',
  'loses-access': 'the directory user has no access, so the account has none either',
  'person-deleted':
    'the directory user is deleted: no access, and the account is hard-deleted on their day',
  'merge-not-confirmed': 'provisioned since you were asked; repeat the import',
  'malformed-line': 'not two ids',
  'duplicate-line': 'the same line stands before',
  'conflicting-lines': 'other lines link the account, or the directory user, differently',
  'unknown-account': 'no account has this id',
  'account-taken': 'the account belongs to another directory user',
  'directory-user-taken': 'the directory user is linked to another account',
};
