import { previousAttributes } from '../previous-attributes.ts';
import type { DirectoryRecord, GroupRecord } from '../state.ts';
import type { WireGroup } from '../wire.ts';
import type { Draft } from '../world.ts';

export type GroupFields = Partial<Pick<WireGroup, 'idp_id' | 'name' | 'raw_attributes'>>;

// Okta sends a group's display name as its id.
const idpIdOf = (directory: DirectoryRecord, id: string, name: string): string =>
  directory.type.startsWith('okta') ? name : id.slice(-26).toLowerCase();

/** A new group, with `dsync.group.created`. */
export const createGroup = (
  draft: Draft,
  {
    directory,
    name,
    fields = {},
    id,
  }: {
    directory: DirectoryRecord;
    name: string;
    fields?: GroupFields;
    id?: string | undefined;
  },
): GroupRecord => {
  const groupId = id ?? draft.newId('directory_group');
  const time = new Date(draft.now).toISOString();
  const record: GroupRecord = {
    id: groupId,
    position: draft.state.groupsOf.get(directory.id)?.length ?? 0,
    deleted: false,
    wire: {
      object: 'directory_group',
      id: groupId,
      idp_id: idpIdOf(directory, groupId, name),
      directory_id: directory.id,
      organization_id: directory.organizationId,
      name,
      raw_attributes: { displayName: name },
      created_at: time,
      updated_at: time,
      ...fields,
    },
  };
  draft.put({ kind: 'group', record });
  draft.emit({ event: 'dsync.group.created', directory: directory.id, group: groupId });
  return record;
};

/** Changes a group, with `dsync.group.updated`; members stay. */
export const updateGroup = (draft: Draft, group: GroupRecord, fields: GroupFields): GroupRecord => {
  const directory = draft.state.directories.get(group.wire.directory_id);
  const renamed =
    fields.name === undefined || directory === undefined
      ? {}
      : {
          raw_attributes: { ...group.wire.raw_attributes, displayName: fields.name },
          ...(directory.type.startsWith('okta') ? { idp_id: fields.name } : {}),
        };
  const updated_at = new Date(draft.now).toISOString();
  const record = { ...group, wire: { ...group.wire, ...renamed, ...fields, updated_at } };
  const previous = previousAttributes(group.wire, record.wire);
  draft.put({ kind: 'group', record });
  draft.emit({
    event: 'dsync.group.updated',
    directory: group.wire.directory_id,
    group: group.id,
    previous,
  });
  return record;
};

/** Deletes a group with its memberships; WorkOS sends `dsync.group.deleted` alone. */
export const deleteGroup = (draft: Draft, group: GroupRecord): void => {
  const order = draft.state.usersOf.get(group.wire.directory_id) ?? [];
  for (const position of draft.state.membersOf.get(group.id)?.toReversed() ?? []) {
    const user = order[position];
    if (user !== undefined) draft.put({ kind: 'member-removed', group: group.id, user });
  }
  const updated_at = new Date(draft.now).toISOString();
  draft.put({
    kind: 'group',
    record: { ...group, deleted: true, wire: { ...group.wire, updated_at } },
  });
  draft.emit({
    event: 'dsync.group.deleted',
    directory: group.wire.directory_id,
    group: group.id,
  });
};
