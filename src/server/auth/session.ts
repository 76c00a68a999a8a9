/**
 * Manages the dashboard's sessions. The cookie contains a random token. The journal's cache stores the key's id under
 * the token's hash, so that every server process can read it. If the entry is lost, the user must log in again. We
 * check the key at each request, so a revoked key ends its sessions.
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

/** Returns the id of the key that began the session; null if the session has ended. */
export async function readSession({ journal }: Journaled, token: string): Promise<string | null> {
  const keyId = await journal.readCached(entryOf(token));
  return keyId === "" ? null : keyId;
}

export const endSession = ({ journal }: Journaled, token: string): Promise<void> =>
  journal.writeCached(entryOf(token), "", SESSION_MS);

/**
 * Scripts cannot read the cookie, and other sites cannot send it. It requires HTTPS, unless only this machine can
 * reach the server.
 */
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
