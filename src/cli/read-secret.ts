/**
 * Reads a secret from a file, a pipe, or a hidden input on the terminal. It never reads one from an argument, because
 * other processes can read arguments.
 */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { readGiven } from "./read-given.ts";

/** @throws `CTO_E_USAGE` if the file cannot be read */
export async function readSecret(prompt: string, file?: string): Promise<string> {
  if (file !== undefined) return readGiven(file);
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
