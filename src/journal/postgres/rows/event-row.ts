/** Rows of `cto.events`. */
import { z } from "zod";
import type { StoredEvent } from "../../../engine/ports.ts";
import { decodeEvent } from "../../stored-event.ts";
import { parseRow } from "./parse-row.ts";

const eventRow = z.object({ seq: z.number(), at: z.date(), event: z.unknown() });

export const parseEvent = (row: unknown): StoredEvent =>
  parseRow("events", () => {
    const { seq, at, event } = eventRow.parse(row);
    return { ...decodeEvent(event), seq, at };
  });
