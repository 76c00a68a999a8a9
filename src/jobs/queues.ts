/** The original interface's place for the BullMQ queue: see `queue/`. */
export * from "../queue/queues.ts";
