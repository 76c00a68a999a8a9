/**
 * Removes our secrets from texts of third parties. A server, or a proxy in front of it, may quote the key or the URL of our
 * request, and errors and logs have more readers than the secret.
 */

/** A shorter part of a URL, such as `v2`, may be an ordinary word. */
const SHORTEST = 6;

/** A `%` that begins no escape stands for itself. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * @param secrets as we know them, or as a URL has them
 * @example
 * hideSecrets([apiKey])("the key 1234567890 is not valid"); // "the key … is not valid"
 */
export function hideSecrets(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), decode(secret)]);
  // The longest first, so that a part of one does not uncover the rest of it.
  const hidden = [...new Set(forms)].filter((form) => form !== "").sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((left, part) => left.replaceAll(part, "…"), text);
}

/** Returns the parts of a URL that may be secret: everything but the host and short words. */
export function secretsOf(url: string): string[] {
  const { username, password, pathname, searchParams } = new URL(url);
  // Some plans have their key as the name of a parameter, `https://rpc.example/?<key>`.
  const parts = [username, password, ...pathname.split("/"), ...[...searchParams].flat()];
  return parts.filter(({ length }) => length >= SHORTEST);
}
