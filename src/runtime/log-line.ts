/** Formats one line of the log for a person: `12:00:04 WARN  Leg 2 is signed again … operation=op_4f attempt=1`. */
import { z } from "zod";
import { visible } from "../base/visible.ts";

const entry = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().optional() });

const LEVELS: Readonly<Record<number, string>> = {
  10: "TRACE",
  20: "DEBUG",
  30: "INFO",
  40: "WARN",
  50: "ERROR",
  60: "FATAL",
};

/**
 * Fields that are not printed among the others: some are printed first, the rest are the same in every line of a
 * process.
 */
const UNSAID = new Set(["level", "time", "msg", "pid", "hostname"]);

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** @param line a line of pino's log; any other text is returned unchanged */
export function forPeople(line: string): string {
  let parsed: z.infer<typeof entry>;
  try {
    parsed = entry.parse(JSON.parse(line));
  } catch {
    return line;
  }
  const at = new Date(parsed.time).toISOString().slice(11, 19);
  const level = (LEVELS[parsed.level] ?? "").padEnd(5);
  const fields = Object.entries(parsed)
    .filter(([name]) => !UNSAID.has(name))
    .map(([name, value]) => `${name}=${textOf(value)}`);
  // A message or a field may quote a third party: it stays on this line.
  return `${visible([at, level, parsed.msg ?? "", ...fields].join(" "))}\n`;
}
