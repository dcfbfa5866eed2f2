import {
  directoryId,
  directoryUserId,
  eventId,
  groupId,
  type DirectoryUserId,
  type GroupId,
} from '../domain/ids.ts';
import type { Observation } from '../domain/observation.ts';
import { eventVersion } from '../domain/version.ts';
import { directoryContent, groupContent, userContent } from './read-content.ts';
import { isDirectoryEvent, readEnvelope, type Envelope } from './read-event.ts';
import {
  isMalformed,
  isWire,
  isWireId,
  malformed,
  wireObject,
  type Malformed,
  type Wire,
} from './wire.ts';

/**
 * Turns an event, as WorkOS sent it, into what it tells. Answers nothing for a type that changes no
 * person, group or directory, and a problem where a record that it is about has no id.
 */
export const observationsOf = (payload: Wire): readonly Observation[] | Malformed => {
  const envelope = readEnvelope(payload);
  if (isMalformed(envelope)) return envelope;
  return observe(envelope, wireObject(payload['data']));
};

const observe = (envelope: Envelope, data: Wire): readonly Observation[] | Malformed => {
  const at = envelope.createdAt.getTime();
  const version = eventVersion(at, eventId(envelope.id));
  const directory = directoryId(envelope.directoryId ?? '');
  const seen = { directoryId: directory, version };
  const userAlive = (id: string, wire: Wire): Observation => ({
    of: 'user',
    id: directoryUserId(id),
    ...seen,
    shows: 'alive',
    content: userContent(wire, at),
  });
  const groupAlive = (id: string, wire: Wire): Observation => ({
    of: 'group',
    id: groupId(id),
    ...seen,
    shows: 'alive',
    content: groupContent(wire, at),
  });

  if (!isDirectoryEvent(envelope.type)) return [];
  switch (envelope.type) {
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
      return isWireId(data['id']) ? [userAlive(data['id'], data)] : noId('data.id');
    case 'dsync.user.deleted':
      return isWireId(data['id'])
        ? [{ of: 'user', id: directoryUserId(data['id']), ...seen, shows: 'deleted' }]
        : noId('data.id');
    case 'dsync.group.created':
    case 'dsync.group.updated':
      return isWireId(data['id']) ? [groupAlive(data['id'], data)] : noId('data.id');
    case 'dsync.group.deleted':
      return isWireId(data['id'])
        ? [{ of: 'group', id: groupId(data['id']), ...seen, shows: 'deleted' }]
        : noId('data.id');
    case 'dsync.group.user_added': {
      const pair = readPair(data);
      if (isMalformed(pair)) return pair;
      const { user, group } = pair;
      return [
        userAlive(user.id, user.wire),
        groupAlive(group.id, group.wire),
        { of: 'membership', user: user.id, group: group.id, ...seen, shows: 'added' },
      ];
    }
    case 'dsync.group.user_removed': {
      // It may trail a deletion, so it shows neither its user nor its group alive.
      const pair = readPair(data);
      if (isMalformed(pair)) return pair;
      const { user, group } = pair;
      return [{ of: 'membership', user: user.id, group: group.id, ...seen, shows: 'removed' }];
    }
  }
};

interface Pair {
  readonly user: { readonly id: DirectoryUserId; readonly wire: Wire };
  readonly group: { readonly id: GroupId; readonly wire: Wire };
}

const readPair = (data: Wire): Pair | Malformed => {
  const { user, group } = data;
  if (!isWire(user)) return malformed('data.user', 'is not an object');
  if (!isWire(group)) return malformed('data.group', 'is not an object');
  if (!isWireId(user['id'])) return noId('data.user.id');
  if (!isWireId(group['id'])) return noId('data.group.id');
  return {
    user: { id: directoryUserId(user['id']), wire: user },
    group: { id: groupId(group['id']), wire: group },
  };
};

const noId = (path: string): Malformed =>
  malformed(path, 'is missing or longer than 255 characters');
