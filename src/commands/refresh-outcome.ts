import { isDeepStrictEqual } from 'node:util';
import type { RefreshReport } from '../store/documents.ts';
import { table } from './layout.ts';
import { EXIT, type Outcome } from './outcome.ts';

/** The fields of a stored document that an application reads. */
export type Fields = Readonly<Record<string, unknown>>;

/** A field that is not what it was. */
export interface Difference {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * What differs between two states of one record, by field, and within an object by key; null where
 * there was no record. What a new record leaves empty is no difference.
 */
export const differences = (before: Fields | null, after: Fields | null): readonly Difference[] =>
  within('', before ?? {}, after ?? {}).filter(({ field }) => field !== 'updatedAt');

const within = (path: string, before: Fields, after: Fields): readonly Difference[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const was = before[key] ?? null;
    const is = after[key] ?? null;
    const field = `${path}${key}`;
    if (isObject(was) || isObject(is))
      return within(`${field}.`, isObject(was) ? was : {}, isObject(is) ? is : {});
    const same = isDeepStrictEqual(was, is) || (was === null && isEmpty(is));
    return same ? [] : [{ field, before: was, after: is }];
  });

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const isEmpty = (value: unknown): boolean =>
  value === false || value === '' || (Array.isArray(value) && value.length === 0);

/** The end of a refresh, with the differences that it made to the record itself. */
export const describeRefresh = (report: RefreshReport, fields: readonly Difference[]): Outcome => {
  const { subject, of, directoryId, outcome, reason, counts, changes, samples } = report;
  const data = {
    [of]: subject,
    directory: directoryId,
    outcome,
    reason,
    listed: counts.listed,
    fields,
    changes,
    samples,
  };
  const shown = [
    ...(fields.length === 0
      ? []
      : [
          `\nFields\n${table(
            ['field', 'before', 'after'],
            fields.map(({ field, before, after }) => [field, cell(before), cell(after)]),
          )}`,
        ]),
    ...(changes.length === 0
      ? []
      : [
          `\nChanges, as the audit log has them\n${table(
            ['type', 'count', 'first of them'],
            changes.map(({ type, count }) => [type, count, firstOf(report, type)]),
          )}`,
        ]),
  ];
  if (outcome === 'failed')
    return { data, text: [failure(report), ...shown].join('\n'), exitCode: EXIT.failed };
  const listed = `${counts.listed} ${noun(of, counts.listed)}`;
  const nothing = shown.length === 0 ? ' Nothing changed.' : '';
  return {
    data,
    text: [`${subject} was read from WorkOS, with ${listed}.${nothing}`, ...shown].join('\n'),
  };
};

const noun = (of: RefreshReport['of'], count: number): string =>
  of === 'user' ? (count === 1 ? 'group' : 'groups') : count === 1 ? 'person' : 'people';

const failure = ({ subject, of, directoryId, reason }: RefreshReport): string => {
  if (reason === 'workos-not-found')
    return `WorkOS does not know ${subject}. Nothing is concluded from that: only a listing of the whole directory says that a ${of === 'user' ? 'person' : 'group'} has gone (\`dsync resync ${directoryId}\`).`;
  if (reason === 'other-directory')
    return `WorkOS has ${subject} in another directory than ${directoryId}; nothing was changed.`;
  return `The refresh of ${subject} failed: ${reason ?? 'no reason was given'}.`;
};

const SHOWN = 3;

const firstOf = ({ of, samples }: RefreshReport, wanted: string): string =>
  samples
    .filter(({ type }) => type === wanted)
    .slice(0, SHOWN)
    .map(({ userId, groupId }) => (of === 'user' ? (groupId ?? userId) : (userId ?? groupId)))
    .join(', ');

const LONGEST = 60;

const cell = (value: unknown): string | null => {
  if (value === null) return null;
  const text =
    value instanceof Date
      ? value.toISOString()
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};
