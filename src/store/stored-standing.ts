import type { ConnectionStanding } from '../domain/connection.ts';
import type { DirectoryDocument } from './documents.ts';

/** How a directory's connection stands as its document tells. */
export const storedStanding = ({ attention, sync }: DirectoryDocument): ConnectionStanding => {
  const refusal = sync.refusal ?? null;
  return {
    connection: sync.connection,
    refusal: refusal === null ? null : { ...refusal, since: refusal.since.getTime() },
    attention,
  };
};

/** The standing as it is stored: `attention` in the document, the rest in its `sync`. */
export const standingFields = ({ connection, refusal, attention }: ConnectionStanding) => ({
  attention,
  connection,
  refusal: refusal === null ? null : { ...refusal, since: new Date(refusal.since) },
});
