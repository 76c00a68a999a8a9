/** Encodes and parses documents of `events`. */
import { z } from "zod";
import type { OperationEvent, StoredEvent } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { decodeEvent, encodeEvent } from "../../stored-event.ts";

const event = z.object({
  seq: z.number().int(),
  at: z.date(),
  event: z.unknown(),
  compacted: z.number().int().optional(),
});

export type EventDocument = z.infer<typeof event> & {
  readonly _id: string;
  readonly operationId: string;
  /**
   * The user of the event's operation, until the webhooks have handled the event. Absent in events of earlier
   * releases, which webhooks never get.
   */
  readonly untoldOf?: string;
  readonly write: string;
};

/** Converts an event to plain values. Lamports and slots are decimal text. */
export const plainEvent = (given: OperationEvent): unknown => JSON.parse(encodeEvent(given));

export const parseEvent = (document: unknown): StoredEvent =>
  parseRecord("events", () => {
    const { seq, at, event: stored, compacted } = event.parse(document);
    return { ...decodeEvent(stored), seq, at, ...(compacted ? { compacted } : {}) };
  });
