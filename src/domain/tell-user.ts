import { accessOf, userTransitions, type Access } from './access.ts';
import { note, userDraft, type BatchDraft, type Draft } from './batch-draft.ts';
import type { UserChange } from './batch-state.ts';
import type { UserObservation } from './observation.ts';
import { inOrganization } from './organization.ts';
import { observe, observeEnd, observeListing, oweRead } from './record.ts';
import { remainPurged, staysPurged } from './purged.ts';
import type { Cause } from './told.ts';

/** Folds one observation of a person into the batch; one that says nothing new leaves no trace. */
export const tellUser = (batch: BatchDraft, told: UserObservation, cause: Cause): void => {
  const seen =
    told.shows === 'alive'
      ? { ...told, content: inOrganization(batch, told.content, cause) }
      : told;
  const draft = userDraft(batch, seen.id);
  const { known, record: before } = draft.change;
  const { deprovisioned, usersListed } = batch.state.directory;
  const observed = observeListing(observeEnd(observe(before, seen), deprovisioned), usersListed);
  if (staysPurged(known, observed)) {
    const record = remainPurged(known, observed);
    draft.dirty ||= record.life.deletions.length !== before.life.deletions.length;
    draft.change = { ...draft.change, record };
    return;
  }

  const access = { before: accessOf(before), after: accessOf(observed) };
  const returned = access.before.exists && !access.before.enabled && access.after.enabled;
  const record = returned ? oweRead(observed, seen.version) : observed;
  const contentChanged = seen.shows === 'alive' && record.dated?.version !== before.dated?.version;
  if (record.life === before.life && !contentChanged) return;

  draft.dirty = true;
  draft.change = {
    ...draft.change,
    record,
    content: contentChanged && seen.shows === 'alive' ? seen.content : draft.change.content,
    revokeSessions: draft.change.revokeSessions || lostAccess(access),
  };
  // A membership event repeats the content under a newer version; only WorkOS's own date tells an edit.
  const edited = contentChanged && record.dated?.updatedAt !== before.dated?.updatedAt;
  audit(batch, draft, { ...access, contentChanged: edited, cause });
};

/** Whether an account lost its access just now, or is first seen without. */
const lostAccess = ({ before, after }: { readonly before: Access; readonly after: Access }) =>
  after.exists && !after.enabled && (before.enabled || !before.exists);

const audit = (
  batch: BatchDraft,
  { change }: Draft<UserChange>,
  moment: {
    readonly before: Access;
    readonly after: Access;
    readonly contentChanged: boolean;
    readonly cause: Cause;
  },
): void => {
  const deletionReason = moment.after.deletionReason ?? 'directory_sync';
  const { link } = change.known;
  for (const type of userTransitions(moment)) {
    const linked = type === 'user.provisioned' ? link : undefined;
    note(batch, linked === undefined ? type : 'user.linked', moment.cause, {
      userId: change.known.userId,
      reason: linked ?? (type === 'user.deprovisioned' ? deletionReason : 'directory_sync'),
      organizationId: change.content?.organizationId ?? null,
    });
  }
};
