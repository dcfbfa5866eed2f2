import { expect, test } from '@jest/globals';
import { holdOrRelease } from '../../src/commands/legal-hold.ts';
import type { Database } from '../../src/store/database.ts';
import { linkAccounts } from '../../src/store/link-accounts.ts';
import { at, person, told } from '../domain/observations.ts';
import { insertAccounts, NOW, openLinked } from '../store/linked-database.ts';

/** The database in which something happens right after the person was looked up. */
const afterLook = (database: Database, happens: () => Promise<unknown>): Database => {
  const users = new Proxy(database.users, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (key !== 'findOne') return member.bind(target);
      return async (...args: unknown[]) => {
        const found: unknown = await Reflect.apply(member, target, args);
        await happens();
        return found;
      };
    },
  });
  return { ...database, users };
};

const hold = (database: Database) =>
  holdOrRelease(
    {
      database: () => database,
      temporal: () => {
        throw new Error('A hold needs no Temporal.');
      },
      config: { taskQueue: 'none' } as never,
      now: () => NOW,
      newId: () => '1',
    },
    { id: 'user_1', hold: true, reason: 'case-1', actor: 'alice' },
  );

test('a hold reaches the account that a merge makes the person’s at the same moment', async () => {
  await using store = await openLinked('hold_merge');
  const { database, tell } = store;
  await insertAccounts(database, { _id: 'account_1' });
  await tell(told(person('user_1', at(1))));
  const merge = () =>
    linkAccounts(database, {
      lines: [{ line: 2, userId: 'account_1', directoryUserId: 'user_1' }],
      merge: true,
      importId: 'link-import/1',
      now: NOW,
    });

  expect((await hold(afterLook(database, merge))).data).toMatchObject({ changed: true });

  expect(await database.users.find().toArray()).toMatchObject([
    { _id: 'account_1', legalHold: true },
  ]);
  expect(await database.auditLog.findOne({ reason: 'legal-hold-set' })).toMatchObject({
    userId: 'account_1',
  });
  expect((await hold(database)).text).toContain('was on legal hold already');
});

test('a hold of somebody who is purged at the same moment is refused, not confirmed', async () => {
  await using store = await openLinked('hold_purged');
  const { database, tell } = store;
  await tell(told(person('user_1', at(1))));
  const purge = () => database.users.deleteMany({});
  await expect(hold(afterLook(database, purge))).rejects.toThrow(
    'user_1 was hard-deleted at this moment: there is no account to hold any more.',
  );
});
