import { DIRECTORY_TYPES } from '../directory-types.ts';
import { define } from './definition.ts';
import {
  activateDirectory,
  createDirectory,
  createOrganization,
  deleteDirectory,
  setDirectoryState,
} from './directories.ts';
import { findDirectory } from './lookup.ts';

const directory = { type: 'string', description: 'Needed when there are several.' } as const;

export const directoryActs = {
  'create-organization': define('act "create-organization"', 'A new organization.', {
    parameters: {
      name: { type: 'string', required: true, description: 'The name.' },
      id: { type: 'string', description: 'An id of your own.' },
      domains: { type: 'list of strings', description: 'Its domains.' },
    },
    perform: (draft, { name, id, domains }) => ({
      organization: createOrganization(draft, {
        name,
        id,
        ...(domains === undefined ? {} : { domains }),
      }).id,
    }),
  }),
  'create-directory': define('act "create-directory"', 'A new directory, activated by default.', {
    parameters: {
      id: { type: 'string', description: 'An id of your own.' },
      name: { type: 'string', description: 'The name; invented when left out.' },
      type: {
        type: 'string',
        oneOf: DIRECTORY_TYPES,
        description: 'The provider; Okta by default.',
      },
      organization: { type: 'string', description: 'An organization id; made when unknown.' },
      domain: { type: 'string', description: 'The domain of a new organization.' },
      users: { type: 'integer', min: 0, max: 1_000_000, description: 'Invented people in it.' },
      groups: { type: 'integer', min: 0, max: 100_000, description: 'Invented groups in it.' },
      activate: { type: 'boolean', description: 'Whether to activate it at once; default true.' },
    },
    perform: (draft, values) => {
      const made = createDirectory(draft, values);
      return { directory: made.id, organization: made.organizationId };
    },
  }),
  'activate-directory': define('act "activate-directory"', 'Activates, with the initial events.', {
    parameters: { directory },
    perform: (draft, values) => ({
      directory: activateDirectory(draft, findDirectory(draft.state, values.directory)).id,
    }),
  }),
  'delete-directory': define('act "delete-directory"', 'Deletes, with dsync.deleted alone.', {
    parameters: { directory },
    perform: (draft, values) => {
      const found = findDirectory(draft.state, values.directory);
      deleteDirectory(draft, found);
      return { directory: found.id };
    },
  }),
  'set-directory-state': define('act "set-directory-state"', 'Sets the state the API shows.', {
    parameters: {
      directory,
      state: {
        type: 'string',
        required: true,
        oneOf: ['linked', 'validating', 'invalid_credentials', 'unlinked'],
        description: 'The state.',
      },
    },
    perform: (draft, values) => {
      const found = findDirectory(draft.state, values.directory);
      return { directory: setDirectoryState(draft, found, values.state).id };
    },
  }),
};
