import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';

const KEYWORD = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

/**
 * Registers the search attributes that are missing in `namespace`. Answers those that are still
 * missing because this connection may not register them; a second call changes nothing.
 */
export const ensureSearchAttributes = async (
  connection: Connection,
  namespace: string,
): Promise<readonly string[]> => {
  const missing = async (): Promise<readonly string[]> => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    return SEARCH_ATTRIBUTES.filter((name) => !(name in (customAttributes ?? {})));
  };
  const wanted = await missing();
  if (wanted.length === 0) return [];
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(wanted.map((name) => [name, KEYWORD])),
    });
    return [];
  } catch {
    // Refused, or another worker was first: what is missing now decides.
    return missing();
  }
};
