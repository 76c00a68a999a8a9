/** Tests that a signed return is drafted again when somebody made it fail, on chain or at one endpoint's preflight. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { recoverOperation } from "../../src/engine/recovery/recover.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { attemptOf, inserted } from "../../src/journal/contract/harness.ts";
import { dead, openScene, says, unavailable } from "./parts.ts";
import { OWED } from "./returning.ts";

/** The return is signed. @returns how the run leaves its step, after the next draft found no endpoint */
async function run(how: "on chain" | "preflight") {
  const opened = await openScene(["finalized"], "completed");
  const { journal, id, ports, script } = opened;
  await journal.markSettled(id);
  await journal.requestRecovery(id);
  const lease = await opened.lease();
  await journal.writeRecovery(id, lease, [OWED], [1]);
  const step = await journal.readStep(`${id}.recover.1`);
  if (step === null) throw new Error("no step");
  await inserted(journal, step, lease, { ...attemptOf(1, step.id), returned: lamports(1_000n) });
  const failure = { error: { InstructionError: [2, { Custom: 11 }] }, message: "the account is not empty" };
  script.evidence = how === "on chain" ? says({ slot: 905n, finalized: true, failure }) : dead(252n);
  script.view = how === "on chain" ? { state: "finalized", slot: 905n, failure } : { state: "unseen" };
  const chain = {
    ...ports.chain,
    computeUnitPrice: async () => 0n,
    readTokenAccounts: async () => Promise.reject(unavailable()),
    broadcast: async () => (how === "preflight" ? { refused: failure } : ("sent" as const)),
  };
  const clock = { now: () => new Date(), sleep: () => new Promise<void>((done) => setTimeout(done, 1)) };
  const settings = { ...ENGINE_DEFAULTS, times: { reviewAfterMs: -1, rebroadcastMs: 1 } };
  const signal = new AbortController().signal;
  await recoverOperation({ ...ports, chain, clock }, id, {
    lease,
    wallets: opened.wallets,
    signal,
    settings,
  }).catch(() => undefined);
  const after = await journal.readStep(`${id}.recover.1`);
  return [after?.status, after?.attempts[0]?.status];
}

it.each(["on chain", "preflight"] as const)("is drafted again when it failed %s", async (how) => {
  expect(await run(how)).toEqual(["ready", "dead"]);
});
