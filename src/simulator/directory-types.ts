/** The directory types the API lists. */
export const DIRECTORY_TYPES = [
  ...['azure', 'cyberark', 'generic', 'sailpoint', 'jump cloud', 'okta', 'onelogin'].map(scim),
  ...['pingfederate', 'rippling'].map(scim),
  'bamboohr',
  'breathe hr',
  'cezanne hr',
  'fourth hr',
  'gsuite directory',
  'hibob',
  'people hr',
  'personio',
  's3',
  'sftp',
  'sftp workday',
  'workday',
];

function scim(provider: string): string {
  return `${provider} scim v2.0`;
}
