/** Where Jupiter's swap API is asked for a buy. A path that the configured URL has is kept: it may be a proxy's. */
export function jupiterBuildUrl(base: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/swap/v2/build`;
  return url;
}
