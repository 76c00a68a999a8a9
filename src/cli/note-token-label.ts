/** Prints what a token calls itself, for a person who has just requested its purchase by its address. */
import { labelWords } from "../base/token-label.ts";
import { parseToken } from "../contract/parse.ts";
import type { CTOContext } from "../runtime/context.ts";
import { readTokenLabel } from "../services/token-label.ts";
import type { Terminal } from "./terminal.ts";

/** Call it after the answer: the operation's id must not wait for a cluster. Programs find the label in the status. */
export async function noteTokenLabel(
  context: Pick<CTOContext, "config" | "journal">,
  terminal: Terminal,
  tokenAddress: string,
): Promise<void> {
  if (terminal.json) return;
  const label = await readTokenLabel(context, parseToken(tokenAddress));
  if (label !== undefined) terminal.note(`The token calls itself ${labelWords(label)}`);
}
