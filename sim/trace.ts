/** Records the events of one simulation in order. Two runs of a seed are equal if their hashes are equal. */
import { createHash } from "node:crypto";

export class Trace {
  readonly #now: () => number;
  readonly #print: ((line: string) => void) | undefined;
  readonly #lines: string[] = [];

  constructor(now: () => number, print?: (line: string) => void) {
    this.#now = now;
    this.#print = print;
  }

  note(who: string, what: string): void {
    const line = `${this.#now()} ${who} ${what}`;
    this.#lines.push(line);
    this.#print?.(line);
  }

  /** SHA-256 over all lines, hex. */
  hash(): string {
    return createHash("sha256").update(this.#lines.join("\n")).digest("hex");
  }
}
