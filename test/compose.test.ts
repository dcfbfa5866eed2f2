import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';
import { composeSchema } from './support/compose-schema.ts';

interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly restart?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: unknown;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly configs?: readonly { readonly source: string }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const compose: Compose = parse(read('docker-compose.yml'), { merge: true });
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);
const isOneShot = (service: Service): boolean => service.restart?.startsWith('on-failure') ?? false;
const declared = (what: object): readonly string[] => Object.keys(what).toSorted();
const all = (used: (service: Service) => readonly string[]): readonly string[] =>
  [...new Set(services.flatMap(([, service]) => used(service)))].toSorted();
const names = (found: typeof services): readonly string[] => found.map(([name]) => name);

test('docker-compose.yml keeps to the compose specification', () => {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  ajv.validate(composeSchema, compose);
  expect(ajv.errors ?? []).toEqual([]);
});

test('a misspelt key is refused', () => {
  const ajv = new Ajv2020({ strict: false });
  const misspelt = { services: { server: { image: 'a:1.0.0', heathcheck: {} } } };
  expect(ajv.validate(composeSchema, misspelt)).toBe(false);
});

test('the whole of it is there', () => {
  expect(Object.keys(compose.services)).toEqual(
    expect.arrayContaining(['mongo', 'postgres', 'temporal', 'temporal-ui', 'server', 'worker']),
  );
});

test('every image is pinned to a version', () => {
  const bases = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(bases).not.toEqual([]);
  for (const image of [...services.map(([, service]) => service.image), ...bases]) {
    expect(image).toMatch(/^[\w./-]+:\d+\.\d+(\.\d+)?(-[\w.]+)*$/);
  }
});

test('every volume, network, config and service that is used is declared, and every one declared is used', () => {
  expect(all((one) => (one.volumes ?? []).map((volume) => volume.split(':')[0] ?? ''))).toEqual(
    declared(compose.volumes),
  );
  expect(all((one) => one.networks ?? [])).toEqual(declared(compose.networks));
  expect(all((one) => (one.configs ?? []).map((config) => config.source))).toEqual(
    declared(compose.configs),
  );
  expect(Object.keys(compose.services)).toEqual(
    expect.arrayContaining([...all((one) => Object.keys(one.depends_on ?? {}))]),
  );
});

test('every service has a health check or ends by itself', () => {
  const unwatched = services.filter(
    ([, service]) => service.healthcheck === undefined && !isOneShot(service),
  );
  expect(names(unwatched)).toEqual([]);
});

test('a dependency waits for what its service can give', () => {
  for (const [, service] of services) {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      const needed = compose.services[name];
      expect(condition).toBe(
        needed !== undefined && isOneShot(needed)
          ? 'service_completed_successfully'
          : 'service_healthy',
      );
    }
  }
});

test('our image runs as a user without rights', () => {
  expect([...read('Dockerfile').matchAll(/^USER (.+)$/gm)].map(([, user]) => user)).toEqual([
    'node',
  ]);
});

test('the image copies only what the build context holds', () => {
  const sent = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, sources]) => sources?.split(' ') ?? [],
  );
  expect([...new Set(copied)].toSorted()).toEqual(sent.toSorted());
});

const named = (path: string): readonly string[] =>
  [...read(path).matchAll(/'([A-Z][A-Z_]+)'/g)].map(([, key]) => key ?? '');
const READ_BY: Readonly<Record<string, readonly string[]>> = {
  // The container of the server runs the client script, too.
  'src/server.ts': ['src/config.ts', 'src/config-effects.ts', 'src/dsync.ts'].flatMap(named),
  'src/worker.ts': ['src/config.ts', 'src/config-effects.ts'].flatMap(named),
  'src/simulator.ts': named('src/simulator.ts'),
};
const rootOf = ({ command }: Service): string =>
  command?.find((part) => part.endsWith('.ts')) ?? 'none';

test.each(ours)('the service %s sets only variables that its process reads', (_name, service) => {
  const known = READ_BY[rootOf(service)] ?? [];
  const unread = Object.keys(service.environment ?? {}).filter(
    // The Temporal SDK reads its own names.
    (key) => !known.includes(key) && !/^TEMPORAL_(ADDRESS|NAMESPACE|API_KEY|TLS\w*)$/.test(key),
  );
  expect(unread).toEqual([]);
});

test('the process of every service is one of ours', () => {
  expect(ours.map(([, service]) => rootOf(service)).toSorted()).toEqual(
    Object.keys(READ_BY).toSorted(),
  );
});

test('the simulator listens where the others look for it, and sends its webhooks to the server', () => {
  const simulator = compose.services['simulator'];
  expect(simulator?.environment).toMatchObject({ HOST: '0.0.0.0', PORT: '3000' });
  expect(simulator?.command).toContain('http://server:3000/webhooks/workos');
});

test('a secret has no default', () => {
  const secrets = [
    'WORKOS_API_KEY',
    'WORKOS_WEBHOOK_SECRET',
    'ADMIN_TOKEN',
    'POSTGRES_PASSWORD',
    'POSTGRES_PWD',
    'SQL_PASSWORD',
  ];
  const values = services
    .flatMap(([, service]) => Object.entries(service.environment ?? {}))
    .filter(([key]) => secrets.includes(key))
    .map(([, value]) => value);
  expect(values.filter((value) => !/^\$\{[A-Z_]+:\?[^}]+\}$/.test(value))).toEqual([]);
  expect(values.length).toBeGreaterThanOrEqual(secrets.length);
});

test('the namespace gets the search attributes that the workflows set', () => {
  expect(compose.configs['create-namespace']?.content).toContain(
    `for name in ${SEARCH_ATTRIBUTES.join(' ')}; do`,
  );
});

test('a dollar of a script is escaped from compose', () => {
  for (const { content } of Object.values(compose.configs)) {
    expect(content.replaceAll('$$', '')).not.toContain('$');
  }
});
