/**
 * Changes of workflow code that histories from before them do not follow: `patched(…)` answers false
 * while such a history is replayed. A name goes once no run that began before it is left.
 */
export const PATCH = {
  /** A retention timer that is an hour late is armed again. */
  rearmRetention: 'rearm-retention',
  /** A backfill that fails of what is over by then is tried again at once. */
  forgiveRunning: 'forgive-running',
} as const;
