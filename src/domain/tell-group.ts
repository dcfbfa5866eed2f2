import { groupDraft, note, type BatchDraft } from './batch-draft.ts';
import { isAlive } from './lifecycle.ts';
import type { GroupObservation } from './observation.ts';
import { inOrganization } from './organization.ts';
import { observe, observeListing } from './record.ts';
import type { Cause } from './told.ts';

/** Folds one observation of a group into the batch; one that says nothing new leaves no trace. */
export const tellGroup = (batch: BatchDraft, told: GroupObservation, cause: Cause): void => {
  const seen =
    told.shows === 'alive'
      ? { ...told, content: inOrganization(batch, told.content, cause) }
      : told;
  const draft = groupDraft(batch, seen.id);
  const before = draft.change.record;
  const record = observeListing(observe(before, seen), batch.state.directory.groupsListed);
  const contentChanged = seen.shows === 'alive' && record.dated?.version !== before.dated?.version;
  if (record.life === before.life && !contentChanged) return;

  draft.dirty = true;
  draft.change = {
    ...draft.change,
    record,
    content: contentChanged && seen.shows === 'alive' ? seen.content : draft.change.content,
  };
  const was = isAlive(before.life);
  const is = isAlive(record.life);
  if (!was && is) note(batch, 'group.created', cause, { groupId: seen.id });
  else if (was && !is) note(batch, 'group.deleted', cause, { groupId: seen.id });
  else if (contentChanged && record.dated?.updatedAt !== before.dated?.updatedAt)
    note(batch, 'group.updated', cause, { groupId: seen.id });
};
