import { userInfo } from 'node:os';
import { EXIT, Refused } from './outcome.ts';

/** Who decided something about a person, and why: for the audit log. */
export interface Decision {
  /** A case number or another code. */
  readonly reference: string;
  readonly actor: string;
}

// What leaves the audit log for streams and webhooks is codes only, so a sentence is not taken at all.
const CODE = /^[\w.:/-]{1,100}$/;

/**
 * Reads who decides and why, as given by options. Throws Refused (exit 2) for a text that is no code:
 * it would stand in the audit log for ever, and might name somebody.
 */
export const readDecision = (options: {
  readonly reason: string;
  readonly actor?: string;
}): Decision => ({
  reference: code('--reason', options.reason, 'case-2026-117'),
  actor: code('--actor', options.actor ?? accountName(), 'alice'),
});

const code = (option: string, text: string, example: string): string => {
  if (CODE.test(text)) return text;
  throw new Refused(
    `${option} must be a code such as ${example}: at most 100 letters, digits and . : / _ - without blanks, since it stays in the audit log for ever and must not name anybody.`,
    EXIT.usage,
  );
};

/** The name of this process's account; some of them, and some containers, have none that is a code. */
const accountName = (): string => {
  try {
    const name = userInfo()
      .username.replaceAll(/[^\w.-]/g, '-')
      .slice(0, 100);
    return name === '' ? 'dsync' : name;
  } catch {
    return 'dsync';
  }
};
