/**
 * Builds an address under CTO_PUBLIC_URL. It keeps that URL's path, because a proxy may serve us below one.
 * @param path begins with a slash, and may have a query
 * @example
 * underPublicUrl("https://example.org/cto/", "/r/op_4f"); // "https://example.org/cto/r/op_4f"
 */
export const underPublicUrl = (publicUrl: string, path: string): string =>
  new URL(`${publicUrl.replace(/\/+$/, "")}${path}`).href;
