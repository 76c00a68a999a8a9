/** Encodes and decodes the amount that a funding attempt pays to each leg, for all journals that store texts. */
import { lamports } from "@solana/kit";
import { z } from "zod";
import type { Attempt } from "../engine/ports.ts";

export const storedFunded = z
  .array(
    z.object({
      leg: z.number().int(),
      lamports: z.string().transform((text) => lamports(BigInt(text))),
    }),
  )
  .nullish();

export const encodeFunded = ({ funded }: Pick<Attempt, "funded">): z.input<typeof storedFunded> =>
  funded?.map(({ leg, lamports: amount }) => ({ leg, lamports: amount.toString() })) ?? null;
