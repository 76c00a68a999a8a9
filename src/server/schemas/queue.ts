/** Defines the schema of the queue's state. */
import { z } from "zod";

export const queueSchema = z.object({
  backend: z.enum(["redis", "postgres"]),
  counts: z
    .record(z.string(), z.number().int())
    .meta({ description: "Users' wake-ups by BullMQ's states: one per user, however many operations wait" }),
  workers: z.number().int().nullable().meta({ description: "Null where the server does not tell" }),
});
export type QueueView = z.infer<typeof queueSchema>;
