import { decideLink, type LinkLine, type LinkVerdict } from '../domain/link-import.ts';
import { claimIds, isStandIn } from './claim-ids.ts';
import type { Database } from './database.ts';
import { readLinkState } from './link-state.ts';
import { mergeAccounts } from './merge-accounts.ts';
import { transact } from './transact.ts';
import { UNORDERED } from './writing.ts';

/** Bounds one transaction: so many merges, or fewer with so many memberships. One person is never split. */
const MERGES = 50;
const MEMBERSHIPS = 1000;

/** What would become of these lines; reads only. No account and no person may stand in two of them. */
export const previewLinks = async (
  database: Database,
  lines: readonly LinkLine[],
): Promise<readonly LinkVerdict[]> => {
  if (lines.length === 0) return [];
  const state = await readLinkState(database, lines);
  return lines.map((line) => decideLink(line, state));
};

/**
 * Links the accounts of these lines in few transactions: one for those that wait for their person,
 * then merges in groups, or held back unless `merge`. Answers each line's verdict. Interrupted at any
 * point and repeated, it ends the same. No account and no person may stand in two lines.
 */
export const linkAccounts = async (
  database: Database,
  linking: {
    readonly lines: readonly LinkLine[];
    readonly merge: boolean;
    readonly importId: string;
    readonly now: Date;
  },
): Promise<readonly LinkVerdict[]> => {
  const { lines, merge, importId, now } = linking;
  if (lines.length === 0) return [];
  const verdicts = await storePending(database, lines);
  const merges = lines.filter((_, index) => verdicts[index]?.fate === 'merged');
  const merged = new Map<LinkLine, LinkVerdict>();
  if (!merge) for (const line of merges) merged.set(line, NOT_CONFIRMED);
  else
    for (const group of await groupMerges(database, merges)) {
      const decided = await mergeAccounts(database, { lines: group, importId, now });
      for (const [index, line] of group.entries()) {
        const verdict = decided[index];
        if (verdict !== undefined) merged.set(line, verdict);
      }
    }
  return lines.flatMap((line, index) => merged.get(line) ?? verdicts[index] ?? []);
};

const NOT_CONFIRMED: LinkVerdict = { fate: 'held', reason: 'merge-not-confirmed' };

const storePending = async (
  database: Database,
  lines: readonly LinkLine[],
): Promise<readonly LinkVerdict[]> => {
  const standIn = await isStandIn(database);
  return transact(database, async (session) => {
    const state = await readLinkState(database, lines, session);
    const verdicts = lines.map((line) => decideLink(line, state));
    const waiting = lines.filter(
      (line, index) =>
        verdicts[index]?.fate === 'pending' &&
        state.accounts.get(line.userId)?.directoryUserId === null,
    );
    if (waiting.length === 0) return verdicts;
    // Their people may be provisioned at this moment.
    if (standIn)
      await claimIds(
        database,
        session,
        waiting.map(({ directoryUserId }) => directoryUserId),
      );
    await database.users.bulkWrite(
      waiting.map(({ userId, directoryUserId }) => ({
        updateOne: { filter: { _id: userId }, update: { $set: { directoryUserId } } },
      })),
      { session, ...UNORDERED },
    );
    return verdicts;
  });
};

const groupMerges = async (
  database: Database,
  lines: readonly LinkLine[],
): Promise<readonly (readonly LinkLine[])[]> => {
  if (lines.length === 0) return [];
  const counts = await database.groupMembers
    .aggregate<{ _id: string; count: number }>([
      { $match: { directoryUserId: { $in: lines.map((line) => line.directoryUserId) } } },
      { $group: { _id: '$directoryUserId', count: { $sum: 1 } } },
    ])
    .toArray();
  const memberships = new Map(counts.map(({ _id, count }) => [_id, count]));
  const groups: LinkLine[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const own = memberships.get(line.directoryUserId) ?? 0;
    const last = groups.at(-1);
    if (last === undefined || last.length === MERGES || size + own > MEMBERSHIPS) {
      groups.push([line]);
      size = own;
    } else {
      last.push(line);
      size += own;
    }
  }
  return groups;
};
