/**
 * Starts the settler, which follows landed steps until they are `finalized`, at its own interval: see
 * `engine/due.ts`.
 */
import type { Logger } from "pino";
import { every, type Task } from "../base/every.ts";
import { inOneTrip } from "../base/together.ts";
import { SETTLE_MS } from "../engine/beats.ts";
import { settleDue } from "../engine/due.ts";
import type { Ports } from "../engine/ports.ts";

export const startSettler = (
  ports: Pick<Ports, "journal" | "chain" | "events" | "clock">,
  { log, name }: { log: Logger; name: string },
): Task => every(SETTLE_MS, log, "settler", () => inOneTrip(() => settleDue(ports, name)));
