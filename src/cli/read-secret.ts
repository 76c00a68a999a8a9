/**
 * Reads a secret from a file, a pipe, or a hidden input on the terminal. It never reads one from an argument, because
 * other processes can read arguments.
 */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { CTOError } from "../errors/index.ts";

/** @throws `CTO_E_USAGE` if the file cannot be read */
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
  // Readline echoes the input to its output, so we give it an output that discards everything.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await reader.question("");
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}
