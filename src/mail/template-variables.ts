/** Every kind of mail, and what its template may say besides its own words. */
export const TEMPLATE_VARIABLES = {
  welcome: ['address', 'firstName', 'directoryName', 'directoryId'],
  'credentials-invalid': ['address', 'directoryName', 'directoryId'],
  'removals-held': ['address', 'directoryName', 'directoryId', 'removals'],
  'portal-link': ['address', 'link', 'minutes', 'organizationId'],
} as const;

export type TemplateName = keyof typeof TEMPLATE_VARIABLES;

export const TEMPLATE_NAMES = Object.keys(TEMPLATE_VARIABLES) as readonly TemplateName[];
