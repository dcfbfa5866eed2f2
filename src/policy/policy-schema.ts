/** Shape of a policy (JSON Schema 2020-12). Each key may be left out; README's policy table explains them. */
export const POLICY_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  properties: {
    attributes: {
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' },
      additionalProperties: {
        anyOf: [
          { $ref: '#/$defs/paths' },
          {
            type: 'object',
            additionalProperties: false,
            required: ['from', 'type'],
            properties: {
              from: { $ref: '#/$defs/paths' },
              type: { enum: ['text', 'number', 'boolean', 'date', 'list'] },
            },
          },
        ],
      },
    },
    roles: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        groups: {
          type: 'array',
          maxItems: 1000,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['group', 'roles'],
            properties: { group: { $ref: '#/$defs/name' }, roles: { $ref: '#/$defs/roles' } },
          },
        },
        workos: { type: 'object', additionalProperties: { $ref: '#/$defs/roles' } },
      },
    },
    retentionDays: { type: 'number', minimum: 0, maximum: 36500 },
    removalBudget: {
      type: 'object',
      additionalProperties: false,
      properties: {
        percent: { type: 'number', minimum: 0, maximum: 100 },
        atLeast: { type: 'integer', minimum: 0 },
        atMost: { type: 'integer', minimum: 0 },
        windowMinutes: { type: 'number', exclusiveMinimum: 0, maximum: 10080 },
      },
    },
    linking: {
      type: 'object',
      additionalProperties: false,
      required: ['by', 'domains'],
      properties: {
        by: { enum: ['none', 'email'] },
        domains: { type: 'array', items: { type: 'string', format: 'hostname' } },
      },
      // By e-mail in no domain would link nobody, and say nothing.
      if: { properties: { by: { const: 'email' } }, required: ['by'] },
      // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
      then: { properties: { domains: { type: 'array', minItems: 1 } } },
    },
    onDirectoryDeleted: { enum: ['freeze', 'deprovision'] },
    welcomeMail: { enum: ['all', 'live', 'none'] },
    reconcile: {
      type: 'object',
      additionalProperties: false,
      properties: { everyHours: { type: 'number', exclusiveMinimum: 0, maximum: 8760 } },
    },
    contact: { type: ['string', 'null'], format: 'email' },
  },
  $defs: {
    name: { type: 'string', minLength: 1, maxLength: 255 },
    roles: { type: 'array', maxItems: 50, items: { $ref: '#/$defs/name' } },
    paths: { type: 'array', items: { type: 'string', format: 'attribute-path' } },
  },
} as const;
