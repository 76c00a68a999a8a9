/** The custom code of a program's error: `{"InstructionError":[3,{"Custom":6005}]}` is 6005. */
import { z } from "zod";
import type { TransactionFailure } from "../engine/ports.ts";

const instructionError = z.object({
  InstructionError: z.tuple([z.number(), z.object({ Custom: z.number() })]),
});

/** Null when the failure is not a program's own. */
export const customCodeOf = ({ error }: Pick<TransactionFailure, "error">): number | null => {
  const parsed = instructionError.safeParse(error);
  return parsed.success ? parsed.data.InstructionError[1].Custom : null;
};
