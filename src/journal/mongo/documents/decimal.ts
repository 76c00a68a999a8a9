/** Parses amounts, slots and heights from decimal text. They are u64, and BSON's 64-bit integer is signed. */
import { z } from "zod";

export const decimal = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);
