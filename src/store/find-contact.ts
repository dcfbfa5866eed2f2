import type { Database } from './database.ts';
import { readPolicy } from './read-policy.ts';

/** Whom to write to about an organization; `several` when its directories do not agree. */
export type FoundContact =
  | { readonly contact: string | null; readonly directoryId: string | null }
  | 'several';

/**
 * The contact of an organization: by the policies of its directories, deleted ones only where it has
 * no other, or by the default policy where it has none yet.
 */
export const findContact = async (
  database: Pick<Database, 'directories' | 'policies'>,
  organizationId: string,
): Promise<FoundContact> => {
  const known = await database.directories
    .find({ organizationId }, { projection: { state: 1 }, sort: { _id: 1 } })
    .toArray();
  const live = known.filter(({ state }) => state !== 'deleted');
  const [first, ...others] = (live.length > 0 ? live : known).map(({ _id }) => _id);
  const contactOf = async (id: string | null) => (await readPolicy(database, id)).contact;
  const contact = await contactOf(first ?? null);
  const rest = await Promise.all(others.map(contactOf));
  return rest.every((other) => other === contact)
    ? { contact, directoryId: first ?? null }
    : 'several';
};
