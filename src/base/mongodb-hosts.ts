/**
 * Extracts the hosts of a MongoDB connection string. The string may name several hosts, so `URL` cannot parse it.
 */

const HOST = String.raw`(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?`;
const HOSTS = new RegExp(`^${HOST}(?:,${HOST})*$`, "i");

/**
 * Returns the hosts if they are safe to show, else null. They are unsafe if a part of the user name or the
 * password could be among them, because it has a character (`@`, `:`, `/`, `?`, `#`, `%`) that is not percent-encoded.
 */
export function hostsOfMongodb(uri: string): string | null {
  const rest = uri.replace(/^mongodb(?:\+srv)?:\/\//, "");
  const [authority = ""] = rest.split(/[/?#]/, 1);
  const hosts = authority.slice(authority.lastIndexOf("@") + 1);
  const credentials = authority.slice(0, Math.max(0, authority.lastIndexOf("@")));
  const isAmbiguous = credentials.includes("@") || rest.slice(authority.length).includes("@");
  return !isAmbiguous && HOSTS.test(hosts) ? hosts : null;
}
