/** Encodes, decodes and hashes an operation's request. */
import { createHash } from "node:crypto";
import { address, lamports } from "@solana/kit";
import { z } from "zod";
import { MODES, type OperationRequest, PLATFORMS } from "../engine/ports.ts";
import { withoutNulls } from "./without-nulls.ts";

const storedRequest = z.object({
  userId: z.string(),
  userChatId: z.number(),
  tokenAddress: z.string(),
  buyLamports: z.string(),
  mode: z.enum(MODES),
  platform: z.enum(PLATFORMS),
  socketUserId: z.string().nullish(),
  priority: z.number(),
  slippageBps: z.number(),
  maxPriceImpactBps: z.number().nullish(),
  maxPrice: z.string().nullish(),
  maxPriceDeviationBps: z.number().nullish(),
  maxTransferFeeBps: z.number().nullish(),
  weights: z.array(z.number()).nullish(),
  walletIds: z.array(z.string()).nullish(),
  skipUnfit: z.literal(true).nullish(),
  parallelism: z.number(),
  notBefore: z.coerce.date().nullish(),
  expiresAt: z.coerce.date().nullish(),
  tags: z.array(z.string()).nullish(),
  reference: z.string().nullish(),
  retry: z.object({ of: z.string(), leastTokens: z.array(z.string().nullable()) }).nullish(),
  purpose: z.literal("sweep").nullish(),
});

/** Encodes as JSON text. Amounts become decimal strings, because JSON numbers are exact only up to 2^53. */
export const encodeRequest = (request: OperationRequest): string =>
  JSON.stringify(request, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));

/** @throws if the value is not a request (a zod error, or kit's for the address) */
export const decodeRequest = (stored: unknown): OperationRequest => {
  const parsed = storedRequest.parse(stored);
  return withoutNulls({
    ...parsed,
    tokenAddress: address(parsed.tokenAddress),
    buyLamports: lamports(BigInt(parsed.buyLamports)),
    socketUserId: parsed.socketUserId ?? null,
    maxPriceImpactBps: parsed.maxPriceImpactBps ?? null,
    maxPrice: parsed.maxPrice ?? null,
    maxPriceDeviationBps: parsed.maxPriceDeviationBps ?? null,
    maxTransferFeeBps: parsed.maxTransferFeeBps ?? null,
    weights: parsed.weights ?? null,
    walletIds: parsed.walletIds ?? null,
    skipUnfit: parsed.skipUnfit ?? null,
    notBefore: parsed.notBefore ?? null,
    expiresAt: parsed.expiresAt ?? null,
    tags: parsed.tags ?? null,
    reference: parsed.reference ?? null,
    retry: parsed.retry
      ? {
          of: parsed.retry.of,
          leastTokens: parsed.retry.leastTokens.map((least) => (least === null ? null : BigInt(least))),
        }
      : null,
    purpose: parsed.purpose ?? null,
  });
};

/**
 * Returns the SHA-256 of sorted JSON, in hex. Requests with equal properties have the same hash, in any order
 * of the properties.
 */
export const hashRequest = (request: OperationRequest): string => {
  const sorted = Object.entries(JSON.parse(encodeRequest(request)) as Record<string, unknown>).sort(
    ([a], [b]) => (a < b ? -1 : 1),
  );
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
};
