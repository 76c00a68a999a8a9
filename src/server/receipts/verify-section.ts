/** Explains how a reader verifies the receipt on the chain, independently of us. */
import { html } from "ghtml";
import type { Receipt, ReceiptLeg } from "../../receipts/index.ts";
import type { Explorers } from "./explorers.ts";

const call = (rpcUrl: string, method: string, params: string): string =>
  html`<pre><code>curl -s ${rpcUrl} -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}'</code></pre>`;

/** One transaction as an example for all. */
type Sample = Pick<ReceiptLeg, "leg" | "address" | "signature" | "memo">;

export function verifySection(
  { operationId, legs, recovered = [], purpose }: Receipt,
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
<p>Nothing here needs to be believed. Every transaction of this operation carries a public memo, signed by the wallet
concerned; the chain alone tells whether this page is true.</p>
<ol class="steps">
<li>With the tool, which compares all of it with the chain: <pre><code>cto receipt ${operationId} --verify</code></pre></li>
!${byHand}
</ol>
</section>`;
}
