import type { AnyBulkWriteOperation } from 'mongodb';
import type { GroupChange } from '../domain/batch-state.ts';
import { firstDeletion } from '../domain/lifecycle.ts';
import type { GroupContent } from '../domain/observation.ts';
import { versionTime } from '../domain/version.ts';
import type { GroupDocument } from './documents.ts';
import { changedSyncFields, dotted, NEW_SYNC, syncFields } from './stored-record.ts';
import { byKind, ORDERED, type BatchWriting } from './writing.ts';

/** Writes groups. */
export const writeGroups = async (
  writing: BatchWriting,
  changes: readonly GroupChange[],
): Promise<void> => {
  const { state } = writing;
  const writes = changes.flatMap((change): AnyBulkWriteOperation<GroupDocument>[] => {
    const { life } = change.record;
    if (life.alive === null && life.deletions.length === 0) return [];
    const ended = firstDeletion(life);
    const derived = {
      deletedAt: ended === null ? null : new Date(versionTime(ended)),
      ...(change.content === null ? {} : groupFields(change.content)),
    };
    const due = change.rolesDue ? { rolesDue: true, rolesAfter: null } : {};
    if (change.known.stored)
      return [
        {
          updateOne: {
            filter: { _id: change.id },
            update: {
              $set: {
                ...derived,
                ...dotted({ ...changedSyncFields(change, state.directory), ...due }),
              },
              $inc: { 'sync.rev': 1 },
            },
          },
        },
      ];
    return [
      {
        insertOne: {
          document: {
            _id: change.id,
            directoryId: state.directoryId,
            organizationId: null,
            idpId: null,
            name: null,
            rawAttributes: {},
            ...derived,
            sync: { ...syncFields(change.record, state.directory), ...due, ...NEW_SYNC },
          },
        },
      },
    ];
  });
  if (writes.length > 0)
    await writing.database.groups.bulkWrite(byKind(writes), {
      session: writing.session,
      ...ORDERED,
    });
};

const groupFields = (content: GroupContent) => ({
  organizationId: content.organizationId,
  idpId: content.idpId,
  name: content.name,
  rawAttributes: content.rawAttributes,
});
