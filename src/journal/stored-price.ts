/** Decodes what a market's price was compared with, for all journals. */
import { z } from "zod";
import { PRICE_REFERENCES, type PriceCheck, SHOWN_AS } from "../engine/ports.ts";
import { withoutNulls } from "./without-nulls.ts";

const stored = z.object({
  reference: z.enum(PRICE_REFERENCES),
  deviationBps: z.number().nullish(),
  transferFeeBps: z.number(),
  shownAs: z.enum(SHOWN_AS).nullish(),
});

/**
 * Returns null if no market was opened yet, or an earlier release opened it. @throws if the value is not such a record
 */
export const decodePrice = (value: unknown): PriceCheck | null => {
  if (value == null) return null;
  const parsed = stored.parse(value);
  return withoutNulls({
    ...parsed,
    deviationBps: parsed.deviationBps ?? null,
    shownAs: parsed.shownAs ?? null,
  });
};
