import type { Wire } from './wire.ts';

/** Why nothing may be concluded from the listings of a directory; stable codes. */
export type ConnectionRefusal = 'invalid-credentials' | 'directory-unlinked' | 'directory-deleting';

/** How a directory is connected, as the API shows it: a state, or why it may not be listed now. */
export type ShownConnection =
  | { readonly connection: 'linked' | 'validating' }
  | { readonly refusal: ConnectionRefusal };

/** Reads the state of a directory, in the words of the API or of events; an unknown one is linked. */
export const shownConnection = (directory: Wire): ShownConnection => {
  switch (directory['state']) {
    case 'invalid_credentials':
      return { refusal: 'invalid-credentials' };
    case 'unlinked':
    case 'inactive':
      return { refusal: 'directory-unlinked' };
    case 'deleting':
      return { refusal: 'directory-deleting' };
    case 'validating':
      return { connection: 'validating' };
    default:
      return { connection: 'linked' };
  }
};
