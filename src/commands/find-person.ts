import { isSameAddress } from '../domain/link-by-email.ts';
import type { Database } from '../store/database.ts';
import type { UserDocument } from '../store/documents.ts';
import { WITHOUT_CASE } from '../store/indexes.ts';
import { time } from './layout.ts';
import { Refused } from './outcome.ts';

/**
 * The account that a person is named by: directory user id, application user id or e-mail address.
 * Null when there is none, or when it belongs to nobody of a directory yet. Throws Refused for an address that several people have.
 */
export const findAccount = async (database: Database, id: string): Promise<UserDocument | null> =>
  (await database.users.findOne({
    $or: [{ directoryUserId: id }, { _id: id }],
    ...OF_A_DIRECTORY,
  })) ?? (id.includes('@') ? findByEmail(database, id) : null);

/** The application's own documents have nothing of ours until their person is seen. */
const OF_A_DIRECTORY = { 'sync.rev': { $exists: true } };

/** The account that a person is named by. Throws Refused when there is none, saying what is left. */
export const knownPerson = async (database: Database, id: string): Promise<UserDocument> => {
  const account = await findAccount(database, id);
  if (account !== null) return account;
  if (id.includes('@')) throw new Refused('No person has that e-mail address.');
  const waiting = await database.users.findOne({ $or: [{ directoryUserId: id }, { _id: id }] });
  if (waiting !== null) throw new Refused(describeWaiting(waiting));
  const tombstone = await database.tombstones.findOne({ _id: id });
  if (tombstone === null)
    throw new Refused(
      'No person has that id; a directory user id, an application user id or an e-mail address is needed.',
    );
  throw new Refused(
    tombstone.purgedAt === null
      ? `${id} was only ever seen deleted; there is no account, only a tombstone without personal data.`
      : `${id} was hard-deleted at ${time(tombstone.purgedAt)}; only a tombstone without personal data is left.`,
  );
};

/** An account of the application may have none of our fields. */
const describeWaiting = ({
  _id,
  directoryUserId,
}: Pick<UserDocument, '_id'> & Partial<UserDocument>): string =>
  directoryUserId === undefined
    ? `${_id} is an account that belongs to no directory user; \`dsync link import\` links it.`
    : `${_id} is linked to ${directoryUserId}, whom no directory has shown yet.`;

// Stored as given and compared without case; the address itself stays out of messages.
const findByEmail = async (database: Database, email: string): Promise<UserDocument | null> => {
  const alike = await database.users
    .find({ email, ...OF_A_DIRECTORY }, { collation: WITHOUT_CASE })
    .sort({ _id: 1 })
    .limit(20)
    .toArray();
  // A collation takes some letters for one that are two in an address.
  const found = alike.filter((one) => one.email !== null && isSameAddress(one.email, email));
  if (found.length > 1) {
    const ids = found.map(({ _id }) => _id).join(', ');
    throw new Refused(`${found.length} people have that e-mail address; name one by id: ${ids}.`);
  }
  return found[0] ?? null;
};
