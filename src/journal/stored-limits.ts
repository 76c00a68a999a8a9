/** Encodes, decodes and compares sets of limits: JSON, lamports as decimal strings. */
import { isDeepStrictEqual } from "node:util";
import { address, lamports } from "@solana/kit";
import { z } from "zod";
import type { LimitSet } from "../engine/ports.ts";

const amount = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((text) => lamports(BigInt(text)))
  .nullish();
const count = z.number().int().min(0).nullish();
const list = z.array(z.string().transform((text) => address(text))).nullish();

const stored = z.object({
  maxOperationLamports: amount,
  maxUserDayLamports: amount,
  maxWalletLifetimeLamports: amount,
  maxWallets: count,
  maxSlippageBps: count,
  maxPriceImpactBps: count,
  maxPriceDeviationBps: count,
  allowedMints: list,
  deniedMints: list,
  allowedPrograms: list,
});

export const encodeLimits = (limits: LimitSet): string =>
  JSON.stringify(limits, (_key, value) => (typeof value === "bigint" ? String(value) : value));

/**
 * Absent fields stay absent, because absent and null mean different things. @throws if the text is not a set of limits
 */
export const decodeLimits = (text: string): LimitSet => {
  const parsed = stored.parse(JSON.parse(text));
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined)) as LimitSet;
};

/** Returns whether this stored text is the given set. The order of its fields does not matter. Null: nothing is stored. */
export const isStored = (text: string | null, limits: LimitSet | null): boolean =>
  isDeepStrictEqual(text === null ? null : decodeLimits(text), limits);
