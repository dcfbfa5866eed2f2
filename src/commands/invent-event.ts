import { createHmac } from 'node:crypto';
import { DIRECTORY_EVENTS } from '../domain/directory-events.ts';
import type { GroupDocument, UserDocument } from '../store/documents.ts';

/** The types that change something, and two that are only seen to arrive. */
export const TEST_EVENT_TYPES = [
  ...DIRECTORY_EVENTS,
  'dsync.token.created',
  'dsync.token.revoked',
] as const;

export type TestEventType = (typeof TEST_EVENT_TYPES)[number];

/** What a test event is about; a stored person or group goes out as it is stored. */
export interface TestSubject {
  readonly directoryId: string;
  readonly userId: string;
  readonly groupId: string;
  readonly user: UserDocument | null;
  readonly group: GroupDocument | null;
  /** The address of an invented person; null for none, so that nobody gets mail by accident. */
  readonly email: string | null;
}

type Json = Readonly<Record<string, unknown>>;

/** A test event's body in wire shape. Its id is that of a test event, which marks its row `via: test`. */
export const testEvent = (options: {
  readonly type: TestEventType;
  readonly subject: TestSubject;
  readonly now: Date;
  readonly id: string;
}): Json => {
  const { type, subject, now, id } = options;
  return {
    object: 'event',
    id,
    event: type,
    data: dataOf(type, subject, now.toISOString()),
    created_at: now.toISOString(),
  };
};

/** The `WorkOS-Signature` header of a body, signed at `now` (epoch milliseconds). */
export const signature = (secret: string, now: number, body: string): string =>
  `t=${now}, v1=${createHmac('sha256', secret).update(`${now}.${body}`).digest('hex')}`;

const dataOf = (type: TestEventType, subject: TestSubject, at: string): Json => {
  const { directoryId, userId, groupId } = subject;
  switch (type) {
    case 'dsync.activated':
    case 'dsync.deleted':
      return {
        object: 'directory',
        id: directoryId,
        state: type === 'dsync.activated' ? 'active' : 'inactive',
        created_at: at,
        updated_at: at,
      };
    case 'dsync.user.created':
    case 'dsync.user.updated':
    case 'dsync.user.deleted':
      return userOf(subject, userId, at);
    case 'dsync.group.created':
    case 'dsync.group.updated':
    case 'dsync.group.deleted':
      return groupOf(subject, groupId, at);
    case 'dsync.group.user_added':
    case 'dsync.group.user_removed':
      return {
        directory_id: directoryId,
        user: userOf(subject, userId, at),
        group: groupOf(subject, groupId, at),
      };
    case 'dsync.token.created':
    case 'dsync.token.revoked':
      return {
        object: 'directory_token',
        id: 'directory_token_test',
        directory_id: directoryId,
        token_suffix: 'test',
        created_at: at,
      };
  }
};

const userOf = ({ user, email, directoryId }: TestSubject, id: string, at: string): Json => ({
  object: 'directory_user',
  id,
  directory_id: directoryId,
  organization_id: user?.organizationId ?? null,
  idp_id: user?.idpId ?? id,
  email: user === null ? email : user.email,
  emails: user?.emails ?? [],
  username: user?.username ?? null,
  first_name: user === null ? 'Test' : user.firstName,
  last_name: user === null ? 'Person' : user.lastName,
  state: user?.state ?? 'active',
  custom_attributes: user?.customAttributes ?? {},
  raw_attributes: user?.rawAttributes ?? {},
  created_at: at,
  updated_at: at,
});

const groupOf = ({ group, directoryId }: TestSubject, id: string, at: string): Json => ({
  object: 'directory_group',
  id,
  directory_id: directoryId,
  organization_id: group?.organizationId ?? null,
  idp_id: group?.idpId ?? id,
  name: group === null ? 'Test group' : group.name,
  raw_attributes: group?.rawAttributes ?? {},
  created_at: at,
  updated_at: at,
});
