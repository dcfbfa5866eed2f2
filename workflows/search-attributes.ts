import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { SEARCH_ATTRIBUTES } from './contract.ts';

const keyword = (name: (typeof SEARCH_ATTRIBUTES)[number]) =>
  defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

/** The keys by which the search attributes of a workflow are set. */
export const DIRECTORY_ID = keyword('DirectoryId');
export const ORGANIZATION_ID = keyword('OrganizationId');
export const SYNC_STATE = keyword('SyncState');
