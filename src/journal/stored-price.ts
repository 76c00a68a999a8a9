/** What a market's price was held against, as it is stored: the same in every journal. */
import { z } from "zod";
import { PRICE_REFERENCES, type PriceCheck } from "../engine/ports.ts";
import { withoutNulls } from "./without-nulls.ts";

const stored = z.object({
  reference: z.enum(PRICE_REFERENCES),
  deviationBps: z.number().nullish(),
  transferFeeBps: z.number(),
});

/** Null where no market was opened yet, or an earlier release has opened it. @throws when the value is no such record */
export const decodePrice = (value: unknown): PriceCheck | null => {
  if (value == null) return null;
  const parsed = stored.parse(value);
  return withoutNulls({ ...parsed, deviationBps: parsed.deviationBps ?? null });
};
