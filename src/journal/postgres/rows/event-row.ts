/** Parses rows of `cto.events`. */
import { z } from "zod";
import type { StoredEvent } from "../../../engine/ports.ts";
import { decodeEvent } from "../../stored-event.ts";
import { parseRow } from "./parse-row.ts";

const eventRow = z.object({
  seq: z.number(),
  at: z.date(),
  event: z.unknown(),
  compacted: z.number().nullish(),
});

export const parseEvent = (row: unknown): StoredEvent =>
  parseRow("events", () => {
    const { seq, at, event, compacted } = eventRow.parse(row);
    return { ...decodeEvent(event), seq, at, ...(compacted ? { compacted } : {}) };
  });
