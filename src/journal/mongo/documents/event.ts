/** Documents of `events`. */
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
  /** The user of its operation, until webhooks have been told of it. Absent in events of earlier releases, which none is told of. */
  readonly untoldOf?: string;
  readonly write: string;
};

/** As plain values; lamports and slots are decimal text. */
export const plainEvent = (given: OperationEvent): unknown => JSON.parse(encodeEvent(given));

export const parseEvent = (document: unknown): StoredEvent =>
  parseRecord("events", () => {
    const { seq, at, event: stored, compacted } = event.parse(document);
    return { ...decodeEvent(stored), seq, at, ...(compacted ? { compacted } : {}) };
  });
