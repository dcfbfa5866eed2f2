import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { unknownUser } from '../../src/domain/batch-draft.ts';
import { directoryUserId, userId } from '../../src/domain/ids.ts';
import type { Told } from '../../src/domain/told.ts';
import { history, retelling } from './arbitraries.ts';
import { createDirectoryInMemory } from './directory-in-memory.ts';

const ann = directoryUserId('ann');

/** A directory in which an account of the application waits for ann. */
const tell = (batches: readonly (readonly Told[])[]) => {
  const directory = createDirectoryInMemory();
  const account = userId('account_ann');
  const waiting = { userId: account, welcomed: true, link: 'pending-link' } as const;
  directory.users.set(ann, { ...unknownUser(ann), ...waiting });
  const plans = batches.map((batch) => directory.apply(batch));
  return { directory, plans };
};

test('in any order, repetition and batching, the waiting account is linked once and for all', () => {
  fc.assert(
    fc.property(
      history.chain((events) => fc.tuple(fc.constant(events), retelling(events))),
      ([events, batches]) => {
        const expected = tell([events]).directory;
        const { directory, plans } = tell(batches);
        expect(directory.outcome()).toEqual(expected.outcome());
        expect(directory.users.get(ann)?.userId).toBe('account_ann');

        const seen = directory.users.get(ann)?.home === 'account';
        const began = directory.audit.filter(
          ({ type, userId: id }) =>
            type === 'user.linked' || (type === 'user.provisioned' && id === 'account_ann'),
        );
        expect(began.map(({ type, userId: id }) => [type, id])).toEqual(
          seen ? [['user.linked', 'account_ann']] : [],
        );
        expect(directory.mails.filter(({ user }) => user === ann)).toEqual([]);
        const rows = plans.flatMap(({ memberships }) => memberships);
        expect(new Set(rows.filter(({ user }) => user === ann).map((row) => row.userId))).toEqual(
          new Set(rows.some(({ user }) => user === ann) ? ['account_ann'] : []),
        );
      },
    ),
    { numRuns: 200 },
  );
});
