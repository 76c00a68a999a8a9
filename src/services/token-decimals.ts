/** Returns a token's decimals, for amounts that people read. A mint's decimals never change, so we cache them. */
import { z } from "zod";
import type { Address } from "../engine/ports.ts";
import { openClusterClient } from "../runtime/cluster-client.ts";
import type { CTOContext } from "../runtime/context.ts";

const KEPT_MS = 30 * 86_400_000;

const kept = z.coerce.number().int().min(0).max(255);

/**
 * Returns undefined if neither the journal nor the cluster can answer. Amounts are then shown and labelled as base
 * units.
 */
export async function decimalsOf(
  { config, journal }: Pick<CTOContext, "config" | "journal">,
  mint: Address,
): Promise<number | undefined> {
  const name = `decimals:${mint}`;
  try {
    const known = kept.safeParse((await journal.readCached(name)) ?? undefined);
    if (known.success) return known.data;
    const decimals = await (await openClusterClient(config)).decimals(mint);
    await journal.writeCached(name, String(decimals), KEPT_MS);
    return decimals;
  } catch {
    return undefined;
  }
}
