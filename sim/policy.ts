/**
 * Implements the policy for simulated messages. It compares the composed message with what the engine meant, as the real
 * policy does. A real keyring does not accept a verdict of this policy.
 */

import type { ApprovedTransaction, Meant, Policy } from "../src/engine/ports.ts";
import { formatMemo } from "../src/engine/transaction/memo-text.ts";
import { CTOError } from "../src/errors/index.ts";
import { createSeal } from "../src/policy/seal.ts";
import { type Message, readMessage } from "./transaction.ts";

const { seal, open } = createSeal();

const memoOf = (meant: Meant): string => {
  if (meant.kind === "lookup-table") return `cto:1:alt:${meant.table}`;
  const { operationId, leg, legs } = meant;
  return formatMemo({ operationId, kind: meant.kind === "sweep" ? "recover" : meant.kind, leg, legs });
};

type Moves = Pick<Message, "transfers" | "mint" | "lamports" | "least" | "feePayer" | "memoSigner">;

/** Returns the content that the message should have. */
const movesOf = (meant: Meant): Moves => {
  const still = { transfers: [], mint: null, lamports: 0n, least: 0n };
  switch (meant.kind) {
    case "buy": {
      const { payer, buyer, mint, lamports, leastTokens: least, transferRents } = meant;
      const transfers =
        transferRents === null ? [] : [{ from: payer, to: buyer, lamports: lamports + transferRents }];
      return { transfers, mint, lamports, least, feePayer: payer, memoSigner: buyer };
    }
    case "fund": {
      const { payer } = meant;
      const transfers = meant.transfers.map(({ to, lamports }) => ({ from: payer, to, lamports }));
      return { ...still, transfers, feePayer: payer, memoSigner: payer };
    }
    case "recover":
    case "sweep": {
      const { wallet, to, lamports } = meant;
      const transfers = to === null ? [] : [{ from: wallet, to, lamports }];
      return { ...still, transfers, feePayer: to ?? wallet, memoSigner: wallet };
    }
    case "lookup-table":
      return { ...still, feePayer: meant.payer, memoSigner: meant.payer };
  }
};

const asText = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? String(each) : each));

export const simPolicy: Policy = {
  async approve({ messageBytes }, meant) {
    const { memo, transfers, mint, lamports, least, feePayer, memoSigner } = readMessage({ messageBytes });
    const found = asText([memo, { transfers, mint, lamports, least, feePayer, memoSigner }]);
    const { transfers: planned, ...rest } = movesOf(meant);
    const wanted = asText([memoOf(meant), { transfers: planned, ...rest }]);
    if (found !== wanted)
      throw new CTOError("CTO_E_POLICY_REFUSED", {
        kind: meant.kind,
        reason: `${found} instead of ${wanted}`,
      });
    return seal(messageBytes);
  },
};

/** Returns the message that the policy approved. @throws `CTO_E_POLICY_MISSING` */
export const approvedMessage = (approved: ApprovedTransaction): { messageBytes: Uint8Array } => ({
  messageBytes: open(approved),
});
