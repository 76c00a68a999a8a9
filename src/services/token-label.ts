/** Reads what a token calls itself now. A name proves nothing, so without an answer we show none. */
import type { TokenLabel } from "../base/token-label.ts";
import { within } from "../base/within.ts";
import type { Address } from "../engine/ports.ts";
import { withChainPorts } from "../runtime/chain-ports.ts";
import type { CTOContext } from "../runtime/context.ts";

/** How long a person waits for a name, ms. */
const WITHIN_MS = 2_000;

/** Returns undefined if the token has no name, or if no cluster answers in time. */
export async function readTokenLabel(
  context: Pick<CTOContext, "config" | "journal">,
  mint: Address,
): Promise<TokenLabel | undefined> {
  try {
    return await withChainPorts(context, async ({ venues }) => {
      // A late call ends with the chain, which closes afterwards.
      const survey = venues.survey(mint, []);
      return (await within(WITHIN_MS, survey, () => new Error("no name in time"))).label;
    });
  } catch {
    return undefined;
  }
}
