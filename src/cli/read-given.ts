/** Reads a file that a command's arguments name. */
import { readFile } from "node:fs/promises";
import { CTOError } from "../errors/index.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  EISDIR: "is a folder",
  EACCES: "may not be read by this user",
};

/** @throws `CTO_E_USAGE` if the file cannot be read */
export const readGiven = (file: string): Promise<string> =>
  readFile(file, "utf8").catch(({ code = "unknown" }: NodeJS.ErrnoException) => {
    throw new CTOError("CTO_E_USAGE", {
      problem: `the file ${file} ${REASONS[code] ?? `cannot be read: ${code}`}`,
    });
  });
