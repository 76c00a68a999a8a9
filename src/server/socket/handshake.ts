/** Checks a Socket.IO handshake before authentication: the client's address, and the origin of the page. */
import type { IncomingMessage } from "node:http";
import proxyAddr from "@fastify/proxy-addr";
import type { Config } from "../../config.ts";

/**
 * Returns the client's address in the same way as Fastify does for requests. Behind trusted proxies, it is the address
 * that they report.
 */
export function addressReader({
  CTO_HTTP_TRUSTED_PROXIES: proxies,
}: Pick<Config, "CTO_HTTP_TRUSTED_PROXIES">): (request: IncomingMessage) => string {
  if (proxies === undefined) return ({ socket }) => socket.remoteAddress ?? "";
  const trusts = proxyAddr.compile(proxies.split(",").map((each) => each.trim()));
  return (request) => proxyAddr(request, trusts);
}

/**
 * Returns whether a page of this origin may connect: our own pages, and the origins that may call the API. Clients
 * other than browsers send no origin. The check is necessary because browsers send the dashboard's cookie with a
 * WebSocket's handshake, and send no preflight request before it.
 */
export function mayConnect(
  { headers: { origin, host } }: Pick<IncomingMessage, "headers">,
  { CTO_PUBLIC_URL, CTO_CORS_ORIGINS = [] }: Pick<Config, "CTO_PUBLIC_URL" | "CTO_CORS_ORIGINS">,
): boolean {
  if (origin === undefined) return true;
  const own = CTO_PUBLIC_URL === undefined ? [] : [new URL(CTO_PUBLIC_URL).origin];
  return [`http://${host}`, `https://${host}`, ...own, ...CTO_CORS_ORIGINS].includes(origin);
}
