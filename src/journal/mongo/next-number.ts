/**
 * Returns increasing numbers for documents that are listed in the order of their creation. An unused number leaves a gap.
 */
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
