/**
 * Ids of what test events invent. WorkOS's own are upper-case after their prefix, so none of them
 * can look like this; and only whoever holds the webhook secret can send one that does.
 */
const SHAPE = /^(event|directory|directory_user|directory_group)_test_[0-9a-f]{32}$/;

/** The ids that one test event may invent, from 32 hexadecimal digits that nothing else has. */
export const testIds = (digits: string) => ({
  event: `event_test_${digits}`,
  directory: `directory_test_${digits}`,
  user: `directory_user_test_${digits}`,
  group: `directory_group_test_${digits}`,
});

/** Whether an event of this id is a test event. */
export const isTestEventId = (id: string): boolean => kindOf(id) === 'event';

/** What a test event invented under this id; null for anything else, so for all that is real. */
export const inventedKind = (id: string): 'directory' | 'user' | 'group' | null =>
  KINDS.get(kindOf(id) ?? '') ?? null;

const KINDS = new Map([
  ['directory', 'directory'],
  ['directory_user', 'user'],
  ['directory_group', 'group'],
] as const) as ReadonlyMap<string, 'directory' | 'user' | 'group'>;

/** The ids that may have been invented together with an event of this id. */
export const inventedBeside = (eventId: string) => testIds(eventId.slice('event_test_'.length));

const kindOf = (id: string): string | undefined => SHAPE.exec(id)?.[1];
