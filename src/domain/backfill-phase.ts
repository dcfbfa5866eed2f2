/** What a backfill does, one after another. */
export const BACKFILL_PHASES = [
  'directory',
  'users',
  'groups',
  'memberships',
  'absences',
  'done',
] as const;
export type BackfillPhase = (typeof BACKFILL_PHASES)[number];
