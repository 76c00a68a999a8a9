/** One line of the log as a person reads it: `12:00:04 WARN  Leg 2 is signed again … operation=op_4f attempt=1`. */
import { z } from "zod";

const entry = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().optional() });

const LEVELS: Readonly<Record<number, string>> = {
  10: "TRACE",
  20: "DEBUG",
  30: "INFO",
  40: "WARN",
  50: "ERROR",
  60: "FATAL",
};

/** The same in every line of a process. */
const UNSAID = new Set(["level", "time", "msg", "pid", "hostname"]);

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** @param line one of pino's; what is none stays as it is */
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
  return `${[at, level, parsed.msg ?? "", ...fields].join(" ")}\n`;
}
