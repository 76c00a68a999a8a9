/** Errors of the embedded server, with the last lines of what the server itself wrote. */
import { readFile } from "node:fs/promises";
import { CTOError } from "../../errors/index.ts";

const TAIL_LINES = 12;

const tail = async (logFile: string): Promise<string> => {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return text.trim().split("\n").slice(-TAIL_LINES).join(" | ");
};

/** Makes the error; `reason` must not contain the password. */
export const embeddedFailure = async (reason: string, logFile: string): Promise<CTOError> => {
  const lines = await tail(logFile);
  return new CTOError("CTO_E_EMBEDDED_POSTGRES_FAILED", {
    reason: lines === "" ? reason : `${reason}; the end of its log: ${lines}`,
    logFile,
  });
};
