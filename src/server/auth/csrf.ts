/**
 * Prevents cross-site requests: a request that changes something and carries a cookie must come from our own pages.
 * `SameSite=Strict` keeps the cookie off requests from other sites. As a second protection, we require a header that
 * no form can send, and an `Origin` header with our own origin.
 */
import type { FastifyRequest } from "fastify";
import type { Config } from "../../config.ts";
import { CTOError } from "../../errors/index.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

const originsOf = (request: FastifyRequest, publicUrl: string | undefined): string[] => [
  `http://${request.host}`,
  `https://${request.host}`,
  ...(publicUrl === undefined ? [] : [new URL(publicUrl).origin]),
];

/** @throws `CTO_E_FORBIDDEN` */
export function requireSameOrigin(
  request: FastifyRequest,
  { CTO_PUBLIC_URL }: Pick<Config, "CTO_PUBLIC_URL">,
): void {
  if (SAFE.has(request.method)) return;
  if (request.headers["x-cto-requested-with"] !== "dashboard") {
    const reason = "a session's requests need the header X-CTO-Requested-With: dashboard";
    throw new CTOError("CTO_E_FORBIDDEN", { reason });
  }
  const { origin } = request.headers;
  if (origin === undefined || !originsOf(request, CTO_PUBLIC_URL).includes(origin)) {
    throw new CTOError("CTO_E_FORBIDDEN", {
      reason: "a session's requests must come from the dashboard itself",
    });
  }
}
