import { expect, test } from '@jest/globals';
import { createPauseResume } from '../../activities/pause-resume.ts';
import { oneBackfill } from './one-backfill.ts';
import { DIRECTORY, page, person, refusal, syncedDirectory } from './synced-directory.ts';

const CONTACT = 'it@example.com';
type Synced = Awaited<ReturnType<typeof syncedDirectory>>;

/** A directory with one person, known from events, and a contact in the default policy. */
const withContact = async (name: string, contact: string | null = CONTACT): Promise<Synced> => {
  const synced = await syncedDirectory(name);
  await synced.database.policies.insertOne({ _id: 'default', contact });
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.drain();
  synced.listings.users = () => Promise.resolve(page([person('user_1')]));
  synced.listings.groups = () => Promise.resolve(page([]));
  return synced;
};

const answers = ({ listings, clock }: Synced, state: string): void => {
  listings.directory = () =>
    Promise.resolve({ data: { id: DIRECTORY, state }, date: clock.now.getTime() });
};

const refuses = ({ listings }: Synced): void => {
  listings.directory = () => Promise.reject(refusal({ kind: 'unauthorized' }));
};

/** A backfill a quarter of an hour after whatever was before. */
const later = (synced: Synced): Promise<string | null> => {
  synced.clock.now = new Date(synced.clock.now.getTime() + 900_000);
  return oneBackfill(synced);
};

const contactMails = ({ database }: Synced) =>
  database.outbox.find({ template: 'credentials-invalid' }).sort({ createdAt: 1 }).toArray();

const auditOf = ({ database }: Synced, type: 'directory.invalid_credentials' | 'dsync.error') =>
  database.auditLog.find({ type }).toArray();

const directoryOf = ({ database }: Synced) => database.directories.findOne({ _id: DIRECTORY });

test('invalid credentials are marked, audited and mailed once, however often the backfill fails', async () => {
  await using synced = await withContact('refused-once');
  answers(synced, 'invalid_credentials');

  expect(await later(synced)).toBe('invalid-credentials');
  expect(await later(synced)).toBe('invalid-credentials');
  expect(await later(synced)).toBe('invalid-credentials');

  expect(await directoryOf(synced)).toMatchObject({
    state: 'invalid_credentials',
    attention: 'invalid-credentials',
  });
  expect(await auditOf(synced, 'directory.invalid_credentials')).toHaveLength(1);
  expect(await auditOf(synced, 'dsync.error')).toHaveLength(0);
  expect(await contactMails(synced)).toMatchObject([
    { to: CONTACT, userId: null, status: 'pending' },
  ]);
  expect(await synced.database.users.countDocuments({ enabled: true })).toBe(1);
});

test('a directory that works again is clear, and one that breaks again has a new mail', async () => {
  await using synced = await withContact('refused-again');
  answers(synced, 'invalid_credentials');
  await later(synced);
  answers(synced, 'linked');

  expect(await later(synced)).toBeNull();
  expect(await directoryOf(synced)).toMatchObject({
    state: 'linked',
    syncStatus: 'active',
    attention: null,
  });
  answers(synced, 'invalid_credentials');
  await later(synced);
  await later(synced);

  expect(await contactMails(synced)).toHaveLength(2);
  expect(await auditOf(synced, 'directory.invalid_credentials')).toHaveLength(2);
});

test('an activation ends it too', async () => {
  await using synced = await withContact('refused-activated');
  answers(synced, 'invalid_credentials');
  await later(synced);
  await synced.accept('dsync.activated', 5000, { id: DIRECTORY, organization_id: 'org_1' });
  await synced.drain();

  expect(await directoryOf(synced)).toMatchObject({ state: 'linked', attention: null });
  await later(synced);
  expect(await contactMails(synced)).toHaveLength(2);
});

test('without a contact there is no mail, and the attention says so until there is one', async () => {
  await using synced = await withContact('refused-alone', null);
  answers(synced, 'invalid_credentials');
  await later(synced);
  expect(await directoryOf(synced)).toMatchObject({ attention: 'invalid-credentials-no-contact' });
  expect(await contactMails(synced)).toEqual([]);

  await synced.database.policies.insertOne({ _id: DIRECTORY, contact: CONTACT });
  await later(synced);
  await later(synced);

  expect(await directoryOf(synced)).toMatchObject({ attention: 'invalid-credentials' });
  expect(await contactMails(synced)).toMatchObject([{ to: CONTACT }]);
  expect(await auditOf(synced, 'directory.invalid_credentials')).toHaveLength(1);
});

test('a refused key is ours: no customer is told of it, and no directory is at fault', async () => {
  await using synced = await withContact('refused-key');
  refuses(synced);
  expect(await later(synced)).toBe('workos-unauthorized');
  expect(await later(synced)).toBe('workos-unauthorized');

  expect(await directoryOf(synced)).toMatchObject({
    state: 'linked',
    attention: 'workos-unauthorized',
  });
  expect(await contactMails(synced)).toEqual([]);
  expect(await auditOf(synced, 'directory.invalid_credentials')).toEqual([]);
  expect(await auditOf(synced, 'dsync.error')).toMatchObject([{ reason: 'workos-unauthorized' }]);

  answers(synced, 'linked');
  expect(await later(synced)).toBeNull();
  expect(await directoryOf(synced)).toMatchObject({ attention: null });
});

test('a key that is refused in mid-listing is told from a listing that is', async () => {
  await using synced = await withContact('refused-key-midway');
  answers(synced, 'linked');
  synced.listings.users = () => {
    refuses(synced);
    return Promise.reject(refusal({ kind: 'unauthorized' }));
  };

  expect(await later(synced)).toBe('workos-unauthorized');
  expect(await directoryOf(synced)).toMatchObject({ state: 'linked' });
});

test('a listing that stays refused while the directory is shown is one refusal, not many', async () => {
  await using synced = await withContact('refused-listing');
  answers(synced, 'linked');
  const { users } = synced.listings;
  synced.listings.users = () => Promise.reject(refusal({ kind: 'unauthorized' }));
  expect(await later(synced)).toBe('listing-refused');
  expect(await later(synced)).toBe('listing-refused');
  expect(await directoryOf(synced)).toMatchObject({
    state: 'invalid_credentials',
    attention: 'listing-refused',
  });
  expect(await contactMails(synced)).toHaveLength(1);
  expect(await auditOf(synced, 'directory.invalid_credentials')).toHaveLength(1);

  synced.listings.users = users;
  await later(synced);
  expect(await directoryOf(synced)).toMatchObject({ state: 'linked', attention: null });
});

test('an operator’s resume sends no second mail while the credentials stay invalid', async () => {
  await using synced = await withContact('refused-resumed');
  answers(synced, 'invalid_credentials');
  await later(synced);
  await createPauseResume(synced.deps).resumeDirectory({ directoryId: DIRECTORY });
  await later(synced);

  expect(await contactMails(synced)).toHaveLength(1);
  expect(await directoryOf(synced)).toMatchObject({ attention: 'invalid-credentials' });
});

test('the mark, its audit entry and its mail stand together or not at all', async () => {
  await using synced = await withContact('refused-whole');
  answers(synced, 'invalid_credentials');
  const { outbox } = synced.database;
  const write = outbox.bulkWrite.bind(outbox);
  outbox.bulkWrite = () => Promise.reject(new Error('not primary'));
  await expect(later(synced)).rejects.toThrow('not primary');
  expect(await directoryOf(synced)).toMatchObject({ state: 'linked', attention: null });
  expect(await auditOf(synced, 'directory.invalid_credentials')).toEqual([]);

  outbox.bulkWrite = write;
  await later(synced);
  expect(await directoryOf(synced)).toMatchObject({ state: 'invalid_credentials' });
  expect(await contactMails(synced)).toHaveLength(1);
});

test('a directory that loses its credentials in mid-backfill concludes nobody absent', async () => {
  await using synced = await withContact('refused-midway');
  for (const [state, reason] of [
    ['invalid_credentials', 'invalid-credentials'],
    ['deleting', 'directory-deleting'],
  ] as const) {
    const states = ['linked', state];
    synced.listings.directory = () =>
      Promise.resolve({ data: { state: states.shift() }, date: synced.clock.now.getTime() });
    synced.listings.users = () => Promise.resolve(page([person('user_2')]));
    expect(await later(synced)).toBe(reason);
  }
  expect(await synced.database.users.findOne({ _id: 'user_1' })).toMatchObject({ enabled: true });
});

test('any other failure is told once as an error, while it lasts', async () => {
  await using synced = await withContact('refused-unexpected');
  answers(synced, 'linked');
  synced.listings.users = () =>
    Promise.reject(refusal({ kind: 'bad-request', status: 400, code: null }));
  await later(synced);
  await later(synced);

  expect(await auditOf(synced, 'dsync.error')).toMatchObject([
    { severity: 'error', reason: 'workos-bad-request', directoryId: DIRECTORY },
  ]);
  expect(await directoryOf(synced)).toMatchObject({ attention: 'workos-bad-request' });
});
