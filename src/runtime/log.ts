/**
 * Creates the log, on standard error: readable lines on a terminal, pino's JSON lines elsewhere. Known secret fields
 * are censored.
 */
import { destination, type Logger, pino } from "pino";
import { visibleJson } from "../base/visible.ts";
import type { Config } from "../config.ts";
import { forPeople } from "./log-line.ts";

const SECRET_FIELDS = [
  "secret",
  "privateKey",
  "sealedKey",
  "apiKey",
  "password",
  "databaseUrl",
  "connectionString",
];

const STDERR = 2;

export const createLogger = ({ CTO_LOG }: Pick<Config, "CTO_LOG">): Logger => {
  const stream = destination({ fd: STDERR, sync: false });
  const format = process.stderr.isTTY ? forPeople : visibleJson;
  return pino(
    {
      level: CTO_LOG,
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
    },
    { write: (line: string) => stream.write(format(line)) },
  );
};
