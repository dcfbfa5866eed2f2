import Mustache from 'mustache';

/** What is wrong with one part of a template, as the end of a sentence; null when it is sound. */
export const templateProblem = (
  part: string,
  rules: { readonly variables: readonly string[]; readonly html: boolean },
): string | null => {
  let tokens: readonly unknown[];
  try {
    tokens = Mustache.parse(part);
  } catch (error) {
    return `is not well-formed: ${(error as Error).message}`;
  }
  return firstOf(tokens, (token) => tokenProblem(token, rules));
};

// A token is [type, name, start, end, …]; a section's tokens are its fifth.
const tokenProblem = (
  [type, name, , , inner]: readonly unknown[],
  rules: { readonly variables: readonly string[]; readonly html: boolean },
): string | null => {
  if (type === 'text' || type === '!' || type === '=') return null;
  if (type === '>') return 'uses a partial, and there are none';
  if (type === '&' && rules.html)
    return `writes ${String(name)} into HTML without escaping it; write {{${String(name)}}}`;
  if (name !== '.' && !rules.variables.includes(String(name)))
    return `uses ${String(name)}, which it does not have; it has ${rules.variables.join(', ')}`;
  return Array.isArray(inner) ? firstOf(inner, (token) => tokenProblem(token, rules)) : null;
};

const firstOf = (
  tokens: readonly unknown[],
  problem: (token: readonly unknown[]) => string | null,
): string | null => {
  for (const token of tokens) {
    const found = problem(token as readonly unknown[]);
    if (found !== null) return found;
  }
  return null;
};
