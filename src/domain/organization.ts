import { note, type BatchDraft } from './batch-draft.ts';
import type { Cause } from './told.ts';

/**
 * The content of a person or group within its directory's organization, whatever organization it
 * names: the directory's own word counts, so that a late or mistaken event moves nobody to another
 * customer. An event that names another is told once, and has the directory read again.
 */
export const inOrganization = <Content extends { readonly organizationId: string | null }>(
  batch: BatchDraft,
  content: Content,
  cause: Cause,
): Content => {
  const own = batch.directory.record.dated?.content.organizationId ?? null;
  const named = content.organizationId;
  if (own === null || named === own) return content;
  if (named !== null && cause.event !== null) tellOther(batch, named, cause);
  return { ...content, organizationId: own };
};

/** Notes that an event named this organization instead of the one known; a repeat notes nothing. */
export const tellOther = (batch: BatchDraft, other: string, cause: Cause): void => {
  if (batch.directory.otherOrganization === other) return;
  batch.directory = { ...batch.directory, otherOrganization: other };
  note(batch, 'dsync.error', cause, { reason: 'organization-differs', severity: 'warning' });
};
