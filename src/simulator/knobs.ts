import { readParameters } from './parameters.ts';
import type { Parameters } from './parameters.ts';

/** How the simulated WorkOS behaves; every knob may change at any time. */
export type Knobs = {
  readonly webhookReorder: number;
  readonly webhookDuplicateRatio: number;
  readonly webhookDelayMs: number;
  readonly webhookJitterMs: number;
  readonly webhookLossRatio: number;
  readonly webhookRetryBaseMs: number;
  readonly webhookMaxTries: number;
  readonly webhookTimeoutMs: number;
  readonly webhookConcurrency: number;
  readonly limits: boolean;
  readonly directoryUsersPerSecond: number;
  readonly requestsPerMinute: number;
  readonly tooManyRequestsRatio: number;
  readonly serverErrorRatio: number;
  readonly visibilityLagMs: number;
  readonly expireCursorsBefore: string | null;
  readonly retentionDays: number;
  readonly emptyGroups: boolean;
  readonly legacyAttributes: boolean;
  readonly retainInactive: boolean;
  readonly keepDeletedRecords: boolean;
  readonly returnWithNewId: boolean;
  readonly activationEvents: boolean;
};

export const defaultKnobs: Knobs = {
  webhookReorder: 1,
  webhookDuplicateRatio: 0,
  webhookDelayMs: 0,
  webhookJitterMs: 0,
  webhookLossRatio: 0,
  webhookRetryBaseMs: 1_000,
  webhookMaxTries: 12,
  webhookTimeoutMs: 5_000,
  webhookConcurrency: 16,
  limits: true,
  directoryUsersPerSecond: 4,
  requestsPerMinute: 6_000,
  tooManyRequestsRatio: 0,
  serverErrorRatio: 0,
  visibilityLagMs: 1_000,
  expireCursorsBefore: null,
  retentionDays: 30,
  emptyGroups: true,
  legacyAttributes: true,
  retainInactive: false,
  keepDeletedRecords: true,
  returnWithNewId: false,
  activationEvents: true,
};

export const knobParameters = {
  webhookReorder: {
    type: 'integer',
    min: 1,
    max: 100_000,
    description: 'The next webhook is a random one of this many due ones; 1 keeps their order.',
  },
  webhookDuplicateRatio: { type: 'ratio', description: 'Share of webhooks sent twice.' },
  webhookDelayMs: { type: 'integer', min: 0, description: 'Every webhook waits this long.' },
  webhookJitterMs: {
    type: 'integer',
    min: 0,
    description: 'Every webhook waits up to this long besides, which reorders them.',
  },
  webhookLossRatio: {
    type: 'ratio',
    description: 'Share of webhooks never sent, so that only the Events API has them.',
  },
  webhookRetryBaseMs: {
    type: 'integer',
    min: 1,
    description: 'Wait before the second try; it doubles with each further one.',
  },
  webhookMaxTries: {
    type: 'integer',
    min: 1,
    max: 100,
    description: 'Tries before a webhook is given up; three days end it as well.',
  },
  webhookTimeoutMs: { type: 'integer', min: 1, description: 'How long an answer may take.' },
  webhookConcurrency: { type: 'integer', min: 1, max: 256, description: 'Webhooks in flight.' },
  limits: { type: 'boolean', description: 'Whether the rate limits hold.' },
  directoryUsersPerSecond: {
    type: 'integer',
    min: 1,
    description: 'Listings of /directory_users a second and directory.',
  },
  requestsPerMinute: { type: 'integer', min: 1, description: 'Requests a minute and key.' },
  tooManyRequestsRatio: { type: 'ratio', description: 'Share of requests answered 429.' },
  serverErrorRatio: { type: 'ratio', description: 'Share of requests answered 500, 502 or 503.' },
  visibilityLagMs: {
    type: 'integer',
    min: 0,
    description: 'Events younger than this are hidden from /events, but for range_start reads.',
  },
  expireCursorsBefore: {
    type: 'time or null',
    description: 'A cursor naming an event older than this instant is answered 400.',
  },
  retentionDays: { type: 'number', min: 0, max: 90, description: 'Days /events goes back.' },
  emptyGroups: { type: 'boolean', description: 'Whether users are listed with groups: [].' },
  legacyAttributes: {
    type: 'boolean',
    description: 'Whether raw_attributes, emails, username and job_title are filled.',
  },
  retainInactive: {
    type: 'boolean',
    description: 'On: deactivation is an update to inactive. Off: it is dsync.user.deleted.',
  },
  keepDeletedRecords: {
    type: 'boolean',
    description: 'Whether memberships outlive a dsync.user.deleted, unseen, until a return.',
  },
  returnWithNewId: {
    type: 'boolean',
    description: 'Whether a returning person gets a new id (and dsync.user.created).',
  },
  activationEvents: {
    type: 'boolean',
    description: 'Whether activation is followed by one event per person, group and membership.',
  },
} as const satisfies Record<keyof Knobs, Parameters[string]>;

/** Checks a partial setting; throws a Refusal naming the wrong knob and what is allowed. */
export const readKnobs = (input: unknown): Partial<Knobs> => {
  const values = readParameters('the knobs', knobParameters, input);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
};
