/** The JSON objects as WorkOS writes them, snake_case; what is optional there is optional here. */

export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object (and no list). */
export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export type DirectoryState = 'linked' | 'validating' | 'invalid_credentials' | 'unlinked';

export type WireUser = {
  readonly object: 'directory_user';
  readonly id: string;
  readonly directory_id: string;
  readonly organization_id: string;
  readonly idp_id: string;
  readonly email: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly name: string | null;
  readonly emails: readonly Json[];
  readonly job_title: string | null;
  readonly username: string | null;
  readonly state: 'active' | 'inactive' | 'suspended';
  readonly raw_attributes: Json;
  readonly custom_attributes: Json;
  readonly role?: { readonly slug: string };
  readonly roles?: readonly { readonly slug: string }[];
  readonly created_at: string;
  readonly updated_at: string;
};

export type WireGroup = {
  readonly object: 'directory_group';
  readonly id: string;
  readonly idp_id: string;
  readonly directory_id: string;
  readonly organization_id: string;
  readonly name: string;
  readonly raw_attributes: Json;
  readonly created_at: string;
  readonly updated_at: string;
};

export type WireEndpoint = {
  readonly object: 'webhook_endpoint';
  readonly id: string;
  readonly endpoint_url: string;
  readonly secret: string;
  readonly status: 'enabled' | 'disabled';
  readonly events: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
};

export type WireEvent = {
  readonly object: 'event';
  readonly id: string;
  readonly event: string;
  readonly data: Json;
  readonly created_at: string;
};
