/** Tests a buyer that already has wrapped SOL: it stays wrapped, and receipt, costs and chain agree. */
import type { Address } from "@solana/kit";
import { getTokenDecoder } from "@solana-program/token";
import { afterEach, expect, it } from "vitest";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openVenueStage } from "../conformance/stage.ts";
import { buildJob } from "../support/build-job.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";
import { putTokenAccount } from "../support/token-accounts.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const wrappedAt = (address: Address) => {
  const account = stage.localnet.cluster.account(address);
  return account && { lamports: account.lamports, amount: getTokenDecoder().decode(account.data).amount };
};

describeWithPrograms("a buyer that has wrapped SOL already", (folder) => {
  it.each([
    ["cpmm", "standard"],
    ["cpmm", "prefunded"],
    ["jupiter", "standard"],
    ["jupiter", "prefunded"],
  ])(
    "keeps it wrapped, bought by %s in %s mode, and the receipt is what the chain says",
    async (platform, mode) => {
      const opened = await openVenueStage(folder, "cpmm", "token", { buyers: 3 });
      stage = opened.stage;
      const { context, localnet, userId, buyers } = stage;
      const [none, empty, some] = buyers.map(({ address }) => address) as [Address, Address, Address];
      const put = (wallet: Address, amount: bigint) =>
        putTokenAccount(localnet.cluster, wallet, WRAPPED_SOL_MINT, { amount });
      const accounts = [await put(empty, 0n), await put(some, 400_000_000n)];
      const before = accounts.map(wrappedAt);

      worker = await createCTOWorker({ context });
      const job = buildJob({ userId, tokenAddress: opened.mint, mode, platform });
      const { jobId } = await enqueue(context, job, 0, {});
      const ended = await stage.ended(jobId);
      expect(ended).toMatchObject({ status: "completed", result: { landed: 3, venue: platform } });

      expect(accounts.map(wrappedAt)).toEqual(before);
      expect(before.map((one) => one?.amount)).toEqual([0n, 400_000_000n]);
      // Three token accounts. In standard mode there is one more: the funding wallet paid for an account
      // whose rent went to the buyer.
      const rent = localnet.cluster.rentExemption(165n);
      const lent = mode === "standard" ? rent : 0n;
      expect(ended.result.costs.rentLamports).toBe(String(3n * rent + lent));
      const reader = createChainReader(localnet.rpcUrl);
      const receipt = await loadReceipt(context, jobId, reader);
      expect(await verifyReceipt(receipt, reader)).toMatchObject({ ok: true, problems: [] });
      expect(localnet.cluster.account(none)).not.toBeNull();
    },
  );
});
