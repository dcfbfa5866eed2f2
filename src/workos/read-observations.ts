import {
  directoryId,
  directoryUserId,
  eventId,
  groupId,
  isRecordId,
  type DirectoryUserId,
  type GroupId,
} from '../domain/ids.ts';
import { isObject, objectIn } from '../domain/json-object.ts';
import type { Observation } from '../domain/observation.ts';
import { eventVersion } from '../domain/version.ts';
import { directoryContent, groupContent, userContent } from './read-content.ts';
import {
  isDirectoryEvent,
  readEnvelope,
  type DirectoryEventType,
  type Envelope,
} from './read-event.ts';
import { isMalformed, malformed, NO_RECORD_ID, type Malformed, type Wire } from './wire.ts';

/**
 * Turns an event, as WorkOS sent it, into what it tells. Answers nothing for a type that changes no
 * person, group or directory, and a problem where a record that it is about has no id.
 */
export const observationsOf = (payload: Wire): readonly Observation[] | Malformed => {
  const envelope = readEnvelope(payload);
  if (isMalformed(envelope)) return envelope;
  const { type } = envelope;
  return isDirectoryEvent(type) ? observe(type, envelope, objectIn(payload['data'])) : [];
};

// oxlint-disable-next-line typescript/consistent-return -- the switch is exhaustive, which tsc proves
const observe = (
  type: DirectoryEventType,
  envelope: Envelope,
  data: Wire,
): readonly Observation[] | Malformed => {
  const at = envelope.createdAt.getTime();
  const version = eventVersion(at, eventId(envelope.id));
  const directory = directoryId(envelope.directoryId ?? '');
  const seen = { directoryId: directory, version };
  const userAlive = (id: DirectoryUserId, wire: Wire): Observation => ({
    of: 'user',
    id,
    ...seen,
    shows: 'alive',
    content: userContent(wire, at),
  });
  const groupAlive = (id: GroupId, wire: Wire): Observation => ({
    of: 'group',
    id,
    ...seen,
    shows: 'alive',
    content: groupContent(wire, at),
  });

  switch (type) {
    case 'dsync.activated':
      return [
        {
          of: 'directory',
          id: directory,
          version,
          shows: 'alive',
          content: directoryContent(data),
        },
      ];
    case 'dsync.deleted':
      return [{ of: 'directory', id: directory, version, shows: 'deleted' }];
    case 'dsync.user.created':
    case 'dsync.user.updated':
      return isRecordId(data['id'])
        ? [userAlive(directoryUserId(data['id']), data)]
        : noId('data.id');
    case 'dsync.user.deleted':
      return isRecordId(data['id'])
        ? [{ of: 'user', id: directoryUserId(data['id']), ...seen, shows: 'deleted' }]
        : noId('data.id');
    case 'dsync.group.created':
    case 'dsync.group.updated':
      return isRecordId(data['id']) ? [groupAlive(groupId(data['id']), data)] : noId('data.id');
    case 'dsync.group.deleted':
      return isRecordId(data['id'])
        ? [{ of: 'group', id: groupId(data['id']), ...seen, shows: 'deleted' }]
        : noId('data.id');
    case 'dsync.group.user_added': {
      const pair = readPair(data);
      if (isMalformed(pair)) return pair;
      return [
        userAlive(pair.user, pair.userWire),
        groupAlive(pair.group, pair.groupWire),
        { of: 'membership', user: pair.user, group: pair.group, ...seen, shows: 'added' },
      ];
    }
    case 'dsync.group.user_removed': {
      // It may trail a deletion, so it shows neither its user nor its group alive.
      const pair = readPair(data);
      if (isMalformed(pair)) return pair;
      return [{ of: 'membership', user: pair.user, group: pair.group, ...seen, shows: 'removed' }];
    }
  }
};

interface Pair {
  readonly user: DirectoryUserId;
  readonly userWire: Wire;
  readonly group: GroupId;
  readonly groupWire: Wire;
}

const readPair = (data: Wire): Pair | Malformed => {
  const { user, group } = data;
  if (!isObject(user)) return malformed('data.user', 'is not an object');
  if (!isObject(group)) return malformed('data.group', 'is not an object');
  if (!isRecordId(user['id'])) return noId('data.user.id');
  if (!isRecordId(group['id'])) return noId('data.group.id');
  return {
    user: directoryUserId(user['id']),
    userWire: user,
    group: groupId(group['id']),
    groupWire: group,
  };
};

const noId = (path: string): Malformed => malformed(path, NO_RECORD_ID);
