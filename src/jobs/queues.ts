/** Re-exports the BullMQ queue from `queue/`, because the original interface has it in this file. */
export * from "../queue/queues.ts";
