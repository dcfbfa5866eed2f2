import { DEFAULT_POLICY, effectivePolicy, type Policy } from '../domain/policy.ts';
import type { CheckedPolicy } from './check-policy.ts';

/** What the documents of a directory say together. */
export interface MeantPolicy {
  readonly policy: Policy;
  /** Keys of which a typing error hides what was meant. */
  readonly doubted: ReadonlySet<keyof Policy>;
}

/** Holds in place of a doubted key: nobody is linked, deprovisioned or written to by a typing error. */
const CAUTIOUS: Policy = { ...DEFAULT_POLICY, welcomeMail: 'none' };

/**
 * A directory's own keys over the default document's over the built-in ones. A key that is wrong in
 * the document that decides it is doubted: what the default document says of it was overruled on purpose.
 */
export const meantPolicy = (documents: {
  readonly general: CheckedPolicy;
  readonly own: CheckedPolicy;
}): MeantPolicy => {
  const { general, own } = documents;
  const keys = Object.keys(DEFAULT_POLICY) as (keyof Policy)[];
  const doubted = keys.filter((key) => isDoubted(key, [own, general]));
  const cautious = Object.fromEntries(doubted.map((key) => [key, CAUTIOUS[key]]));
  return {
    policy: { ...effectivePolicy(general.policy, own.policy), ...cautious },
    doubted: new Set(doubted),
  };
};

/** The first document that says something of a key decides. An unknown key may be meant as any that is missing. */
const isDoubted = (key: keyof Policy, documents: readonly CheckedPolicy[]): boolean => {
  const says = ({ policy, unsound }: CheckedPolicy): boolean =>
    policy[key] !== undefined ||
    unsound.some((name) => name === key || !Object.hasOwn(DEFAULT_POLICY, name));
  return documents.find(says)?.policy[key] === undefined && documents.some(says);
};
