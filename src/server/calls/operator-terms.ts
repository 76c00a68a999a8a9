/** Reads the operator's own terms, which the page of every call shows as plain text. */
import { readFileSync } from "node:fs";
import type { Config } from "../../config.ts";
import { CTOError } from "../../errors/index.ts";

/** The most bytes of the file. The page of each call contains it whole. */
const BYTES_AT_MOST = 64 * 1024;
/** Controls, and marks that turn the direction of the text or hide in it. */
const UNSEEN = /[\p{Cc}\p{Cf}]/u;

const refuse = (problem: string): never => {
  throw new CTOError("CTO_E_CONFIG_INVALID", { problems: [`CTO_CALL_TERMS_FILE ${problem}`] });
};

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    return refuse(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse("is not UTF-8");
  }
}

/**
 * Returns the text; null if no file is configured. It is read once, at the start.
 *
 * @throws `CTO_E_CONFIG_INVALID` if it cannot be read, is empty, too long, or is no plain text
 */
export function readOperatorTerms({
  CTO_CALL_TERMS_FILE: path,
}: Pick<Config, "CTO_CALL_TERMS_FILE">): string | null {
  if (path === undefined) return null;
  const bytes = read(path);
  if (bytes.length > BYTES_AT_MOST) refuse(`is longer than ${BYTES_AT_MOST} bytes`);
  const text = decode(bytes).replaceAll("\r\n", "\n").trim();
  if (text === "") refuse("is empty");
  if (UNSEEN.test(text.replace(/[\n\t]/g, ""))) refuse("has invisible characters; it must be plain text");
  return text;
}
