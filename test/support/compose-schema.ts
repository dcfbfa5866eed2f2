/**
 * The part of the compose specification's JSON schema that docker-compose.yml uses, written after
 * the specification. It is closed: a key that it does not name is an error, so a misspelt one shows.
 */
const text = { type: 'string' } as const;
const texts = { type: 'array', items: text, uniqueItems: true } as const;
const command = { anyOf: [text, { type: 'array', items: text }] } as const;
const duration = { type: 'string', pattern: '^(\\d+(us|ms|s|m|h))+$' } as const;
const name = '^[a-zA-Z0-9._-]+$';

const closed = (properties: Record<string, unknown>, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
  patternProperties: { '^x-': {} },
});

const named = (value: unknown) => ({
  type: 'object',
  patternProperties: { [name]: value },
  additionalProperties: false,
});

const healthCheck = closed(
  {
    test: {
      type: 'array',
      items: text,
      minItems: 2,
      prefixItems: [{ enum: ['CMD', 'CMD-SHELL'] }],
    },
    interval: duration,
    timeout: duration,
    start_period: duration,
    start_interval: duration,
    retries: { type: 'integer', minimum: 1 },
  },
  ['test'],
);

const dependency = closed(
  {
    condition: {
      enum: ['service_started', 'service_healthy', 'service_completed_successfully'],
    },
    restart: { type: 'boolean' },
    required: { type: 'boolean' },
  },
  ['condition'],
);

const service = {
  ...closed({
    image: text,
    build: { anyOf: [text, closed({ context: text, dockerfile: text, target: text })] },
    init: { type: 'boolean' },
    restart: { type: 'string', pattern: '^(no|always|unless-stopped|on-failure(:\\d+)?)$' },
    read_only: { type: 'boolean' },
    tmpfs: { anyOf: [text, texts] },
    cap_drop: texts,
    security_opt: texts,
    volumes: { ...texts, items: { type: 'string', pattern: '^[^:]+:/[^:]*(:ro)?$' } },
    networks: texts,
    depends_on: named(dependency),
    profiles: texts,
    command,
    entrypoint: command,
    environment: named({ type: ['string', 'number', 'boolean', 'null'] }),
    ports: { ...texts, items: { type: 'string', pattern: '^([\\d.]+:)?(\\d+:)?\\d+$' } },
    stop_grace_period: duration,
    healthcheck: healthCheck,
    user: text,
    configs: {
      type: 'array',
      items: closed({ source: text, target: text, mode: {} }, ['source', 'target']),
    },
  }),
  anyOf: [{ required: ['image'] }, { required: ['build'] }],
};

/** JSON Schema 2020-12 of a compose file that keeps to what this project uses. */
export const composeSchema = closed(
  {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: named(service),
    volumes: named({ anyOf: [closed({ driver: text, name: text }), { type: 'null' }] }),
    networks: named({
      anyOf: [
        closed({ driver: text, name: text, internal: { type: 'boolean' } }),
        { type: 'null' },
      ],
    }),
    configs: named({
      ...closed({ content: text, file: text, environment: text }),
      minProperties: 1,
    }),
  },
  ['services'],
);
