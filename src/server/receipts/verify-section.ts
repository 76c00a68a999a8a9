/** Explains how a reader verifies the receipt on the chain, independently of us. */
import { html } from "ghtml";
import type { Receipt, ReceiptLeg } from "../../receipts/index.ts";
import type { Explorers } from "./explorers.ts";

const call = (rpcUrl: string, method: string, params: string): string =>
  html`<pre><code>curl -s ${rpcUrl} -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}'</code></pre>`;

/** docs/receipt-format.md has the rules that these sentences follow from. */
const PROVED =
  "The chain proves what has landed: of each wallet the transaction, its slot, its lamports and its tokens; and the network and priority fees.";
const PROVED_OF_A_CALL = " It proves the published terms, and that every purchase keeps to them.";
const CLAIMED =
  "The rest is the operator's word, which the chain neither proves nor disproves: what was asked, what did not land, the venue, the comparison of the price, why something failed, the times, the rents, and links to other operations.";
const CLAIMED_OF_A_CALL =
  " So are signatures that never landed, the funders, and that there were no other sales.";

/** One transaction as an example for all. */
type Sample = Pick<ReceiptLeg, "leg" | "address" | "signature" | "memo">;

export function verifySection(
  { operationId, legs, recovered = [], purpose, call: openCall }: Receipt,
  explorers: Explorers | null,
): string {
  const rpcUrl = explorers?.rpcUrl ?? "$SOLANA_RPC_URL";
  const shown: readonly Sample[] = purpose === "sweep" ? recovered : legs;
  const sample = shown.find(({ signature }) => signature !== undefined) ?? shown[0];
  const byHand =
    sample === undefined
      ? ""
      : html`<li>By hand, with any Solana endpoint. Ask for a wallet's history, here that of leg ${String(sample.leg)}:
!${call(rpcUrl, "getSignaturesForAddress", `["${sample.address}"]`)}
Exactly one successful entry has the memo <code>${sample.memo}</code>, and only the wallet itself can have signed it.</li>
!${
          sample.signature === undefined
            ? ""
            : html`<li>Then see what that transaction paid and got:
!${call(rpcUrl, "getTransaction", `["${sample.signature}",{"maxSupportedTransactionVersion":1}]`)}
Balances before and after tell the lamports that moved and the tokens received.</li>`
        }`;
  return html`<section aria-labelledby="verify">
<h2 id="verify">Check it yourself</h2>
<p>Every transaction of this operation carries a public memo, signed by the wallet concerned. ${PROVED}${openCall ? PROVED_OF_A_CALL : ""}</p>
<p>${CLAIMED}${openCall ? CLAIMED_OF_A_CALL : ""}</p>
<ol class="steps">
<li>With the tool, which compares with the chain what the chain can prove: <pre><code>cto receipt ${operationId} --verify</code></pre></li>
!${byHand}
</ol>
</section>`;
}
