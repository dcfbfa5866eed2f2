/** A directory user as WorkOS sends it. */
export const user = (fields: object = {}): Record<string, unknown> => ({
  object: 'directory_user',
  id: 'directory_user_1',
  directory_id: 'directory_1',
  organization_id: 'org_1',
  idp_id: 'idp-1',
  email: 'ann@example.com',
  first_name: 'Ann',
  last_name: 'Lee',
  state: 'active',
  raw_attributes: {},
  custom_attributes: { department_name: 'IT' },
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-02T00:00:00.000Z',
  ...fields,
});

/** A directory group as WorkOS sends it. */
export const group = (fields: object = {}): Record<string, unknown> => ({
  object: 'directory_group',
  id: 'directory_group_1',
  directory_id: 'directory_1',
  organization_id: 'org_1',
  idp_id: 'idp-g',
  name: 'Engineering',
  raw_attributes: {},
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-02T00:00:00.000Z',
  ...fields,
});

/** An event as WorkOS sends it. */
export const event = (
  type: string,
  data: unknown,
  fields: object = {},
): Record<string, unknown> => ({
  object: 'event',
  id: 'event_1',
  event: type,
  data,
  created_at: '2026-01-03T00:00:00.000Z',
  context: {},
  ...fields,
});
