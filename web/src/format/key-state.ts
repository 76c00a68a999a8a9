/** Says whether an API key is accepted now. */
import type { KeyInfo } from "../api/types.ts";

export type KeyState = "valid" | "expired" | "revoked";

/** The server decides in the same way. Its clock may differ a little from the browser's. */
export const keyStateOf = (
  { revokedAt, expiresAt }: Pick<KeyInfo, "revokedAt" | "expiresAt">,
  now: number,
): KeyState => {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && Date.parse(expiresAt) <= now ? "expired" : "valid";
};
