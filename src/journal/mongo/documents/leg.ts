/** Encodes and parses the legs of an operation's document. */
import { address, lamports } from "@solana/kit";
import { z } from "zod";
import type { Leg, NewLeg } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { withoutNulls } from "../../without-nulls.ts";
import { decimal } from "./decimal.ts";

const leg = z.object({
  index: z.number().int(),
  walletId: z.string(),
  address: z.string(),
  lamports: z.string(),
  tokensBefore: z.string(),
});
export type LegDocument = z.infer<typeof leg>;

const legs = z.object({
  legs: z.array(leg.extend({ lamports: decimal, tokensBefore: decimal })),
  /** Absent from documents of earlier releases. */
  anchors: z.record(z.string(), decimal).default({}),
  received: z.record(z.string(), decimal),
});

export const newLeg = (given: NewLeg): LegDocument => ({
  index: given.index,
  walletId: given.walletId,
  address: given.address,
  lamports: given.lamports.toString(),
  tokensBefore: given.tokensBefore.toString(),
});

/** Returns the legs in order. */
export const parseLegs = (document: unknown): Leg[] =>
  parseRecord("operations", () => {
    const parsed = legs.parse(document);
    return parsed.legs
      .map((one) =>
        withoutNulls({
          ...one,
          address: address(one.address),
          lamports: lamports(one.lamports),
          leastTokens: parsed.anchors[one.index] ?? null,
          tokensReceived: parsed.received[one.index] ?? null,
        }),
      )
      .sort((a, b) => a.index - b.index);
  });
