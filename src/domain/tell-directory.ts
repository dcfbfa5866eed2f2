import { note, type BatchDraft } from './batch-draft.ts';
import { frozenAt, isReadSince } from './directory.ts';
import { isAlive } from './lifecycle.ts';
import { tellOther } from './organization.ts';
import type { DirectoryObservation } from './observation.ts';
import { observe } from './record.ts';
import type { Cause } from './told.ts';

/**
 * Folds one observation of the directory itself into the batch. An activation owes a backfill, but
 * one that arrives late, when a backfill has begun for another event, owes no second one.
 */
export const tellDirectory = (
  batch: BatchDraft,
  seen: DirectoryObservation,
  cause: Cause,
): void => {
  const { directory } = batch;
  const before = directory.record;
  const record = observe(
    before,
    seen.shows === 'alive' ? { ...seen, content: { ...seen.content, updatedAt: 0 } } : seen,
  );
  if (record.life === before.life) return;

  const was = isAlive(before.life);
  const is = isAlive(record.life);
  const activated = seen.shows === 'alive' && is;
  batch.directory = {
    record,
    content:
      seen.shows === 'alive' && record.dated !== before.dated ? seen.content : directory.content,
    owesBackfill:
      directory.owesBackfill ||
      (activated && !(was && isReadSince(batch.state.directory, seen.version))),
    deprovisioned: directory.deprovisioned,
    otherOrganization: directory.otherOrganization,
  };
  const known = before.dated?.content.organizationId ?? null;
  const now = record.dated?.content.organizationId ?? null;
  if (known !== null && now !== null && now !== known) tellOther(batch, now, cause);
  if (activated) note(batch, 'directory.activated', cause, {});
  if (was && !is) note(batch, 'directory.deleted', cause, {});
  const frozen = frozenAt({ ...batch.state.directory, record });
  if (frozen === null) return;
  if (was) note(batch, 'directory.frozen', cause, {});
  if (batch.state.policy.onDirectoryDeleted === 'deprovision')
    batch.directory = { ...batch.directory, deprovisioned: frozen };
};
