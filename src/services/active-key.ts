/** Says whether an API key may be used. */
import type { ApiKey } from "../engine/ports.ts";

/** Returns whether the key is neither revoked nor expired. */
export const isActive = ({ revokedAt, expiresAt }: ApiKey): boolean =>
  revokedAt === undefined && (expiresAt === undefined || expiresAt.getTime() > Date.now());
