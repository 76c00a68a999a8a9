/** Tests what is reserved for a step, what stays counted when the step is at rest, and the text of a refusal. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { reserveAttempt } from "../../src/engine/limits/admission.ts";
import { limitsFor } from "../../src/engine/limits/limits.ts";
import {
  costsOf,
  count,
  feesLost,
  requireRoom,
  reservationsOf,
  settleReserved,
} from "../../src/engine/limits/reservations.ts";
import type { Attempt, Costs, LimitSet, NewLeg, Step } from "../../src/engine/ports.ts";
import type { CTOError } from "../../src/errors/index.ts";
import { addressOf, attemptOf, requestOf, USER } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { DAY_MS } from "../../src/journal/spending.ts";

const costs = (network: bigint, priority: bigint, rent: bigint): Costs => ({
  network: lamports(network),
  priority: lamports(priority),
  rent: lamports(rent),
});

const attempt = (number: number, over: Partial<Attempt>): Attempt => ({
  ...attemptOf(number),
  status: "live",
  createdAt: new Date(0),
  costs: costs(10_000n, 200n, 2_000_000n),
  ...over,
});

const step = (over: Partial<Step> = {}): Step => ({
  id: "op1.buy.1",
  operationId: "op1",
  kind: "buy",
  number: 1,
  status: "ready",
  version: 1,
  attempts: [],
  ...over,
});

const leg = (index: number): NewLeg => ({
  index,
  walletId: `w${index}`,
  address: addressOf(`wallet ${index}`),
  lamports: lamports(1_000_000n),
  tokensBefore: 0n,
});

const limits = (set: LimitSet) => limitsFor({ everyone: set, own: null }, false);
const onChain = { status: "dead", slot: 900n, reason: "custom error 1" } as const;
const expired = { status: "dead", reason: "its blockhash expired" } as const;

async function journalWithOperation() {
  const journal = createMemoryJournal({ now: () => new Date() });
  const operation = { request: requestOf({}) };
  const day = async () => (await journal.readSpending(USER)).day;
  return { journal, operation, day };
}

describe("what is reserved", () => {
  const costsOfLeg = () => costs(10_000n, 200n, 2_000_000n);

  it("is the spending on the buyer and the costs on the funding wallet, or on the buyer that pays for itself", () => {
    const funded = reservationsOf([step()], [leg(1)], {
      costsOf: costsOfLeg,
      funding: { walletId: "funding" },
    });
    expect(funded).toEqual([
      { stepId: "op1.buy.1", kind: "spending", walletId: "w1", lamports: 1_000_000n },
      { stepId: "op1.buy.1", kind: "costs", walletId: "funding", lamports: 2_010_200n },
    ]);
    const own = reservationsOf([step()], [leg(1)], { costsOf: costsOfLeg, funding: null });
    expect(own.map(({ walletId }) => walletId)).toEqual(["w1", "w1"]);
  });

  it("has the fees of attempts that failed on chain, and nothing of one that expired", () => {
    const attempts = [attempt(1, onChain), attempt(2, expired)];
    expect(feesLost(attempts)).toBe(10_200n);
    expect(costsOf(step({ attempts }), "funding", costs(10_000n, 450n, 0n)).lamports).toBe(20_650n);
  });

  it("grows by the difference before a dearer attempt is signed, or the attempt is refused", async () => {
    const { journal, operation, day } = await journalWithOperation();
    const first = costs(10_000n, 200n, 0n);
    const run = { ports: { journal }, operation } as unknown as Parameters<typeof reserveAttempt>[0];
    await journal.reserveSpending(USER, [costsOf(step(), "funding", first)], {
      operationLamports: null,
      userDayLamports: null,
      walletLifetimeLamports: null,
    });
    const again = step({ attempts: [attempt(1, expired)] });
    const dearer = costs(10_000n, 300n, 0n);
    const asked = { walletId: "funding", costs: dearer, reserved: first };
    const tight = limits({ maxUserDayLamports: lamports(10_299n) });
    await expect(reserveAttempt(run, tight, { step: again, ...asked })).rejects.toMatchObject({
      code: "CTO_E_LIMIT_EXCEEDED",
    });
    expect((await day()).costs).toBe(10_200n);
    const enough = limits({ maxUserDayLamports: lamports(10_300n) });
    await reserveAttempt(run, enough, { step: again, ...asked });
    expect((await day()).costs).toBe(10_300n);
    // The same applies to a first attempt that costs more than its market stated.
    const other = step({ id: "op1.buy.2", number: 2 });
    await expect(reserveAttempt(run, enough, { step: other, ...asked })).rejects.toThrow();
  });

  it("of a return is counted whatever the limits are", async () => {
    const { journal, day } = await journalWithOperation();
    await count(journal, USER, costsOf(step({ id: "op1.recover.1" }), "funding", costs(10_000n, 0n, 0n)));
    expect(await day()).toEqual({ spending: 0n, costs: 10_000n });
  });
});

describe("what stays counted", () => {
  async function settledAs(over: Partial<Step>) {
    const { journal, operation, day } = await journalWithOperation();
    await journal.reserveSpending(
      USER,
      [
        { stepId: "op1.buy.1", kind: "spending", walletId: "w1", lamports: lamports(1_000_000n) },
        { stepId: "op1.buy.1", kind: "costs", walletId: "funding", lamports: lamports(3_000_000n) },
      ],
      { operationLamports: null, userDayLamports: null, walletLifetimeLamports: null },
    );
    await settleReserved({ journal }, operation, [step(over)]);
    return day();
  }
  const reserved = { spending: 1_000_000n, costs: 3_000_000n };

  it("is everything while a step may still land, or may be taken back", async () => {
    for (const status of ["in_flight", "needs_review"] as const)
      expect(await settledAs({ status, attempts: [attempt(1, {})] })).toEqual(reserved);
    const landed = attempt(1, { status: "landed", slot: 900n });
    expect(await settledAs({ status: "confirmed", attempts: [landed] })).toEqual(reserved);
  });

  it("of a final step are the costs that it really had, those of failed attempts included", async () => {
    const attempts = [attempt(1, onChain), attempt(2, { status: "landed", slot: 950n })];
    const day = await settledAs({ status: "finalized", attempts });
    expect(day).toEqual({ spending: 1_000_000n, costs: 10_200n + 2_010_200n });
  });

  it("counts for 24 hours from when it left, not from when it was reserved", async () => {
    const landed = [attempt(1, { status: "landed", slot: 950n })];
    for (const [kind, taken] of [
      ["buy", { spending: 6n, costs: 2_010_200n }],
      // The minimums that a funding leaves with its buyers are in no attempt.
      ["fund", { spending: 0n, costs: 3_000_000n }],
      ["recover", { spending: 0n, costs: 2_010_200n }],
    ] as const) {
      let at = 0;
      const journal = createMemoryJournal({ now: () => new Date(at) });
      const [stepId, none] = [`op1.${kind}.1`, null];
      const caps = { operationLamports: none, userDayLamports: none, walletLifetimeLamports: none };
      const costsRow = {
        stepId,
        kind: "costs",
        walletId: "funding",
        lamports: lamports(3_000_000n),
      } as const;
      const spending = { stepId, kind: "spending", walletId: "w1", lamports: lamports(6n) } as const;
      await journal.reserveSpending(USER, kind === "buy" ? [spending, costsRow] : [costsRow], caps);
      at = 10 * DAY_MS;
      const final = step({ id: stepId, kind, status: "finalized", attempts: landed });
      await settleReserved({ journal }, { request: requestOf() }, [final]);
      expect((await journal.readSpending(USER)).day).toEqual(taken);
      at += DAY_MS - 1;
      expect((await journal.readSpending(USER)).day).toEqual(taken);
      at += 1;
      expect((await journal.readSpending(USER)).day).toEqual({ spending: 0n, costs: 0n });
    }
  });

  it("of a dead step are the fees that it has cost, and nothing else", async () => {
    expect(await settledAs({ status: "cancelled" })).toEqual({ spending: 0n, costs: 0n });
    const attempts = [attempt(1, expired), attempt(2, onChain)];
    expect(await settledAs({ status: "failed", attempts })).toEqual({ spending: 0n, costs: 10_200n });
  });
});

describe("a refusal", () => {
  const asked = [
    { kind: "spending", walletId: "w1", lamports: lamports(1_000_000_000n) },
    { kind: "costs", walletId: "funding", lamports: lamports(100_000_000n) },
  ] as const;
  const none = { day: { spending: 0n, costs: 0n }, wallets: new Map() };

  it.each<[string, LimitSet, string]>([
    ["an operation", { maxOperationLamports: lamports(500_000_000n) }, "0.4 SOL fit beside these costs"],
    ["a user within 24 hours", { maxUserDayLamports: lamports(1_050_000_000n) }, "0.95 SOL fit"],
    ["a user within 24 hours", { maxUserDayLamports: lamports(90_000_000n) }, "nothing fits"],
  ])("by the limit on %s names what would fit", (limit, set, fits) => {
    const refused = expect.objectContaining({
      code: "CTO_E_LIMIT_EXCEEDED",
      context: expect.objectContaining({ limit, fits: expect.stringContaining(fits) }),
    });
    expect(() => requireRoom(limits(set), none, asked)).toThrow(refused);
  });

  it.each<[string, LimitSet, string, boolean]>([
    ["--per-operation", { maxOperationLamports: lamports(1n) }, "0 SOL", false],
    ["--per-day", { maxUserDayLamports: lamports(1n) }, "0.5 SOL", true],
    ["--per-wallet", { maxWalletLifetimeLamports: lamports(1n) }, "0.25 SOL", false],
  ])("by the limit of %s says how that limit makes room", (option, set, spent, makesRoom) => {
    const held = {
      day: { spending: 500_000_000n, costs: 0n },
      wallets: new Map([["w1", { spending: 250_000_000n, costs: 0n }]]),
    };
    try {
      requireRoom(limits(set), held, asked);
      expect.fail("was not refused");
    } catch (error) {
      const { message, remedy } = error as CTOError;
      expect(message.includes(`beside ${spent} already spent`)).toBe(spent !== "0 SOL");
      expect(message).not.toContain("beside 0 SOL");
      expect(remedy).toContain(`\`cto limits set <user> ${option}\``);
      expect(remedy.includes("wait until earlier spending is older than 24 hours")).toBe(makesRoom);
      expect(remedy.includes("let other wallets buy")).toBe(option === "--per-wallet");
    }
  });

  it("by a wallet's limit names the wallet that pays the costs", () => {
    const held = { ...none, wallets: new Map([["funding", { spending: 0n, costs: 950_000_000n }]]) };
    const set = { maxWalletLifetimeLamports: lamports(1_000_000_000n) };
    expect(() => requireRoom(limits(set), held, asked)).toThrow(/a wallet, ever \(funding\) is 1 SOL/);
  });

  it("does not come while everything fits", () => {
    const set = {
      maxOperationLamports: lamports(1_100_000_000n),
      maxUserDayLamports: lamports(1_100_000_000n),
      maxWalletLifetimeLamports: lamports(1_000_000_000n),
    };
    expect(() => requireRoom(limits(set), none, asked)).not.toThrow();
  });
});
