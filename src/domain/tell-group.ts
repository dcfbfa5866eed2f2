import { groupDraft, note, type BatchDraft } from './batch-draft.ts';
import { isAlive } from './lifecycle.ts';
import type { GroupChange } from './batch-state.ts';
import type { GroupObservation } from './observation.ts';
import { inOrganization } from './organization.ts';
import { rolesOfGroup } from './role-mapping.ts';
import { observe, observeEnd, observeListing } from './record.ts';
import type { Cause } from './told.ts';

/** Folds one observation of a group into the batch; one that says nothing new leaves no trace. */
export const tellGroup = (batch: BatchDraft, told: GroupObservation, cause: Cause): void => {
  const seen =
    told.shows === 'alive'
      ? { ...told, content: inOrganization(batch, told.content, cause) }
      : told;
  const draft = groupDraft(batch, seen.id);
  const before = draft.change.record;
  const { deprovisioned, groupsListed } = batch.state.directory;
  const record = observeListing(observeEnd(observe(before, seen), deprovisioned), groupsListed);
  const contentChanged = seen.shows === 'alive' && record.dated?.version !== before.dated?.version;
  if (record.life === before.life && !contentChanged) return;

  const content = contentChanged && seen.shows === 'alive' ? seen.content : draft.change.content;
  draft.dirty = true;
  draft.change = {
    ...draft.change,
    record,
    content,
    rolesDue: givesOtherRoles(batch, { ...draft.change, content }),
  };
  const was = isAlive(before.life);
  const is = isAlive(record.life);
  if (!was && is) note(batch, 'group.created', cause, { groupId: seen.id });
  else if (was && !is) note(batch, 'group.deleted', cause, { groupId: seen.id });
  else if (contentChanged && record.dated?.updatedAt !== before.dated?.updatedAt)
    note(batch, 'group.updated', cause, { groupId: seen.id });
};

/** Whether a new name or idp id of a group gives its people other roles; a group's end ends memberships instead. */
const givesOtherRoles = (batch: BatchDraft, { id, known, content }: GroupChange): boolean => {
  if (content === null) return false;
  const { roles } = batch.state.policy;
  const before = rolesOfGroup(roles, known.names);
  const after = rolesOfGroup(roles, { id, idpId: content.idpId, name: content.name });
  return before.join('\n') !== after.join('\n');
};
