import { createDirectory, deleteDirectory, setDirectoryState } from '../acts/directories.ts';
import { define } from '../acts/definition.ts';
import type { Definition } from '../acts/definition.ts';
import { deleteGroup, updateGroup } from '../acts/groups.ts';
import { findDirectory, findGroup, usersOf } from '../acts/lookup.ts';
import {
  activateUser,
  createUser,
  deactivateUser,
  deleteUser,
  refuseTakenEmail,
  returnUser,
  updateUser,
} from '../acts/users.ts';
import { DIRECTORY_TYPES } from '../directory-types.ts';
import { burst } from './burst.ts';
import { chooseGroup, chooseUser, isActive, isDeactivated, isDeleted } from './eligible.ts';
import { hire, invent, move, newHireFields } from './steps.ts';

const directory = { type: 'string', description: 'Needed when there are several.' } as const;
const user = {
  type: 'string',
  description: 'A directory user id; a random one if left out.',
} as const;
const group = {
  type: 'string',
  description: 'A directory group id; a random one if left out.',
} as const;
const name = { type: 'string', description: 'A name; invented when left out.' } as const;
const type = { type: 'string', oneOf: DIRECTORY_TYPES, description: 'The provider.' } as const;
const department = { type: 'string', description: 'A department.' } as const;

const active = { fits: isActive, kind: 'active' };

export const scenarios: Readonly<Record<string, Definition>> = {
  company: define('scenario "company"', 'A small company: one directory, activated.', {
    parameters: {
      name,
      type,
      people: { type: 'integer', min: 1, max: 1_000_000, description: 'Default 25.' },
      groups: { type: 'integer', min: 0, max: 100_000, description: 'Default 5.' },
      organization: { type: 'string', description: 'An organization id of your own.' },
    },
    perform: (draft, { people = 25, groups = 5, ...rest }) => {
      const made = createDirectory(draft, { ...rest, users: people, groups });
      return { directory: made.id, organization: made.organizationId };
    },
  }),
  backfill: define('scenario "backfill"', 'One more directory with many people, activated.', {
    parameters: {
      name,
      type,
      people: { type: 'integer', min: 1, max: 1_000_000, description: 'Default 300.' },
      groups: { type: 'integer', min: 0, max: 100_000, description: 'Default 15.' },
    },
    perform: (draft, { people = 300, groups = 15, ...rest }) => {
      const made = createDirectory(draft, { ...rest, users: people, groups });
      return { directory: made.id, organization: made.organizationId };
    },
  }),
  joiner: define('scenario "joiner"', 'A new person, in the group of the department.', {
    parameters: {
      directory,
      department,
      email: { type: 'string', description: 'An address; invented when left out.' },
      first_name: { type: 'string', description: 'A first name.' },
      last_name: { type: 'string', description: 'A last name.' },
      groups: { type: 'list of strings', description: 'Group ids, instead of the department’s.' },
    },
    perform: (draft, { directory: id, department: wanted, groups, ...given }) => {
      const found = findDirectory(draft.state, id);
      if (given.email !== undefined) {
        refuseTakenEmail(draft, { directory: found.id, email: given.email });
      }
      const invented = invent(draft, found, wanted);
      const person = {
        ...invented,
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      };
      const hired = hire(draft, {
        directory: found,
        person,
        ...(groups === undefined
          ? {}
          : { groups: groups.map((each) => findGroup(draft.state, each)) }),
      });
      return { directory: found.id, user: hired.user.id, groups: hired.groups };
    },
  }),
  'joiner-without-email': define(
    'scenario "joiner-without-email"',
    'A new person without an address, which follows in a second event (as Entra does it).',
    {
      parameters: {
        directory,
        follows: { type: 'boolean', description: 'Whether the address follows; default true.' },
      },
      perform: (draft, { directory: id, follows = true }) => {
        const found = findDirectory(draft.state, id);
        const fields = newHireFields(draft, invent(draft, found));
        const { email, emails } = fields;
        const made = createUser(draft, {
          directory: found,
          fields: { ...fields, email: null, emails: [] },
        });
        if (follows) updateUser(draft, made, { email: email ?? null, emails: emails ?? [] });
        return { directory: found.id, user: made.id };
      },
    },
  ),
  leaver: define('scenario "leaver"', 'An active person is deleted.', {
    parameters: { directory, user },
    perform: (draft, values) => {
      const chosen = chooseUser(draft, values, active);
      deleteUser(draft, chosen.user);
      return { directory: chosen.directory.id, user: chosen.user.id };
    },
  }),
  mover: define('scenario "mover"', 'An active person changes department and group.', {
    parameters: { directory, user, department, group },
    perform: (draft, { department: wanted, group: target, ...values }) => {
      const chosen = chooseUser(draft, values, active);
      const moved = move(draft, {
        ...chosen,
        department: wanted,
        group: target === undefined ? undefined : findGroup(draft.state, target),
      });
      return { directory: chosen.directory.id, user: chosen.user.id, ...moved };
    },
  }),
  deactivate: define('scenario "deactivate"', 'An active person is deactivated.', {
    parameters: { directory, user },
    perform: (draft, values) => {
      const chosen = chooseUser(draft, values, active);
      deactivateUser(draft, chosen.user);
      return { directory: chosen.directory.id, user: chosen.user.id };
    },
  }),
  reactivate: define('scenario "reactivate"', 'A deactivated person is activated again.', {
    parameters: { directory, user },
    perform: (draft, values) => {
      const chosen = chooseUser(draft, values, { fits: isDeactivated, kind: 'deactivated' });
      const { id } = activateUser(draft, chosen.user);
      return { directory: chosen.directory.id, user: id, before: chosen.user.id };
    },
  }),
  return: define('scenario "return"', 'A leaver comes back.', {
    parameters: {
      directory,
      user,
      new_id: { type: 'boolean', description: 'Under a new id; the knob decides if left out.' },
    },
    perform: (draft, { new_id, ...values }) => {
      const chosen = chooseUser(draft, values, { fits: isDeleted, kind: 'deleted' });
      const back = returnUser(draft, chosen.user, new_id === undefined ? {} : { newId: new_id });
      return { directory: chosen.directory.id, user: back.id, before: chosen.user.id };
    },
  }),
  'rename-group': define('scenario "rename-group"', 'A group gets another name.', {
    parameters: { directory, group, name },
    perform: (draft, { name: wanted, ...values }) => {
      const found = chooseGroup(draft, values);
      const next = wanted ?? `${found.wire.name} ${1 + draft.random.below(100)}`;
      updateGroup(draft, found, { name: next });
      return { directory: found.wire.directory_id, group: found.id, name: next };
    },
  }),
  'delete-group': define('scenario "delete-group"', 'A group is deleted with its memberships.', {
    parameters: { directory, group },
    perform: (draft, values) => {
      const found = chooseGroup(draft, values);
      deleteGroup(draft, found);
      return { directory: found.wire.directory_id, group: found.id };
    },
  }),
  burst: define('scenario "burst"', 'Mixed changes that make at least so many events.', {
    parameters: {
      directory,
      events: { type: 'integer', min: 1, max: 1_000_000, description: 'Default 100.' },
    },
    perform: (draft, { directory: id, events = 100 }) => {
      const found = findDirectory(draft.state, id);
      burst(draft, found, events);
      return { directory: found.id };
    },
  }),
  'bad-credentials': define(
    'scenario "bad-credentials"',
    'The provider’s credentials expire; the next resync learns it.',
    {
      parameters: { directory },
      perform: (draft, values) => {
        const found = findDirectory(draft.state, values.directory);
        return { directory: setDirectoryState(draft, found, 'invalid_credentials').id };
      },
    },
  ),
  'good-credentials': define(
    'scenario "good-credentials"',
    'The credentials are repaired; the next resync learns it.',
    {
      parameters: { directory },
      perform: (draft, values) => {
        const found = findDirectory(draft.state, values.directory);
        return { directory: setDirectoryState(draft, found, 'linked').id };
      },
    },
  ),
  'delete-directory': define('scenario "delete-directory"', 'The directory is deleted.', {
    parameters: { directory },
    perform: (draft, values) => {
      const found = findDirectory(draft.state, values.directory);
      deleteDirectory(draft, found);
      return { directory: found.id };
    },
  }),
  'big-bang-removal': define('scenario "big-bang-removal"', 'A large share leaves at once.', {
    parameters: {
      directory,
      percent: { type: 'number', min: 1, max: 100, description: 'Of the active; default 50.' },
    },
    perform: (draft, { directory: id, percent = 50 }) => {
      const found = findDirectory(draft.state, id);
      const everyone = usersOf(draft.state, found.id).filter(isActive);
      const leaving = everyone.slice(0, Math.ceil((everyone.length * percent) / 100));
      for (const person of leaving) deleteUser(draft, person);
      return { directory: found.id, users: leaving.map((person) => person.id) };
    },
  }),
};
