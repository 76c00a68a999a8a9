/** Decides whether an IP address is public. A URL from a user must not reach our internal network. */
import { BlockList, isIP } from "node:net";
import os from "node:os";

/**
 * The parts of IPv4 that are not assigned to the public: RFC 6890 and its successors. 168.63.129.16 looks public, but is
 * the host of every Azure machine, with its credentials.
 */
const NOT_PUBLIC_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["168.63.129.16", 32],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/**
 * Exceptions within 2000::/3, the only public part of IPv6: tunnels that carry an IPv4 address, and documentation.
 */
const NOT_PUBLIC_V6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const blocked = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_V4) blocked.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of NOT_PUBLIC_V6) blocked.addSubnet(net, prefix, "ipv6");
const unicast = new BlockList();
unicast.addSubnet("2000::", 3, "ipv6");

/**
 * Returns false if the text is not an address. IPv4 addresses in IPv6 form (`::ffff:127.0.0.1`) also count as
 * not public.
 * @example
 * isPublicAddress("169.254.169.254"); // false: a cloud's metadata
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !blocked.check(address, "ipv4");
  return family === 6 && unicast.check(address, "ipv6") && !blocked.check(address, "ipv6");
}

/**
 * Returns whether an address is public and not one of this machine. A service that listens on all addresses would take a
 * connection from this machine to its own public address, past the firewall in front of it.
 */
export function isOutside(address: string): boolean {
  const own = Object.values(os.networkInterfaces()).flatMap((all) => all ?? []);
  return isPublicAddress(address) && !own.some((each) => each.address === address);
}
