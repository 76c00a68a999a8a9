/**
 * Tests rents that change under an operation at one of its port calls: no lamport is lost, counted twice or invented.
 * `npm run rents` changes them at every call, up and down; this test draws some.
 */
import { type Address, lamports } from "@solana/kit";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CTOJob } from "../../src/contract/types.ts";
import { MACHINES } from "../../src/localnet/index.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { enqueue } from "../../src/services/operations.ts";
import { recover } from "../../src/services/recovery.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import fc from "../support/fast-check.ts";
import { makeHeavy } from "../support/heavy.ts";
import { readLedger } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";

/** Calls `onCall` at every call of the port. Methods of objects that the port returns count too. */
function watched<Port extends object>(port: Port, onCall: () => void): Port {
  return new Proxy(port, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        onCall();
        return Reflect.apply(value, target, args);
      };
    },
  });
}

let stage: Stage;
let worker: CTOWorker;
/** The changes of the rate that are still due. `calls` counts the port calls until then. */
let changes: { calls: number; rate: bigint }[] = [];
/** The number of port calls since the operation began. */
let calls = 0;
let users = 0;

const onCall = (): void => {
  calls += 1;
  for (const change of changes) {
    change.calls -= 1;
    if (change.calls === 0) stage.localnet.cluster.setRent(change.rate);
  }
};

const moving = (ports: WorkerPorts): WorkerPorts => ({
  ...ports,
  chain: watched(ports.chain, onCall),
  venues: watched(ports.venues, onCall),
  keyring: watched(ports.keyring, onCall),
  journal: watched(ports.journal, onCall),
});

const work = async (wrapPorts: (ports: WorkerPorts) => WorkerPorts): Promise<void> => {
  worker = await createCTOWorker({ context: stage.context, wrapPorts });
};

beforeAll(async () => {
  stage = await openStage({ buyers: 1, localnet: { ...MACHINES.today, slotMs: 60 } });
});
afterEach(() => worker.close());
afterAll(() => stage.close());

const lamportsOf = (address: Address): bigint => stage.localnet.cluster.account(address)?.lamports ?? 0n;
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n);

type Case = {
  readonly mode: CTOJob["mode"];
  readonly rate: bigint;
  readonly moves: readonly { readonly calls: number; readonly rate: bigint }[];
  /** The balance of each buyer before the operation. */
  readonly held: readonly bigint[];
};

async function operate({ mode, rate, moves, held }: Case) {
  const { context, localnet, mint } = stage;
  const { cluster } = localnet;
  users += 1;
  const userId = `user${users}`;
  await context.journal.addUser({ id: userId });
  const [funding] = await generateWallets(context, userId, 1, { role: "funding" });
  const buyers = await generateWallets(context, userId, held.length, { role: "buyer" });
  const wallets = [...buyers, ...(funding ? [funding] : [])].map(({ address }) => address);
  cluster.setRent(rate);
  for (const [at, { address }] of buyers.entries()) cluster.setBalance(address, lamports(held[at] ?? 0n));
  if (funding) cluster.setBalance(funding.address, lamports(1_000_000_000n));
  const before = sum(wallets.map(lamportsOf));
  const historyBefore = cluster.history().length;
  changes = moves.map((move) => ({ ...move }));
  calls = 0;
  const job: CTOJob = buildJob({ userId, tokenAddress: mint, buyAmount: 0.01, mode });
  const { jobId } = await enqueue(context, job, 0, {});
  const ended = await stage.ended(jobId);
  let rentOf = new Map<number, bigint>();
  /**
   * The amount by which the account that a leg opened cost more in its block than in its plan. No plan can
   * include it.
   */
  const unforeseen = async (leg: number): Promise<bigint> => {
    const steps = await context.journal.readSteps(jobId);
    const attempts = steps
      .filter((step) => step.kind === "buy" && step.number === leg)
      .flatMap((step) => step.attempts);
    const planned = attempts.find(({ status }) => status === "landed")?.costs.rent;
    const paid = rentOf.get(leg) ?? 0n;
    return planned !== undefined && paid > planned ? paid - planned : 0n;
  };
  /**
   * Checks that the wallets' loss equals the tokens' price, the fees, and the rent of the accounts that hold
   * the tokens.
   */
  const expectConserved = async (): Promise<void> => {
    const ledger = readLedger(cluster, historyBefore).filter(({ signers }) =>
      signers.some((signer) => wallets.includes(signer)),
    );
    const fees = sum(ledger.map(({ fee }) => fee));
    const landed = new Set(
      ledger.flatMap(({ failed, memos }) =>
        failed ? [] : memos.filter(({ kind }) => kind === "buy").map(({ leg }) => leg),
      ),
    );
    const legs = await context.journal.readLegs(jobId);
    const spent = sum(legs.filter(({ index }) => landed.has(index)).map((leg) => leg.lamports));
    const accounts = await Promise.all(
      buyers.map(({ address: owner }) =>
        findAssociatedTokenPda({ owner, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS }),
      ),
    );
    const rents = sum(accounts.map(([account]) => lamportsOf(account)));
    rentOf = new Map(accounts.map(([account], at) => [at + 1, lamportsOf(account)]));
    expect(before - sum(wallets.map(lamportsOf))).toBe(spent + fees + rents);
    const steps = await context.journal.readSteps(jobId);
    const claimed = steps.filter(({ kind, status }) => kind === "buy" && status === "finalized");
    expect(new Set(claimed.map(({ number }) => number))).toEqual(landed);
    const reader = createChainReader(localnet.rpcUrl);
    const { problems } = await verifyReceipt(await loadReceipt(context, jobId, reader), reader);
    expect(problems).toEqual([]);
  };
  return { jobId, ended, buyers, expectConserved, unforeseen };
}

const LOWEST = 696n;
const HIGHEST = 6_960n;
const rate = fc.bigInt({ min: LOWEST, max: HIGHEST });
/** A wallet that is new to the chain, one below the rent-exempt minimum of some rates, and one above. */
const poor = fc.constantFrom(0n, 300_000n, 1_000_000n);
const EVERY_CALL = process.env.CTO_RENTS === "every";

/** Changes the rate up and down at some of an operation's port calls, or at every one. */
async function movesAt(plain: Omit<Case, "moves" | "rate">) {
  await operate({ ...plain, rate: 5_080n, moves: [] });
  const count = calls;
  const move = fc.record({ calls: fc.integer({ min: 1, max: count }), rate });
  const moves = fc.array(move, { minLength: 1, maxLength: 2 });
  const examples = Array.from({ length: count }, (_, at) => at + 1).flatMap((at) =>
    [
      [LOWEST, HIGHEST],
      [HIGHEST, LOWEST],
    ].map(([first = 0n, then = 0n]): [bigint, { calls: number; rate: bigint }[], bigint[]] => [
      first,
      [{ calls: at, rate: then }],
      [...plain.held],
    ]),
  );
  const runs = EVERY_CALL ? { examples, numRuns: examples.length } : { numRuns: 4 };
  return { moves, runs: { ...runs, endOnFailure: true } };
}

describe("whatever rents do between any two steps of an operation", () => {
  it(
    "in standard mode, every lamport is accounted for by the chain",
    async () => {
      await work(moving);
      const legs = fc.array(poor, { minLength: 2, maxLength: 3 });
      const { moves, runs } = await movesAt({ mode: "standard", held: [0n, 1_000_000n] });
      await fc.assert(
        fc.asyncProperty(rate, moves, legs, async (first, moved, held) => {
          const { ended, expectConserved } = await operate({
            mode: "standard",
            rate: first,
            moves: moved,
            held,
          });
          expect(ended.result).toMatchObject({ landed: held.length });
          await expectConserved();
        }),
        runs,
      );
    },
    EVERY_CALL ? 3_600_000 : 300_000,
  );

  it("a leg that a rise refuses before it is signed is planned anew", async () => {
    await work(moving);
    const moves = [
      { calls: 14, rate: 6_244n },
      { calls: 29, rate: 3_953n },
    ];
    const held = [300_000n, 0n];
    const { ended, expectConserved } = await operate({ mode: "standard", rate: 698n, moves, held });
    expect(ended.result).toMatchObject({ landed: 2 });
    await expectConserved();
  });

  it(
    "in prefunded mode, too",
    async () => {
      await work(moving);
      const legs = fc.array(fc.constant(50_000_000n), { minLength: 2, maxLength: 3 });
      const { moves, runs } = await movesAt({ mode: "prefunded", held: [50_000_000n, 50_000_000n] });
      await fc.assert(
        fc.asyncProperty(rate, moves, legs, async (first, moved, held) => {
          const { ended, expectConserved } = await operate({
            mode: "prefunded",
            rate: first,
            moves: moved,
            held,
          });
          expect(ended.result).toMatchObject({ landed: held.length });
          await expectConserved();
        }),
        runs,
      );
    },
    EVERY_CALL ? 3_600_000 : 300_000,
  );

  it(
    "where buyers are funded ahead, what a leg had no use for comes back",
    async () => {
      const heavy = await makeHeavy();
      await work((ports) => moving(heavy(ports)));
      const some = fc.constantFrom(0n, 300_000n, 1_000_000n, 50_000_000n);
      const legs = fc.array(some, { minLength: 2, maxLength: 3 });
      const { moves, runs } = await movesAt({ mode: "standard", held: [0n, 50_000_000n] });
      await fc.assert(
        fc.asyncProperty(rate, moves, legs, async (first, moved, held) => {
          const { jobId, buyers, expectConserved, unforeseen } = await operate({
            mode: "standard",
            rate: first,
            moves: moved,
            held,
          });
          await expectConserved();
          changes = [{ calls: 3, rate: first }];
          expect((await recover(stage.context, jobId)).state).toBe("done");
          await expectConserved();
          // Apart from its own money, or the minimum at the highest rate, a wallet keeps less than a return
          // would cost.
          for (const [at, { address }] of buyers.entries()) {
            const own = held[at] ?? 0n;
            const least = own > 128n * 6_960n ? own : 128n * 6_960n;
            expect(lamportsOf(address)).toBeLessThan(least + 20_000n);
            // The wallet's own money did not pay for a rise of the rent.
            expect(lamportsOf(address)).toBeGreaterThanOrEqual(own - (await unforeseen(at + 1)));
          }
        }),
        runs,
      );
    },
    EVERY_CALL ? 3_600_000 : 300_000,
  );
});
