import { followPath, parseAttributePath, type AttributePath } from './attribute-path.ts';
import { isObject } from './json-object.ts';
import type { UserContent } from './observation.ts';

/** What a mapped attribute is turned into. */
export type AttributeType = 'text' | 'number' | 'boolean' | 'date' | 'list';

/** Where an attribute comes from: the first path with a usable value wins. A bare list is of texts. */
export type AttributeSource =
  | readonly string[]
  | { readonly from: readonly string[]; readonly type: AttributeType };

/** Attributes by the application's name for them. */
export type AttributeMapping = Readonly<Record<string, AttributeSource>>;

/** The part of a person's content that attributes come from. */
export type DescribedPerson = Pick<
  UserContent,
  'customAttributes' | 'rawAttributes' | 'email' | 'username' | 'firstName' | 'lastName' | 'idpId'
>;

/** A mapped value; dates are ISO 8601 texts, and null says that the directory gives none. */
export type AttributeValue = string | number | boolean | readonly string[] | null;

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Custom attributes first, then the plain raw ones, then the enterprise extension: object, then flattened. */
const chain = (sources: {
  readonly custom: readonly string[];
  readonly raw: readonly string[];
  readonly enterprise?: string;
  readonly other?: readonly string[];
}): readonly string[] => [
  ...sources.custom.map((name) => `custom_attributes.${name}`),
  ...sources.raw.map((name) => `raw_attributes.${name}`),
  ...(sources.enterprise === undefined
    ? []
    : [
        `raw_attributes["${ENTERPRISE}"].${sources.enterprise}`,
        `raw_attributes["${ENTERPRISE}:${sources.enterprise}"]`,
      ]),
  ...(sources.other ?? []),
];

/** The nine attributes that every directory has a chain for (B8). */
export const DEFAULT_ATTRIBUTES: AttributeMapping = {
  department: chain({
    custom: ['department_name', 'department'],
    raw: ['department'],
    enterprise: 'department',
  }),
  jobTitle: chain({
    custom: ['job_title', 'title', 'jobTitle'],
    raw: ['job_title', 'title', 'jobTitle'],
  }),
  employeeId: chain({
    custom: ['employee_number', 'employeeNumber', 'employee_id', 'employeeId'],
    raw: ['employee_number', 'employeeNumber', 'employeeId'],
    enterprise: 'employeeNumber',
  }),
  managerId: chain({
    custom: ['manager_id', 'managerId', 'manager'],
    raw: ['managerId', 'manager'],
    enterprise: 'manager',
    other: [`raw_attributes["${ENTERPRISE}:manager.value"]`],
  }),
  officeLocation: chain({
    custom: ['office_location', 'officeLocation', 'location', 'physicalDeliveryOfficeName'],
    raw: ['officeLocation', 'location', 'physicalDeliveryOfficeName'],
  }),
  phoneNumber: chain({
    custom: ['phone_number', 'phoneNumber'],
    raw: ['phoneNumbers', 'telephoneNumber', 'phoneNumber'],
  }),
  division: chain({
    custom: ['division_name', 'division'],
    raw: ['division'],
    enterprise: 'division',
    other: [
      'raw_attributes["urn:okta:custom:user:1.0:division"]',
      'raw_attributes["urn:okta:custom:user:1.0"].division',
    ],
  }),
  costCenter: chain({
    custom: ['cost_center_name', 'cost_center', 'costCenter'],
    raw: ['costCenter'],
    enterprise: 'costCenter',
  }),
  orgUnitPath: chain({ custom: ['org_unit_path', 'orgUnitPath'], raw: ['orgUnitPath'] }),
};

/**
 * A person's attributes: the nine, and those that a policy adds or replaces by name. An empty list of
 * paths takes an attribute out. Total: a missing or oddly shaped value gives null and never throws.
 */
export const mapAttributes = (
  mapping: AttributeMapping,
  content: DescribedPerson,
): Readonly<Record<string, AttributeValue>> => {
  const source = {
    custom_attributes: content.customAttributes,
    raw_attributes: content.rawAttributes,
    email: content.email,
    username: content.username,
    first_name: content.firstName,
    last_name: content.lastName,
    idp_id: content.idpId,
  };
  return Object.fromEntries(
    Object.entries({ ...DEFAULT_CHAINS, ...chainsOf(mapping) }).flatMap(([name, { paths, type }]) =>
      paths.length === 0 ? [] : [[name, firstUsable(source, paths, type)]],
    ),
  );
};

/** A mapping whose paths are read; one that is no path is left out. */
interface Chain {
  readonly paths: readonly AttributePath[];
  readonly type: AttributeType;
}

const chainsOf = (mapping: AttributeMapping): Readonly<Record<string, Chain>> =>
  Object.fromEntries(
    Object.entries(mapping).map(([name, source]) => {
      const { from, type } = typed(source);
      return [name, { paths: from.flatMap((text) => pathOf(text)), type }];
    }),
  );

const pathOf = (text: string): readonly AttributePath[] => {
  const path = parseAttributePath(text);
  return path === null ? [] : [path];
};

const ISO_DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T|$)/u;

const typed = (source: AttributeSource) =>
  'from' in source ? source : { from: source, type: 'text' as const };

const firstUsable = (
  source: unknown,
  paths: readonly AttributePath[],
  type: AttributeType,
): AttributeValue => {
  for (const path of paths) {
    const value = turned(followPath(source, path), type);
    if (value !== null) return value;
  }
  return null;
};

const turned = (value: unknown, type: AttributeType): AttributeValue => {
  switch (type) {
    case 'text':
      return textOf(value);
    case 'number': {
      const text = textOf(value);
      const number = text === null ? Number.NaN : Number(text);
      return Number.isFinite(number) ? number : null;
    }
    case 'boolean': {
      const text = textOf(value)?.toLowerCase();
      return text === 'true' ? true : text === 'false' ? false : null;
    }
    case 'date': {
      const text = textOf(value);
      return text !== null && ISO_DATE.test(text) ? text : null;
    }
    case 'list': {
      const texts = (Array.isArray(value) ? value : [value]).flatMap((one) => textOf(one) ?? []);
      return texts.length === 0 ? null : texts;
    }
  }
};

/** Directories send one value as a text, a number, `{ value }`, or a list of these with a primary one. */
const textOf = (value: unknown): string | null => {
  if (!Array.isArray(value)) return textOfOne(value);
  const primary = value.filter((one) => isObject(one) && one['primary'] === true);
  return [...primary, ...value].map(textOfOne).find((text) => text !== null) ?? null;
};

const textOfOne = (value: unknown): string | null =>
  isObject(value) ? (scalarOf(value['value']) ?? scalarOf(value['id'])) : scalarOf(value);

const scalarOf = (value: unknown): string | null => {
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
};

const DEFAULT_CHAINS = chainsOf(DEFAULT_ATTRIBUTES);
