/** Decodes the wallets that an operation leaves out. */
import { address } from "@solana/kit";
import { z } from "zod";

export const storedLeftOut = z
  .array(
    z.object({
      place: z.number().int(),
      walletId: z.string(),
      address: z.string().transform((text) => address(text)),
      reason: z.string(),
    }),
  )
  .nullish();
