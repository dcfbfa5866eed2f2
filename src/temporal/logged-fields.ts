import { ApplicationFailure, type LogMetadata } from '@temporalio/common';
import { loggedCode } from '../log.ts';

const FIELDS = ['activityType', 'workflowType', 'workflowId', 'attempt'] as const;

/** Of what Temporal's SDK knows of an entry, the ids, and the code of its failure; no text of errors. */
export const loggedFields = (meta: LogMetadata = {}): Readonly<Record<string, unknown>> => ({
  from: 'temporal',
  ...Object.fromEntries(FIELDS.flatMap((key) => (key in meta ? [[key, meta[key]]] : []))),
  ...(meta['error'] === undefined ? {} : { code: failureType(meta['error']) }),
});

const failureType = (error: unknown): string =>
  error instanceof ApplicationFailure && typeof error.type === 'string'
    ? error.type
    : loggedCode(error);
