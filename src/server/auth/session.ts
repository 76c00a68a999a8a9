/**
 * The dashboard's sessions. The cookie holds a random token; which key it stands for is in the journal's cache under the
 * token's hash, so that any server process knows it. A lost one means to log in again. The key itself is asked for anew
 * with each request: revoking it ends its sessions.
 */
import { createHash, randomBytes } from "node:crypto";
import type { CookieSerializeOptions } from "@fastify/cookie";
import { type Config, isLoopback } from "../../config.ts";
import type { CTOContext } from "../../runtime/context.ts";

type Journaled = Pick<CTOContext, "journal">;

export const SESSION_COOKIE = "cto_session";
const SESSION_MS = 12 * 3_600_000;

const entryOf = (token: string): string => `session/${createHash("sha256").update(token).digest("hex")}`;

/** @returns the cookie's value */
export async function beginSession({ journal }: Journaled, keyId: string): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  await journal.writeCached(entryOf(token), keyId, SESSION_MS);
  return token;
}

/** The id of the key that began it; null when it has ended. */
export async function readSession({ journal }: Journaled, token: string): Promise<string | null> {
  const keyId = await journal.readCached(entryOf(token));
  return keyId === "" ? null : keyId;
}

export const endSession = ({ journal }: Journaled, token: string): Promise<void> =>
  journal.writeCached(entryOf(token), "", SESSION_MS);

/** Not for scripts, not for other sites; over HTTPS alone, unless nothing but this machine can reach the server. */
export const cookieOptions = ({
  CTO_HTTP_HOST,
  CTO_PUBLIC_URL,
}: Pick<Config, "CTO_HTTP_HOST" | "CTO_PUBLIC_URL">): CookieSerializeOptions => ({
  path: "/",
  httpOnly: true,
  sameSite: "strict",
  secure: !isLoopback(CTO_HTTP_HOST) || CTO_PUBLIC_URL?.startsWith("https:") === true,
  maxAge: SESSION_MS / 1_000,
});
