/**
 * Returns the host of a PostgreSQL URL as the driver reads it: `?host=` replaces the URL's own host, and a path is a socket on
 * this machine.
 * @example
 * postgresHost("postgres://localhost/cto?host=db.example"); // "db.example"
 */
export function postgresHost(url: string): string {
  const { hostname, searchParams } = new URL(url);
  return searchParams.get("host") || decodeURIComponent(hostname).replace(/^\[|\]$/g, "");
}
