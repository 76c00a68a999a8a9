/** What a Socket.IO handshake is judged by before anybody is recognised: where it comes from, and which page opened it. */
import type { IncomingMessage } from "node:http";
import proxyAddr from "@fastify/proxy-addr";
import type { Config } from "../../config.ts";

/** The caller's address, as Fastify finds it for requests: behind trusted proxies it is what they say. */
export function addressReader({
  CTO_HTTP_TRUSTED_PROXIES: proxies,
}: Pick<Config, "CTO_HTTP_TRUSTED_PROXIES">): (request: IncomingMessage) => string {
  if (proxies === undefined) return ({ socket }) => socket.remoteAddress ?? "";
  const trusts = proxyAddr.compile(proxies.split(",").map((each) => each.trim()));
  return (request) => proxyAddr(request, trusts);
}

/**
 * Whether a page of this origin may connect: our own, and those that may call the API. What is no browser sends no origin.
 * Browsers send the dashboard's cookie with a WebSocket's handshake, and no preflight asks for leave before it.
 */
export function mayConnect(
  { headers: { origin, host } }: Pick<IncomingMessage, "headers">,
  { CTO_PUBLIC_URL, CTO_CORS_ORIGINS = [] }: Pick<Config, "CTO_PUBLIC_URL" | "CTO_CORS_ORIGINS">,
): boolean {
  if (origin === undefined) return true;
  const own = CTO_PUBLIC_URL === undefined ? [] : [new URL(CTO_PUBLIC_URL).origin];
  return [`http://${host}`, `https://${host}`, ...own, ...CTO_CORS_ORIGINS].includes(origin);
}
