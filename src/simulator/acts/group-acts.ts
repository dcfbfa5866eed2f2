import type { Json } from '../wire.ts';
import { define } from './definition.ts';
import { createGroup, deleteGroup, updateGroup } from './groups.ts';
import type { GroupFields } from './groups.ts';
import { findDirectory, findGroup, findUser, newOr } from './lookup.ts';
import { addMember, removeMember } from './members.ts';

const group = { type: 'string', required: true, description: 'The directory group id.' } as const;
const user = { type: 'string', required: true, description: 'The directory user id.' } as const;
const more = {
  idp_id: { type: 'string', description: 'The id at the identity provider.' },
  raw_attributes: { type: 'object', description: 'What the provider sent, replaced whole.' },
} as const;

const readFields = (values: {
  readonly name?: string | undefined;
  readonly idp_id?: string | undefined;
  readonly raw_attributes?: Json | undefined;
}): GroupFields => ({
  ...(values.name === undefined ? {} : { name: values.name }),
  ...(values.idp_id === undefined ? {} : { idp_id: values.idp_id }),
  ...(values.raw_attributes === undefined ? {} : { raw_attributes: values.raw_attributes }),
});

export const groupActs = {
  'create-group': define('act "create-group"', 'A new group.', {
    parameters: {
      name: { type: 'string', required: true, description: 'The name.' },
      directory: { type: 'string', description: 'Needed when there are several.' },
      id: { type: 'string', description: 'An id of your own.' },
      ...more,
    },
    perform: (draft, values) => {
      const directory = findDirectory(draft.state, values.directory);
      const id = newOr(draft.state.groups, values.id);
      const fields = readFields(values);
      const made = createGroup(draft, { directory, name: values.name, fields, id });
      return { directory: directory.id, group: made.id };
    },
  }),
  'update-group': define('act "update-group"', 'Changes fields of a group.', {
    parameters: { group, name: { type: 'string', description: 'The new name.' }, ...more },
    perform: (draft, values) => {
      const found = findGroup(draft.state, values.group);
      updateGroup(draft, found, readFields(values));
      return { directory: found.wire.directory_id, group: found.id };
    },
  }),
  'delete-group': define('act "delete-group"', 'Deletes a group with its memberships.', {
    parameters: { group },
    perform: (draft, values) => {
      const found = findGroup(draft.state, values.group);
      deleteGroup(draft, found);
      return { directory: found.wire.directory_id, group: found.id };
    },
  }),
  'add-member': define('act "add-member"', 'Adds a person to a group.', {
    parameters: { group, user },
    perform: (draft, values) => {
      const found = findGroup(draft.state, values.group);
      addMember(draft, { group: found, user: findUser(draft.state, values.user) });
      return { directory: found.wire.directory_id, group: found.id, user: values.user };
    },
  }),
  'remove-member': define('act "remove-member"', 'Removes a person from a group.', {
    parameters: { group, user },
    perform: (draft, values) => {
      const found = findGroup(draft.state, values.group);
      removeMember(draft, { group: found, user: findUser(draft.state, values.user) });
      return { directory: found.wire.directory_id, group: found.id, user: values.user };
    },
  }),
};
