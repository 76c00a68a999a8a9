/** Tests that the receipt of a retry from which a wallet was left out agrees with its own rule. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import type { Operation } from "../../src/engine/ports.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { contradictions } from "../../src/receipts/contradictions.ts";
import { createReceipt } from "../../src/receipts/receipt.ts";
import { openScene } from "../engine/parts.ts";

it("states the amounts that the other wallets kept", async () => {
  const { journal, id } = await openScene(["cancelled", "cancelled"], "cancelled");
  const operation = (await journal.readOperation(id)) as Operation;
  const legs = await journal.readLegs(id);
  const own = legs.map((leg) => Number(leg.lamports));
  const request = {
    ...operation.request,
    buyLamports: lamports(BigInt(own.reduce((sum, one) => sum + one, 5_000_000))),
    weights: [...own, 5_000_000],
    retry: { of: "op_1", leastTokens: [null, null, null] },
  };
  const leftOut = [{ place: 3, walletId: "w3", address: addressOf("c"), reason: "frozen" }];
  const steps = (await journal.readSteps(id)).map((step) => ({ ...step, attempts: [] }));
  const receipt = createReceipt({ ...operation, request, leftOut }, legs, steps);
  expect(receipt.asked.lamports).toBe(String(own.reduce((sum, one) => sum + one, 0)));
  expect(receipt.split).toContain("A retry does not spend the amount of such a wallet.");
  expect(contradictions(receipt)).toEqual([]);
  const { retry: _none, ...shared } = request;
  expect(contradictions(createReceipt({ ...operation, request: shared, leftOut }, legs, steps))).toHaveLength(
    2,
  );
});
