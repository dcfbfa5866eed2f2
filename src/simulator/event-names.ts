/** The directory events that exist; `dsync.deactivated` and `dsync.token.*` are no names the API takes. */
export const DIRECTORY_EVENTS = [
  'dsync.activated',
  'dsync.deleted',
  'dsync.user.created',
  'dsync.user.updated',
  'dsync.user.deleted',
  'dsync.group.created',
  'dsync.group.updated',
  'dsync.group.deleted',
  'dsync.group.user_added',
  'dsync.group.user_removed',
] as const;

export type DirectoryEventName = (typeof DIRECTORY_EVENTS)[number];

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  'authentication.email_verification': ['succeeded'],
  'authentication.magic_auth': ['failed', 'succeeded'],
  'authentication.mfa': ['succeeded'],
  'authentication.oauth': ['failed', 'succeeded'],
  'authentication.password': ['failed', 'succeeded'],
  'authentication.passkey': ['failed', 'succeeded'],
  'authentication.sso': ['failed', 'started', 'succeeded', 'timed_out'],
  'authentication.radar_risk': ['detected'],
};

const DOTTED: Readonly<Record<string, readonly string[]>> = {
  api_key: ['created', 'revoked'],
  connection: [
    'activated',
    'deactivated',
    'saml_certificate_renewal_required',
    'saml_certificate_renewed',
    'deleted',
  ],
  email_verification: ['created'],
  group: ['created', 'deleted', 'member_added', 'member_removed', 'updated'],
  flag: ['created', 'deleted', 'updated', 'rule_updated'],
  invitation: ['accepted', 'created', 'resent', 'revoked'],
  magic_auth: ['created'],
  organization: ['created', 'deleted', 'updated'],
  organization_domain: ['created', 'deleted', 'updated', 'verified', 'verification_failed'],
  password_reset: ['created', 'succeeded'],
  user: ['created', 'updated', 'deleted'],
  organization_membership: ['created', 'deleted', 'updated'],
  role: ['created', 'deleted', 'updated'],
  organization_role: ['created', 'deleted', 'updated'],
  permission: ['created', 'deleted', 'updated'],
  session: ['created', 'revoked'],
  waitlist_user: ['approved', 'created', 'denied'],
};

const joined = (table: Readonly<Record<string, readonly string[]>>, by: string): string[] =>
  Object.entries(table).flatMap(([family, verbs]) => verbs.map((verb) => `${family}${by}${verb}`));

/** Every name `/events` and webhook endpoints take; the contract test compares it with the published list. */
export const EVENT_NAMES: ReadonlySet<string> = new Set([
  ...DIRECTORY_EVENTS,
  ...joined(OTHERS, '_'),
  ...joined(DOTTED, '.'),
]);
