import { Refused, EXIT, type ExitCode } from './outcome.ts';

/** What a failed command tells a person: one sentence without personal data, and the exit code. */
export const explain = (error: unknown): { message: string; exitCode: ExitCode } => {
  if (error instanceof Refused) return { message: error.message, exitCode: error.exitCode };
  return { message: sentence(error), exitCode: EXIT.failed };
};

const sentence = (error: unknown): string => {
  const { name, code, status } = fields(error);
  if (name.startsWith('Mongo')) {
    if (lacksIndex(error)) {
      return 'MongoDB lacks an index that is needed; start the server, which creates it. `dsync doctor` names it.';
    }
    return name === 'MongoServerSelectionError' || name.startsWith('MongoNetwork')
      ? 'MongoDB does not answer at MONGODB_URI; is it running? `dsync doctor` checks everything.'
      : `MongoDB refused the operation (${name}${code === null ? '' : `, code ${code}`}).`;
  }
  if (name === 'WorkflowUpdateFailedError') return 'The directory’s workflow refused it.';
  if (name === 'WorkflowUpdateRPCTimeoutOrCancelledError' || code === GRPC_DEADLINE) {
    return 'No answer came from Temporal or a worker in time; are both running? `dsync doctor` checks everything.';
  }
  if (code === GRPC_UNAVAILABLE || name === 'ServiceError') {
    return 'Temporal does not answer at TEMPORAL_ADDRESS; is it running? `dsync doctor` checks everything.';
  }
  if (code === 'workos-unauthorized') return 'WorkOS refused WORKOS_API_KEY.';
  if (code === 'workos-rate-limited') return 'WorkOS asks to wait; try it again in a minute.';
  if (code === 'workos-unavailable')
    return 'WorkOS does not answer at WORKOS_API_URL; `dsync doctor` checks everything.';
  if (status === 401 || status === 403) return 'WorkOS refused WORKOS_API_KEY.';
  if (status !== null) return `WorkOS refused the request with status ${status}.`;
  return `Something unexpected went wrong (${name}); LOG_LEVEL=debug shows where.`;
};

/** Whether a query named an index that is not there: nothing was started yet, or only an older version. */
const lacksIndex = (error: unknown): boolean =>
  fields(error).code === BAD_VALUE && Error.isError(error) && /\bhint\b/i.test(error.message);

const BAD_VALUE = 2;
const GRPC_DEADLINE = 4;
const GRPC_UNAVAILABLE = 14;

// Driver and service errors wrap one another, and their messages may quote data.
const fields = (
  error: unknown,
): { name: string; code: number | string | null; status: number | null } => {
  if (typeof error !== 'object' || error === null)
    return { name: 'Error', code: null, status: null };
  const cause = 'cause' in error && typeof error.cause === 'object' ? fields(error.cause) : null;
  return {
    name: 'name' in error && typeof error.name === 'string' ? error.name : 'Error',
    code:
      'code' in error && (typeof error.code === 'number' || typeof error.code === 'string')
        ? error.code
        : (cause?.code ?? null),
    status: 'status' in error && typeof error.status === 'number' ? error.status : null,
  };
};
