import ipaddr from 'ipaddr.js';

/**
 * Whether an address may call the webhook; every one may when no network is listed. What is no
 * address is not allowed: nobody knows where such a request came from.
 */
export const isAllowedSource = (address: string, networks: readonly string[]): boolean => {
  if (networks.length === 0) return true;
  const source = parseAddress(address);
  if (source === null) return false;
  return networks.some((network) => {
    const [range, bits] = parseNetwork(network);
    return range.kind() === source.kind() && source.match(range, bits);
  });
};

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Some proxies write the sender's port behind the address. */
const WITH_PORT = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/;

const parseAddress = (text: string): Address | null => {
  const [, six, four] = WITH_PORT.exec(text.trim()) ?? [];
  const bare = six ?? four ?? text.trim();
  // `process` makes `::ffff:1.2.3.4`, an IPv4 sender on an IPv6 socket, plain again.
  return ipaddr.IPv6.isValid(bare) || ipaddr.IPv4.isValidFourPartDecimal(bare)
    ? ipaddr.process(bare)
    : null;
};

const parseNetwork = (network: string): [Address, number] => {
  if (!network.includes('/')) {
    const address = ipaddr.process(network);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  const [range, bits] = ipaddr.parseCIDR(network);
  const isMapped = range instanceof ipaddr.IPv6 && range.isIPv4MappedAddress() && bits >= 96;
  return isMapped ? [range.toIPv4Address(), bits - 96] : [range, bits];
};
