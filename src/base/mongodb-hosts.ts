/** The hosts of a MongoDB connection string. It may name several, so it is no URL. */

const HOST = String.raw`(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?`;
const HOSTS = new RegExp(`^${HOST}(?:,${HOST})*$`, "i");

/**
 * Safe to show: null wherever a part of the user name or password could stand among the hosts, because it has a
 * character (`@`, `:`, `/`, `?`, `#`, `%`) that is not percent-encoded.
 */
export function hostsOfMongodb(uri: string): string | null {
  const rest = uri.replace(/^mongodb(?:\+srv)?:\/\//, "");
  const [authority = ""] = rest.split(/[/?#]/, 1);
  const hosts = authority.slice(authority.lastIndexOf("@") + 1);
  const credentials = authority.slice(0, Math.max(0, authority.lastIndexOf("@")));
  const isAmbiguous = credentials.includes("@") || rest.slice(authority.length).includes("@");
  return !isAmbiguous && HOSTS.test(hosts) ? hosts : null;
}
