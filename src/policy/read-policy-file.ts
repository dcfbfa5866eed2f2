import { readFile, stat } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import type { Policy } from '../domain/policy.ts';
import { checkPolicy } from './check-policy.ts';

const LARGEST = 1024 * 1024;

/**
 * Reads a policy from a file of JSON or YAML. Answers the policy, or one sentence for each thing that
 * is wrong, with its path; a policy is taken whole or not at all.
 */
export const readPolicyFile = async (
  file: string,
): Promise<{ readonly policy: Partial<Policy> } | { readonly problems: readonly string[] }> => {
  const text = await readText(file);
  if (text === null)
    return { problems: [`${file} cannot be read; name a file of JSON or YAML of at most 1 MiB.`] };
  // JSON is YAML, and this parser says where a text stops being either.
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    return { problems: [`${file} is no JSON and no YAML: see line ${line} (${error.code}).`] };
  }
  const { policy, problems } = checkPolicy(document.toJS({ maxAliasCount: 100 }));
  return problems.length > 0 ? { problems } : { policy };
};

const readText = async (file: string): Promise<string | null> => {
  try {
    if ((await stat(file)).size > LARGEST) return null;
    return await readFile(file, 'utf8');
  } catch {
    return null;
  }
};
