import type { RefreshRequest, ResyncRequest } from './contract.ts';

/**
 * What a resync signal wants read by itself: nothing when it names neither a person nor a group, and
 * then the whole directory is meant. `newId` names a request that came without an id.
 */
export const refreshRequests = (
  request: ResyncRequest | undefined,
  newId: () => string,
): readonly RefreshRequest[] => {
  // Anybody can send a signal from the Web UI, so its types are a hope.
  const { requestId, user, group }: Readonly<Record<string, unknown>> = { ...request };
  const named = [
    ['user', user],
    ['group', group],
  ] as const;
  return named.flatMap(([of, id]) =>
    typeof id === 'string' && id !== ''
      ? [{ requestId: typeof requestId === 'string' ? requestId : newId(), of, id }]
      : [],
  );
};
