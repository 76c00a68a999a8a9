/** Tests which returns of other operations took from what a wallet had before its funding. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import type { Journal } from "../../src/engine/ports.ts";
import { takenByOthers } from "../../src/engine/recovery/taken.ts";
import {
  acquire,
  addressOf,
  attemptOf,
  inserted,
  legsOf,
  planned,
  requestOf,
} from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";

async function land(journal: Journal, stepId: string, slot: bigint | undefined, more: object) {
  const lease = await acquire(journal);
  const step = await journal.readStep(stepId);
  if (step === null) throw new Error("no step");
  const { version } = await inserted(journal, step, lease, { ...attemptOf(1, stepId), ...more });
  const landed = { number: 1, status: "landed", ...(slot === undefined ? {} : { slot }) } as const;
  await journal.changeStep(stepId, version, lease, { status: "finalized", attempt: landed });
  await journal.releaseLease(lease);
}

/** Another operation of one leg that has returned 3,000,000 lamports in slot 60. */
async function returned(journal: Journal, mode: "standard" | "prefunded", fundedIn?: bigint, rents = 0n) {
  const { id, lease, first } = await planned(journal, 1, "other", { mode });
  if (fundedIn !== undefined) await journal.writeFunding(id, lease, 1);
  await journal.changeStep(first.id, first.version, lease, { status: "failed" });
  await journal.releaseLease(lease);
  const funded = [{ leg: 1, lamports: lamports(3_000_000n) }];
  if (fundedIn !== undefined) await land(journal, `${id}.fund.1`, fundedIn, { funded });
  const again = await acquire(journal);
  await journal.changeOperation(id, again, { status: "failed", progress: 100 });
  await journal.markSettled(id);
  await journal.requestRecovery(id);
  const plan = {
    leg: 1,
    owed: lamports(3_000_000n),
    before: lamports(0n),
    accounts: [{ address: addressOf("account"), lamports: lamports(rents) }],
  };
  await journal.writeRecovery(id, again, [plan], [1]);
  await journal.releaseLease(again);
  await land(journal, `${id}.recover.1`, 60n, { returned: lamports(3_000_000n) });
}

const takenSince = async (slot: bigint, ...other: readonly ["standard" | "prefunded", bigint?, bigint?]) => {
  const journal = createMemoryJournal({ now: () => new Date() });
  await returned(journal, ...other);
  const { id, lease } = await planned(journal, 1, "mine", { mode: "standard" });
  await journal.releaseLease(lease);
  const operation = await journal.readOperation(id);
  const [leg] = await journal.readLegs(id);
  if (operation === null || leg === undefined) throw new Error("no operation");
  return (await takenByOthers({ ports: { journal }, operation }))(leg.walletId, slot).recovered;
};

it("counts what was funded before this operation, and returned since", async () => {
  expect(await takenSince(50n, "standard", 40n)).toBe(3_000_000n);
});

it("does not count what was funded after this operation", async () => {
  expect(await takenSince(50n, "standard", 55n)).toBe(0n);
});

it("does not count rents that came back into the wallet itself", async () => {
  expect(await takenSince(50n, "prefunded")).toBe(0n);
  expect(await takenSince(50n, "standard")).toBe(0n);
});

it("does not count the rents of accounts, which were no part of the balance", async () => {
  expect(await takenSince(50n, "standard", 40n, 1_000_000n)).toBe(2_000_000n);
});

it("does not count what was funded in the same slot, because their order is unknown", async () => {
  expect(await takenSince(50n, "standard", 50n)).toBe(0n);
});

/** A sweep that landed by a person's decision, which names no slot. @param blockhashSlot when it was signed, about */
async function sweptSince(slot: bigint, blockhashSlot: bigint) {
  const journal = createMemoryJournal({ now: () => new Date() });
  await journal.createOperation({ id: "sweep", request: requestOf({ mode: "standard", purpose: "sweep" }) });
  const lease = await acquire(journal);
  await journal.beginOperation("sweep", lease);
  await journal.writePlan("sweep", lease, legsOf(1), "recover");
  await journal.releaseLease(lease);
  await land(journal, "sweep.recover.1", undefined, { returned: lamports(1n), blockhashSlot });
  const { id, lease: mine } = await planned(journal, 1, "mine", { mode: "standard" });
  await journal.releaseLease(mine);
  const operation = await journal.readOperation(id);
  const [leg] = await journal.readLegs(id);
  if (operation === null || leg === undefined) throw new Error("no operation");
  return (await takenByOthers({ ports: { journal }, operation }))(leg.walletId, slot).swept;
}

it("counts a sweep without a slot from the time when it may have landed", async () => {
  expect(await sweptSince(500n, 510n)).toBe(true);
  expect(await sweptSince(500n, 490n)).toBe(true);
  expect(await sweptSince(5_000n, 490n)).toBe(false);
});
