import ipaddr from 'ipaddr.js';

/** Whether an address may call the webhook; every one may when no network is listed. */
export const isAllowedSource = (address: string, networks: readonly string[]): boolean => {
  if (networks.length === 0) return true;
  if (!ipaddr.isValid(address)) return false;
  // An IPv4 sender on an IPv6 socket is `::ffff:1.2.3.4`; `process` makes it plain again.
  const source = ipaddr.process(address);
  return networks.some((network) => {
    const [range, bits] = parseNetwork(network);
    return range.kind() === source.kind() && source.match(range, bits);
  });
};

const parseNetwork = (network: string): [ipaddr.IPv4 | ipaddr.IPv6, number] => {
  if (network.includes('/')) return ipaddr.parseCIDR(network);
  const address = ipaddr.process(network);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
};
