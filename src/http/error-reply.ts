import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { SignatureRefusal } from '../workos/verify-webhook.ts';

/** The code of a refusal: stable, and no help to a forger. */
export type RefusalCode =
  | SignatureRefusal
  | 'not-json'
  | 'body-too-large'
  | 'source-not-allowed'
  | 'unauthorized'
  | 'local-only'
  | 'not-found'
  | 'bad-request'
  | 'database-unavailable'
  | 'internal-error';

/** What each refusal answers. */
export const REFUSALS: Readonly<
  Record<RefusalCode, { readonly status: number; readonly message: string }>
> = {
  'signature-missing': { status: 401, message: 'The WorkOS-Signature header is missing.' },
  'signature-malformed': { status: 401, message: 'The signature is not valid.' },
  'signature-stale': { status: 401, message: 'The signature is not valid.' },
  'signature-mismatch': { status: 401, message: 'The signature is not valid.' },
  'not-json': { status: 400, message: 'The body is not JSON.' },
  'body-too-large': { status: 413, message: 'The body is larger than 1 MiB.' },
  'source-not-allowed': { status: 403, message: 'Requests from this address are not allowed.' },
  unauthorized: { status: 401, message: 'A valid bearer token is needed.' },
  'local-only': {
    status: 403,
    message: 'Without ADMIN_TOKEN this is answered to this machine only, asked directly.',
  },
  'not-found': { status: 404, message: 'There is nothing here.' },
  'bad-request': { status: 400, message: 'The request is not valid.' },
  'database-unavailable': {
    status: 503,
    message: 'The database did not answer in time; please send it again.',
  },
  'internal-error': { status: 500, message: 'Something went wrong here.' },
};

/** Answers a refusal as `{ error: { code, message } }`; `detail` is a sentence without values. */
export const refuse = (reply: FastifyReply, code: RefusalCode, detail?: string): FastifyReply => {
  const { status, message } = REFUSALS[code];
  refused.set(reply, code);
  if (code === 'unauthorized') void reply.header('www-authenticate', 'Bearer');
  return reply.code(status).send({ error: { code, message: detail ?? message } });
};

const refused = new WeakMap<FastifyReply, RefusalCode>();

/** The refusal that a reply carries, for counting; null for any other reply. */
export const refusalSent = (reply: FastifyReply): RefusalCode | null => refused.get(reply) ?? null;

/** The code that an error of Fastify itself is answered with. */
export const refusalOf = (error: {
  readonly name?: string;
  readonly statusCode?: number | undefined;
}): RefusalCode => {
  const { name, statusCode = 500 } = error;
  if (name?.startsWith('Mongo') === true) return 'database-unavailable';
  if (statusCode === 413) return 'body-too-large';
  return statusCode >= 400 && statusCode < 500 ? 'bad-request' : 'internal-error';
};

/** Answers what no route answered. Error messages stay inside: they may quote the request. */
export const answerError = (
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply => {
  const code = refusalOf(error);
  if (code === 'internal-error' || code === 'database-unavailable') {
    request.log.error({ err: error }, 'A request failed.');
  }
  return refuse(reply, code, describeInvalid(error));
};

/** What a schema found wrong: the name of a parameter and what is allowed, never what was sent. */
const describeInvalid = ({ validation }: FastifyError): string | undefined => {
  const [first] = validation ?? [];
  if (first === undefined) return undefined;
  if (first.keyword === 'additionalProperties') {
    return 'The request is not valid: it has a parameter that is not known here.';
  }
  const name = first.instancePath.split('/').at(-1) ?? '';
  const allowed = first.params['allowedValues'];
  const rule = Array.isArray(allowed) ? `must be one of ${allowed.join(', ')}` : first.message;
  return `The request is not valid: ${name} ${rule ?? 'is not allowed'}.`;
};
