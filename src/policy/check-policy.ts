import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parseAttributePath } from '../domain/attribute-path.ts';
import { DEFAULT_POLICY, type Policy } from '../domain/policy.ts';
import { POLICY_SCHEMA } from './policy-schema.ts';

/** A policy whose shape was checked: the sound keys, and one sentence for each thing that is wrong. */
export interface CheckedPolicy {
  readonly policy: Partial<Policy>;
  readonly problems: readonly string[];
  /** The keys that were left out because something in them is wrong. */
  readonly unsound: readonly string[];
}

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, verbose: true });
addFormats.default(ajv, ['hostname', 'email']);
ajv.addFormat('attribute-path', (text: string) => parseAttributePath(text) !== null);
const validate = ajv.compile(POLICY_SCHEMA);

/**
 * Checks what somebody wrote as a policy. A key with a problem anywhere below it is left out whole,
 * so that the others still hold; a value that is no object has no sound key.
 */
export const checkPolicy = (written: unknown): CheckedPolicy => {
  if (validate(written)) return { policy: whole(written), problems: [], unsound: [] };
  const errors = validate.errors ?? [];
  if (errors.some(({ instancePath, keyword }) => instancePath === '' && keyword === 'type'))
    return {
      policy: {},
      problems: ['The policy must be an object with keys such as "roles".'],
      unsound: [],
    };
  const bad = new Set(errors.map(topKey));
  const kept = Object.entries(written as object).filter(([key]) => !bad.has(key));
  return {
    policy: whole(Object.fromEntries(kept)),
    problems: problemsOf(errors),
    unsound: [...bad],
  };
};

/** A policy whose parts are filled up: a role mapping may name groups only, or slugs only. */
const whole = (written: unknown): Partial<Policy> => {
  const { roles, removalBudget, reconcile, ...rest } = written as Partial<Policy>;
  return {
    ...rest,
    ...(roles === undefined ? {} : { roles: { ...DEFAULT_POLICY.roles, ...roles } }),
    ...(removalBudget === undefined
      ? {}
      : { removalBudget: { ...DEFAULT_POLICY.removalBudget, ...removalBudget } }),
    ...(reconcile === undefined
      ? {}
      : { reconcile: { ...DEFAULT_POLICY.reconcile, ...reconcile } }),
  };
};

const topKey = (error: ErrorObject): string =>
  error.instancePath.split('/')[1] ?? String(error.params['additionalProperty'] ?? '');

/** One sentence a place: the deepest complaint says the most. */
const problemsOf = (errors: readonly ErrorObject[]): readonly string[] => {
  const deepest = errors.filter(
    ({ keyword, instancePath }) =>
      keyword !== 'anyOf' &&
      keyword !== 'if' &&
      // Of the two shapes of an attribute, the one that was not meant complains of its type.
      !(
        keyword === 'type' &&
        errors.some((other) => other.instancePath.startsWith(`${instancePath}/`))
      ),
  );
  return [...new Set(deepest.map(sentence))];
};

const sentence = (error: ErrorObject): string => {
  const at = pathOf(error.instancePath);
  const { params, keyword } = error;
  switch (keyword) {
    case 'additionalProperties':
      return `${pathOf(`${error.instancePath}/${String(params['additionalProperty'])}`)} is not a key of a policy; allowed here: ${allowedKeys(error)}.`;
    case 'required':
      return `${at} lacks ${String(params['missingProperty'])}.`;
    case 'enum':
      return `${at} must be one of: ${(params['allowedValues'] as string[]).join(', ')}.`;
    case 'propertyNames':
      return `${at} has the name "${String(params['propertyName'])}"; a name begins with a letter and holds letters, digits and underscores.`;
    case 'minItems':
      return `${at} must name at least one domain, because linking.by is email.`;
    case 'pattern':
      return `${at} has a name that is not allowed; a name begins with a letter and holds letters, digits and underscores.`;
    case 'format':
      return `${at} must be ${FORMATS[String(params['format'])] ?? String(params['format'])}.`;
    default:
      return `${at} ${error.message ?? 'is wrong'}.`;
  }
};

const FORMATS: Readonly<Record<string, string>> = {
  'attribute-path':
    'a path such as custom_attributes.department_name or raw_attributes["urn:…:User"].department',
  email: 'an e-mail address',
  hostname: 'a domain such as example.com',
};

const allowedKeys = ({ parentSchema }: ErrorObject): string =>
  Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {}).join(', ');

/** `/roles/groups/0/roles` as `roles.groups[0].roles`. */
const pathOf = (pointer: string): string => {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.length === 0
    ? 'The policy'
    : steps.reduce((path, step) =>
        /^\d+$/u.test(step)
          ? `${path}[${step}]`
          : /^[A-Za-z_]\w*$/u.test(step)
            ? `${path}.${step}`
            : `${path}["${step}"]`,
      );
};
