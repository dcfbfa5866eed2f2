import type { Parameters, ValuesOf } from '../parameters.ts';
import { Refusal } from '../refusal.ts';
import type { Json } from '../wire.ts';
import { define } from './definition.ts';
import { findAnyUser, findDirectory, findGroup, findUser, newOr } from './lookup.ts';
import { addMember } from './members.ts';
import {
  activateUser,
  createUser,
  deactivateUser,
  deleteUser,
  refuseTakenEmail,
  returnUser,
  updateUser,
} from './users.ts';
import type { UserFields } from './users.ts';

const user = { type: 'string', required: true, description: 'The directory user id.' } as const;

const fieldParameters = {
  idp_id: { type: 'string', description: 'The id at the identity provider.' },
  email: { type: 'string or null', description: 'The e-mail address; null is normal.' },
  first_name: { type: 'string or null', description: 'The first name.' },
  last_name: { type: 'string or null', description: 'The last name.' },
  name: { type: 'string or null', description: 'The full name; made of the two when left out.' },
  emails: { type: 'list of objects', description: 'Addresses as {primary, type, value}.' },
  job_title: { type: 'string or null', description: 'The job title.' },
  username: { type: 'string or null', description: 'The user name.' },
  raw_attributes: { type: 'object', description: 'What the provider sent, replaced whole.' },
  custom_attributes: { type: 'object', description: 'Mapped attributes, merged by key.' },
  role: { type: 'object', description: 'A role as {slug}.' },
  roles: { type: 'list of objects', description: 'Roles as {slug}.' },
} as const satisfies Parameters;

const isRole = (role: Json): role is { slug: string } => typeof role['slug'] === 'string';

const readFields = (values: ValuesOf<typeof fieldParameters>): UserFields => {
  const roles = [...(values.role === undefined ? [] : [values.role]), ...(values.roles ?? [])];
  if (!roles.every(isRole)) throw new Refusal(422, 'A role must be an object {"slug": "…"}.');
  const fields = Object.entries(values).filter(([name]) => Object.hasOwn(fieldParameters, name));
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
};

const outcome = (record: { id: string; wire: { directory_id: string } }): Json => ({
  directory: record.wire.directory_id,
  user: record.id,
});

const one = (
  name: string,
  description: string,
  act: typeof activateUser,
): ReturnType<typeof define> =>
  define(`act "${name}"`, description, {
    parameters: { user },
    perform: (draft, values) => outcome(act(draft, findUser(draft.state, values.user))),
  });

export const userActs = {
  'create-user': define('act "create-user"', 'A new active person.', {
    parameters: {
      directory: { type: 'string', description: 'Needed when there are several.' },
      id: { type: 'string', description: 'An id of your own.' },
      groups: { type: 'list of strings', description: 'Ids of groups to add the person to.' },
      ...fieldParameters,
    },
    perform: (draft, values) => {
      const directory = findDirectory(draft.state, values.directory);
      const fields = readFields(values);
      if (fields.email) refuseTakenEmail(draft, { directory: directory.id, email: fields.email });
      const id = newOr(draft.state.users, values.id);
      const created = createUser(draft, { directory, fields, id });
      for (const group of values.groups ?? []) {
        addMember(draft, { group: findGroup(draft.state, group), user: created });
      }
      return outcome(created);
    },
  }),
  'update-user': define('act "update-user"', 'Changes fields of a person.', {
    parameters: { user, ...fieldParameters },
    perform: (draft, values) => {
      const found = findUser(draft.state, values.user);
      const fields = readFields(values);
      if (fields.email) {
        const { directory_id: directory } = found.wire;
        refuseTakenEmail(draft, { directory, email: fields.email, except: found.id });
      }
      return outcome(updateUser(draft, found, fields));
    },
  }),
  'deactivate-user': one(
    'deactivate-user',
    'Deactivates: an update where inactive people are retained, else a deletion.',
    deactivateUser,
  ),
  'activate-user': define('act "activate-user"', 'Makes a deactivated person active again.', {
    parameters: { user },
    perform: (draft, values) => outcome(activateUser(draft, findAnyUser(draft.state, values.user))),
  }),
  'delete-user': one(
    'delete-user',
    'Deletes a person; memberships end without events.',
    deleteUser,
  ),
  'return-user': define('act "return-user"', 'Brings a deleted person back.', {
    parameters: {
      user,
      new_id: { type: 'boolean', description: 'Under a new id; the knob decides when left out.' },
      groups: { type: 'list of strings', description: 'Groups the person is in afterwards too.' },
      announce: {
        type: 'boolean',
        description: 'Whether those groups bring events; by default only with a new id.',
      },
    },
    perform: (draft, { user: id, new_id, groups = [], announce }) =>
      outcome(
        returnUser(draft, findAnyUser(draft.state, id), {
          groups: groups.map((group) => findGroup(draft.state, group)),
          ...(new_id === undefined ? {} : { newId: new_id }),
          ...(announce === undefined ? {} : { announce }),
        }),
      ),
  }),
};
