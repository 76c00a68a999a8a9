/** Amounts, slots and heights as decimal text: they are u64, and BSON's 64-bit integer is signed. */
import { z } from "zod";

export const decimal = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);
