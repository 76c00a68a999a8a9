/** Reads a secret from a file, a pipe, or a person who types it unseen. Never from an argument: those are public. */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { CTOError } from "../errors/index.ts";

/** @throws `CTO_E_USAGE` when the file cannot be read */
export async function readSecret(prompt: string, file?: string): Promise<string> {
  if (file !== undefined) {
    return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new CTOError("CTO_E_USAGE", {
        problem: `the file ${file} cannot be read: ${error.code ?? "unknown"}`,
      });
    });
  }
  if (!process.stdin.isTTY) return text(process.stdin);
  process.stderr.write(prompt);
  // Readline echoes what is typed to its output: to nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await reader.question("");
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}
