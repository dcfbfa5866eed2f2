import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

const path = new URL('../../node_modules/@workos/openapi-spec/open-api-spec.yaml', import.meta.url);
const spec = parse(readFileSync(path, 'utf8'));
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ $id: 'spec', ...spec });

const compiled = new Map<string, ValidateFunction>();

const validatorOf = (pointer: string): ValidateFunction => {
  const known = compiled.get(pointer);
  if (known !== undefined) return known;
  const made = ajv.compile({ $ref: `spec#${pointer}` });
  compiled.set(pointer, made);
  return made;
};

const problemsOf = (pointer: string, body: unknown): string[] => {
  const validate = validatorOf(pointer);
  if (validate(body)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
};

type EventBranch = { properties: { event: { const: string } } };
const branches: EventBranch[] = spec.components.schemas.EventSchema.allOf[1].oneOf;

/** The event names a webhook endpoint may ask for. */
export const publishedNames: string[] =
  spec.components.schemas.CreateWebhookEndpointDto.properties.events.items.enum;

/** What WorkOS's published schema has against an event; empty when nothing. */
export const eventProblems = (event: { event: string }): string[] => {
  const index = branches.findIndex(({ properties }) => properties.event.const === event.event);
  if (index === -1) return [`no event is called ${event.event}`];
  return [
    ...problemsOf('/components/schemas/EventSchema/allOf/0', event),
    ...problemsOf(`/components/schemas/EventSchema/allOf/1/oneOf/${index}`, event),
  ];
};

type Operation = {
  parameters?: { name: string; in: string }[];
  responses: Record<string, Response>;
};
type Response = { content?: Record<string, unknown> };

const templateOf = (pathname: string): string =>
  Object.keys(spec.paths).find(
    (template) =>
      template === pathname ||
      new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  ) ?? pathname;

const escape = (part: string): string =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

const isEventList = (body: unknown): body is { data: { event: string }[] } =>
  typeof body === 'object' && body !== null && 'data' in body && Array.isArray(body.data);

/** What the published schema has against an answer of the API; an undeclared status is a problem too. */
export const answerProblems = (answer: {
  method: string;
  pathname: string;
  status: number;
  body: unknown;
}): string[] => {
  const template = templateOf(answer.pathname);
  const method = answer.method.toLowerCase();
  const operation: Operation | undefined = spec.paths[template]?.[method];
  const response = operation?.responses[String(answer.status)];
  if (response === undefined) return [`${method} ${template} declares no ${answer.status}`];
  if (response.content === undefined) return [];
  // Events are checked branch by branch: the whole list is a union of a hundred.
  if (template === '/events' && isEventList(answer.body)) {
    const { data, ...envelope } = answer.body;
    return [
      ...schemaProblems('EventList', { ...envelope, data: [] }),
      ...data.flatMap(eventProblems),
    ];
  }
  const pointer = ['paths', template, method, 'responses', String(answer.status)].map(escape);
  return problemsOf(`/${pointer.join('/')}/content/application~1json/schema`, answer.body);
};

/** The query parameters the published schema gives a route. */
export const declaredParameters = (template: string): string[] => {
  const operation: Operation = spec.paths[template].get;
  return (operation.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name);
};

/** What the published schema has against a schema by name. */
export const schemaProblems = (name: string, body: unknown): string[] =>
  problemsOf(`/components/schemas/${name}`, body);
