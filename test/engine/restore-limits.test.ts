/** Attacks the limits by a restore: what was bought after the backup must count like everything else (P6, ADR 22). */
import { expect, it } from "vitest";
import { runOperation } from "../../src/engine/operation/run.ts";
import { settleOperation } from "../../src/engine/operation/settle.ts";
import type { Operation } from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { addressOf, attemptOf, USER } from "../../src/journal/contract/harness.ts";
import { openScene } from "./parts.ts";

it("counts the spending of a leg that is found on chain, whose reservation is not in the backup", async () => {
  const scene = await openScene(["ready"], null);
  const { journal, script, ports, id, wallets } = scene;
  await journal.declareRestore({ by: "ops", reason: "test", since: 800n, lastValidBlockHeight: 500n });
  const found = attemptOf(2, "after the backup");
  const memo = `cto:1:${id}:buy:1/1`;
  script.histories = [
    {
      endpoint: "one",
      finalizedBlockHeight: 502n,
      lines: [{ signature: found.signature, slot: 900n, failed: false, memos: [memo] }],
      complete: true,
      firstAvailableSlot: 0n,
    },
  ];
  script.finals.set(found.signature, {
    signature: found.signature,
    slot: 900n,
    failed: false,
    wire: found.wire,
    messageVersion: 1,
    blockhash: found.blockhash,
    fee: 5_000n,
    memos: [{ text: memo, signers: [addressOf("wallet 1")] }],
  });
  script.view = { state: "finalized", slot: 900n, failure: null };
  const lease = await scene.lease();
  const settings = { ...ENGINE_DEFAULTS, reviewAfterMs: -1 };
  const { signal } = new AbortController();
  const ended = await runOperation(ports, id, { lease, wallets, settings, signal });
  expect(ended).toMatchObject({ status: "completed" });
  await journal.releaseLease(lease);
  await settleOperation(ports, (await journal.readOperation(id)) as Operation, {
    owner: "settler",
    timeoutMs: 1,
    reviewAfterMs: -1,
  });
  const [leg] = await journal.readLegs(id);
  const { day, wallets: ever } = await journal.readSpending(USER);
  expect(day.spending).toBe(leg?.lamports);
  expect(ever.get(leg?.walletId ?? "")?.spending).toBe(leg?.lamports);
});
