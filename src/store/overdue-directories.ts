import type { Filter } from 'mongodb';
import { frozenUntil, HALTED } from '../domain/directory.ts';
import type { Database } from './database.ts';
import { PENDING_INDEX } from './indexes.ts';
import type { EventDocument } from './documents.ts';
import { movable } from './pending-events.ts';
import { knownDirectory } from './stored-record.ts';

/**
 * Directories with an event that was received before `olderThan`, still waits, and would be applied
 * by a wake: not of paused ones, and of frozen ones only what is applied all the same.
 */
export const overdueDirectories = async (
  { events, directories }: Pick<Database, 'events' | 'directories'>,
  olderThan: Date,
): Promise<readonly string[]> => {
  const halted = await directories.find({ syncStatus: { $in: [...HALTED] } }).toArray();
  const overdue: Filter<EventDocument> = {
    status: 'pending',
    receivedAt: { $lt: olderThan },
    directoryId: { $nin: [null, ...halted.map(({ _id }) => _id)] },
  };
  // The index of what waits is small; without the hint a server may read the whole ledger.
  const open = await events
    .aggregate<{ _id: string | null }>([{ $match: overdue }, { $group: { _id: '$directoryId' } }], {
      hint: PENDING_INDEX,
    })
    .toArray();
  const frozen = halted.filter((directory) => directory.syncStatus === 'frozen');
  const moving = await Promise.all(
    frozen.map(async (directory) => {
      const waiting = await events.findOne(
        {
          directoryId: directory._id,
          status: 'pending',
          receivedAt: { $lt: olderThan },
          ...movable(frozenUntil(knownDirectory(directory))),
        },
        { projection: { _id: 1 } },
      );
      return waiting === null ? [] : [directory._id];
    }),
  );
  return [...open.flatMap(({ _id }) => _id ?? []), ...moving.flat()];
};
