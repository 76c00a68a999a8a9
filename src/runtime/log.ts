/** The log: pino's JSON lines on standard error. Known secret fields are censored, whatever is passed by mistake. */
import { destination, type Logger, pino } from "pino";
import type { Config } from "../config.ts";

const SECRET_FIELDS = [
  "secret",
  "privateKey",
  "sealedKey",
  "apiKey",
  "password",
  "databaseUrl",
  "connectionString",
];

export const createLogger = ({ CTO_LOG }: Pick<Config, "CTO_LOG">): Logger =>
  pino(
    {
      level: CTO_LOG,
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
    },
    destination({ fd: 2, sync: false }),
  );
