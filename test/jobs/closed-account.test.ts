/**
 * Tests a buyer whose owner closes its token account, and takes the rent, after the survey has read it: the buy fails
 * completely and is planned again, so that no wallet pays a rent that no limit counts.
 */
import { type Address, lamports } from "@solana/kit";
import { afterEach, expect, it, vi } from "vitest";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { setLimits } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openVenueStage } from "../conformance/stage.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";
import { putTokenAccount } from "../support/token-accounts.ts";

const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const lamportsOf = (address: Address): bigint => stage.localnet.cluster.account(address)?.lamports ?? 0n;

/** Closes the account, as its owner can: the wallet gets its lamports. */
const close = (wallet: Address, account: Address): void => {
  const { cluster } = stage.localnet;
  cluster.setBalance(wallet, lamports(lamportsOf(wallet) + lamportsOf(account)));
  const gone = { lamports: lamports(0n), owner: SYSTEM_PROGRAM, data: new Uint8Array(), executable: false };
  cluster.setAccount({ address: account, ...gone });
};

/** Does the work before the first broadcast, or before the sample's simulation. */
const closing =
  (when: "broadcast" | "simulate", work: () => void) =>
  (ports: WorkerPorts): WorkerPorts => {
    let done = false;
    const once = (): void => {
      if (!done) work();
      done = true;
    };
    const chain: WorkerPorts["chain"] = {
      ...ports.chain,
      broadcast: (...asked) => {
        if (when === "broadcast") once();
        return ports.chain.broadcast(...asked);
      },
      simulate: (...asked) => {
        if (when === "simulate") once();
        return ports.chain.simulate(...asked);
      },
    };
    return { ...ports, chain };
  };

describeWithPrograms("a buyer that closes an account between survey and landing", (folder) => {
  it.each([
    ["pumpfun", "token account", "broadcast"],
    ["jupiter", "wrapped-SOL account", "simulate"],
  ] as const)(
    "buys at %s once its %s is seen to be gone (%s), and limits count all",
    async (platform, what, when) => {
      const launched = platform === "pumpfun" ? "pumpfun" : "cpmm";
      const opened = await openVenueStage(folder, launched, "token", { buyers: 2, localnet: { slotMs: 60 } });
      stage = opened.stage;
      const { context, userId, buyers, funding, localnet } = stage;
      await setLimits(context, userId, { maxUserDayLamports: null });
      const mint = what === "token account" ? opened.mint : WRAPPED_SOL_MINT;
      for (const { address } of buyers.slice(1)) await putTokenAccount(localnet.cluster, address, mint);
      const [first] = buyers;
      if (first === undefined) throw new Error("no buyer");
      const account = await putTokenAccount(localnet.cluster, first.address, mint);
      const wrapPorts = closing(when, () => close(first.address, account));
      worker = await createCTOWorker({ context, wrapPorts });
      const before = lamportsOf(funding.address);

      const job = {
        userId,
        userChatId: 1,
        tokenAddress: opened.mint,
        buyAmount: 0.2,
        mode: "standard",
        platform,
      };
      const { jobId } = await enqueue(context, job, 0, {});
      const ended = await stage.ended(jobId);
      expect(ended).toMatchObject({ status: "completed", result: { landed: 2 } });
      const tried = ended.result.legs.map(({ attempts }) => attempts);
      expect(tried).toEqual(when === "broadcast" ? [2, 1] : [1, 1]);

      await vi.waitFor(async () => expect((await context.journal.readOperation(jobId))?.settled).toBe(true), {
        timeout: 60_000,
      });
      const { spending, costs } = (await context.journal.readSpending(userId)).day;
      expect(spending).toBe(200_000_000n);
      expect(spending + costs).toBe(before - lamportsOf(funding.address));
    },
  );
});
