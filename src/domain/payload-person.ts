import { isRecordId } from './ids.ts';
import { objectIn } from './json-object.ts';

/** The person whose data an event's payload carries, by directory user id; null when it carries nobody's. */
export const personOf = (payload: unknown): string | null => {
  const { event: type, data: carried } = objectIn(payload);
  const data = objectIn(carried);
  const ofUser =
    data['object'] === 'directory_user' || (isRecordId(type) && type.startsWith('dsync.user.'));
  const id = objectIn(data['user'])['id'] ?? (ofUser ? data['id'] : null);
  return isRecordId(id) ? id : null;
};
