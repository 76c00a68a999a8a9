/** Reads the custom code from a program's error: `{"InstructionError":[3,{"Custom":6005}]}` gives 6005. */
import { z } from "zod";
import type { TransactionFailure } from "../engine/ports.ts";

const instructionError = z.object({
  InstructionError: z.tuple([z.number(), z.object({ Custom: z.number() })]),
});

/** Returns null if the failure is not a program's custom error. */
export const customCodeOf = ({ error }: Pick<TransactionFailure, "error">): number | null => {
  const parsed = instructionError.safeParse(error);
  return parsed.success ? parsed.data.InstructionError[1].Custom : null;
};
