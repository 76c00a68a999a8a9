/** Reads the version of a database's documents and indexes, and defines the version that this release supports. */
import { z } from "zod";
import { CTOError } from "../../errors/index.ts";
import type { Store } from "./store.ts";

export const SUPPORTED = 8;

/** `revoked` is the version for which the leases of older workers have been revoked. */
const found = z.object({ version: z.number().int(), revoked: z.number().int().default(0) });

export const readSchema = async ({ schema, decisive }: Store): Promise<z.infer<typeof found>> => {
  const present = await schema.findOne({ _id: "cto" }, decisive);
  return present === null ? { version: 0, revoked: 0 } : found.parse(present);
};

/** @throws `CTO_E_JOURNAL_INCOMPATIBLE` if a newer release has migrated this database */
export function requireKnown(version: number): void {
  if (version > SUPPORTED)
    throw new CTOError("CTO_E_JOURNAL_INCOMPATIBLE", { found: version, supported: SUPPORTED });
}
