import ipaddr from 'ipaddr.js';

/** Reads variables one by one and gathers what is wrong with them; never repeats a value. */
export interface Readers {
  /** Every problem so far, one sentence each. */
  readonly problems: string[];
  readonly text: (key: string) => string | null;
  readonly required: (key: string, what: string) => string | null;
  readonly integer: (
    key: string,
    bounds: { min: number; max: number; otherwise: number },
  ) => number;
  readonly url: (key: string, schemes: readonly string[]) => string | null;
  readonly choice: <Value extends string>(
    key: string,
    allowed: readonly Value[],
    otherwise: Value,
  ) => Value;
  readonly list: (key: string) => readonly string[];
  readonly networks: (key: string) => readonly string[];
}

/** Readers over `env`; blank counts as not set. */
export const createReaders = (env: NodeJS.ProcessEnv): Readers => {
  const problems: string[] = [];

  const text = (key: string): string | null => {
    const value = env[key]?.trim() ?? '';
    return value === '' ? null : value;
  };

  const list = (key: string): readonly string[] =>
    (text(key) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');

  return {
    problems,
    text,
    list,
    required(key, what) {
      const value = text(key);
      if (value === null) problems.push(`${key} is not set; it must be ${what}.`);
      return value;
    },
    integer(key, { min, max, otherwise }) {
      const value = text(key);
      if (value === null) return otherwise;
      if (/^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max) {
        return Number(value);
      }
      problems.push(`${key} is not valid; it must be a whole number from ${min} to ${max}.`);
      return otherwise;
    },
    url(key, schemes) {
      const value = text(key);
      if (value === null || isUrl(value, schemes)) return value;
      const allowed = schemes.map((scheme) => `${scheme}://`).join(' or ');
      problems.push(`${key} is not a URL; it must begin with ${allowed} and name a host.`);
      return null;
    },
    choice(key, allowed, otherwise) {
      const value = text(key);
      if (value === null) return otherwise;
      const found = allowed.find((one) => one === value);
      if (found === undefined) {
        problems.push(`${key} is not valid; it must be one of ${allowed.join(', ')}.`);
      }
      return found ?? otherwise;
    },
    networks(key) {
      const networks = list(key);
      if (networks.some((network) => !isNetwork(network))) {
        problems.push(
          `${key} names something that is no network; it must be addresses or CIDR ranges ` +
            'separated by commas, such as 10.0.0.0/8.',
        );
      }
      return networks;
    },
  };
};

/** Whether `value` is one IP address or one CIDR range. */
export const isNetwork = (value: string): boolean =>
  ipaddr.isValidCIDR(value) ||
  ipaddr.IPv6.isValid(value) ||
  ipaddr.IPv4.isValidFourPartDecimal(value);

/** Whether a server bound to `host` can be reached from this machine only. */
export const isLoopback = (host: string): boolean => {
  if (host === 'localhost') return true;
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback';
};

// A MongoDB URI lists several hosts, which URL refuses: the first one stands for all.
const isUrl = (value: string, schemes: readonly string[]): boolean => {
  const scheme = schemes.find((one) => value.startsWith(`${one}://`));
  if (scheme === undefined) return false;
  const rest = value.slice(scheme.length + 3).replace(/^([^/?]*?),[^/?]*/, '$1');
  return URL.canParse(`http://${rest}`);
};
