/** Limits and the kill switch as the API takes and answers them. */
import { z } from "zod";
import { timeSchema } from "./common.ts";

export const haltSchema = z
  .object({ by: z.string(), reason: z.string(), at: timeSchema })
  .meta({ id: "Halt", description: "Somebody has stopped all new signatures" });
export type HaltView = z.infer<typeof haltSchema>;
