import { pick } from './random.ts';
import type { Random } from './random.ts';
import { isJson } from './wire.ts';
import type { Json } from './wire.ts';

const FIRST_NAMES =
  `Amara Bastien Chiara Dmitri Eleni Farid Greta Hiroshi Ines Jonas Keiko Leila Mateo Nadia Oskar Priya Quentin
Rosa Samir Tove Ugo Valeria Wanjiru Xenia Yusuf Zofia Aisling Bruno Carmen Deepak Emeka Freya Goran Hana Ivo Jasmin
Kofi Linnea Marek Noor Olga Pavel Rania Stefan Thandi Umar Vesna Willem Yara Zane`.split(/\s+/);

const LAST_NAMES =
  `Abara Bergstrom Castellano Dimitrov Eriksen Farouk Grunwald Hayashi Ionescu Jovanovic Kamara Lindqvist Moreau
Nakagawa Okafor Petrov Quispe Rahimi Santoro Takeda Usman Vargas Whitlock Yilmaz Zielinski Adeyemi Bianchi Chaudhry
Delgado Espinoza Fontaine Gallagher Haddad Iversen Janssen Kowalski Leclerc Mbeki Novak Oyelaran Pereira Rosenthal
Silva Tanaka Urbanek Vandermeer Wozniak Yamamoto Zhang Achterberg`.split(/\s+/);

export const DEPARTMENTS = ['Engineering', 'Sales', 'Finance', 'Support', 'People'] as const;

const TITLES: Readonly<Record<string, readonly string[]>> = {
  Engineering: ['Software Engineer', 'Staff Engineer', 'Site Reliability Engineer'],
  Sales: ['Account Executive', 'Sales Engineer', 'Sales Manager'],
  Finance: ['Accountant', 'Controller', 'Payroll Specialist'],
  Support: ['Support Engineer', 'Support Lead', 'Customer Advocate'],
  People: ['Recruiter', 'People Partner', 'Office Manager'],
};

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** What an identity provider knows of a person; the wire object is built of it. */
export type Person = {
  readonly first_name: string;
  readonly last_name: string;
  readonly email: string;
  readonly job_title: string;
  readonly department: string;
  readonly employee_number: string;
};

/** An invented person with an address at the domain that `isTaken` (lower case) does not know yet. */
export const inventPerson = ({
  random,
  domain,
  number,
  isTaken,
  department = pick(random, DEPARTMENTS),
}: {
  random: Random;
  domain: string;
  number: number;
  isTaken: (email: string) => boolean;
  department?: string | undefined;
}): Person => {
  const first = pick(random, FIRST_NAMES);
  const last = pick(random, LAST_NAMES);
  const plain = `${first}.${last}@${domain}`.toLowerCase();
  const email = isTaken(plain) ? `${first}.${last}.${number}@${domain}`.toLowerCase() : plain;
  return {
    first_name: first,
    last_name: last,
    email,
    job_title: titleIn(random, department),
    department,
    employee_number: String(10_000 + number),
  };
};

/** A job title that fits the department. */
export const titleIn = (random: Random, department: string): string =>
  pick(random, TITLES[department] ?? ['Specialist']);

/** The attributes of a department as both places carry it: the mapped one and the provider's own. */
export const withDepartment = (
  { custom_attributes, raw_attributes }: { custom_attributes: Json; raw_attributes: Json },
  { department, job_title }: { department: string; job_title: string },
): { job_title: string; custom_attributes: Json; raw_attributes: Json } => {
  const enterprise = raw_attributes[ENTERPRISE];
  return {
    job_title,
    custom_attributes: { ...custom_attributes, department_name: department, job_title },
    raw_attributes: {
      ...raw_attributes,
      title: job_title,
      [ENTERPRISE]: { ...(isJson(enterprise) ? enterprise : {}), department },
    },
  };
};

/** The fields of a directory user as an Okta-like provider sends them. */
export const fieldsOf = (person: Person, idpId: string): Json => ({
  idp_id: idpId,
  first_name: person.first_name,
  last_name: person.last_name,
  email: person.email,
  emails: [{ primary: true, type: 'work', value: person.email }],
  username: person.email,
  job_title: person.job_title,
  custom_attributes: {
    department_name: person.department,
    job_title: person.job_title,
    employee_number: person.employee_number,
    username: person.email,
  },
  raw_attributes: {
    userName: person.email,
    name: { givenName: person.first_name, familyName: person.last_name },
    emails: [{ primary: true, type: 'work', value: person.email }],
    title: person.job_title,
    externalId: idpId,
    [ENTERPRISE]: { department: person.department, employeeNumber: person.employee_number },
  },
});

const GROUP_NAMES = [
  'Engineering',
  'Sales',
  'Finance',
  'Support',
  'Everyone',
  'Administrators',
  'Remote Staff',
  'On Call',
  'Contractors',
  'Security Champions',
];

/** The name of a directory's n-th group (from 0); unique within it. */
export const groupName = (index: number): string =>
  GROUP_NAMES[index] ?? `Project ${String(index - GROUP_NAMES.length + 1).padStart(3, '0')}`;

const COMPANIES = [
  'Lumenfield',
  'Harbor & Pine',
  'Quillon Works',
  'Tessera Labs',
  'Brightwater',
  'Norrsken Foods',
  'Alder Logistics',
  'Meridian Optics',
];

/** An invented company; the number tells two of them apart. */
export const companyName = (random: Random, number: number): string => {
  const name = pick(random, COMPANIES);
  return number === 0 ? name : `${name} ${number + 1}`;
};

/** The company's domain, in the top-level domain reserved for examples. */
export const domainOf = (company: string): string =>
  `${company.toLowerCase().replaceAll(/[^a-z0-9]+/g, '')}.example`;
