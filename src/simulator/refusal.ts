/** An answer that is not 2xx: its HTTP status and its body as WorkOS would send it. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    message: string,
    more: { code?: string; errors?: readonly Readonly<Record<string, string>>[] } = {},
  ) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.body = { message, ...more };
  }
}

/** The 404 of WorkOS for an id that names nothing (any more). */
export const notFound = (kind: string, id: string): Refusal =>
  new Refusal(404, `${kind} not found: '${id}'.`, { code: 'entity_not_found' });

/** The 422 of WorkOS for one field of a request. */
export const invalidField = (field: string, code: string, message: string): Refusal =>
  new Refusal(422, message, {
    code: 'invalid_request_parameters',
    errors: [{ code, field, message }],
  });
