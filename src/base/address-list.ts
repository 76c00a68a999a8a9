/**
 * Parses and matches the lists of addresses and networks from which an API key may be used. We parse a list when it
 * is configured, and match it at each request.
 */
import { BlockList, isIP } from "node:net";

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** A server that listens on IPv6 sees IPv4 callers as `::ffff:10.0.0.1`. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

/** Returns whether a text is an IP address, or a network such as `10.0.0.0/8`. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Returns whether the list contains the address, or a network that contains it. */
export function isListed(list: readonly string[], from: string): boolean {
  const address = plain(from);
  if (isIP(address) === 0) return false;
  const networks = new BlockList();
  for (const entry of list) {
    const [network = "", bits] = entry.split("/");
    if (bits === undefined) networks.addAddress(network, familyOf(network));
    else networks.addSubnet(network, Number(bits), familyOf(network));
  }
  return networks.check(address, familyOf(address));
}

/** How many of an IPv6 address's eight groups are its network's. The rest belong to one home or one machine. */
const NETWORK_GROUPS = 4;

/**
 * Returns whose an address is, for what is counted by address. Everybody who has an IPv6 address has a network of 2^64 of
 * them, which count as one.
 */
export function networkOf(address: string): string {
  const text = plain(address).replace(/%.*$/, "");
  if (isIP(text) !== 6) return text;
  const [before = [], after] = text.split("::").map((part) => (part === "" ? [] : part.split(":")));
  const left = after === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: left }, () => "0"), ...(after ?? [])];
  const own = groups.slice(0, NETWORK_GROUPS).map((group) => Number.parseInt(group, 16).toString(16));
  return `${own.join(":")}::/64`;
}
