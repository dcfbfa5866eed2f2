import type { BatchPlan } from '../domain/plan-batch.ts';
import { writeAudit } from './write-audit.ts';
import { writeGroups } from './write-groups.ts';
import { sendAfterAll, writeMails } from './write-mails.ts';
import { writeMemberships } from './write-memberships.ts';
import { revokeSessions, writeUsers } from './write-users.ts';
import type { BatchWriting } from './writing.ts';

/** Writes people, groups, memberships and effects of a plan within its transaction. */
export const writeBatch = async (writing: BatchWriting, plan: BatchPlan): Promise<void> => {
  await writeUsers(writing, plan.users);
  await writeGroups(writing, plan.groups);
  await writeMemberships(writing, plan.memberships);
  await revokeSessions(writing, plan.users);
  await writeAudit(writing, plan.audit);
  await writeMails(writing, plan.mails);
  await sendAfterAll(writing, plan.mailsAgain);
};
