import { groupDraft, userDraft, type BatchDraft, type Draft } from './batch-draft.ts';
import type { GroupChange, UserChange } from './batch-state.ts';
import type { DirectoryUserId, GroupId } from './ids.ts';
import { observeRead } from './record.ts';
import { isNewer, type Version } from './version.ts';

/** Complete reads of one fence: whose memberships were listed whole. A batch may bring several. */
export interface CompleteReads {
  readonly fence: Version;
  readonly users: readonly DirectoryUserId[];
  readonly groups: readonly GroupId[];
}

/** Marks whose memberships were read whole: what such a read did not show is over. */
export const markReads = (batch: BatchDraft, all: readonly CompleteReads[]): void => {
  for (const reads of all) markWhole(batch, reads);
};

const markWhole = (batch: BatchDraft, reads: CompleteReads): void => {
  for (const id of reads.users) markRead(userDraft(batch, id), reads.fence);
  for (const id of reads.groups) markRead(groupDraft(batch, id), reads.fence);
};

const markRead = (draft: Draft<UserChange> | Draft<GroupChange>, fence: Version): void => {
  if (!isNewer(fence, draft.change.record.listed)) return;
  const record = observeRead<{ readonly updatedAt: number }>(draft.change.record, fence);
  Object.assign(draft, { change: { ...draft.change, record }, dirty: true });
};
