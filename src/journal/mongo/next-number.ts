/** Growing numbers for what is listed in the order in which it came. A number that is not used leaves a gap. */
import { z } from "zod";
import { parseRecord } from "../parse-record.ts";
import type { Store } from "./store.ts";

const counted = z.object({ value: z.number().int() });

export const nextNumber = async (
  { counters }: Store,
  of: "users" | "operations" | "apiKeys" | "webhooks" | "deliveries",
): Promise<number> => {
  const document = await counters.findOneAndUpdate(
    { _id: of },
    { $inc: { value: 1 } },
    { returnDocument: "after" },
  );
  return parseRecord("counters", () => counted.parse(document).value);
};
