/**
 * Builds the URL of Jupiter's swap API for a buy. It keeps the configured URL's path, because it may be a proxy's.
 */
export function jupiterBuildUrl(base: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/swap/v2/build`;
  return url;
}
