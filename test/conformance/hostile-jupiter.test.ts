/**
 * Tests an aggregator that is honest only for the leg that is simulated for all others, with the real Jupiter and CPMM
 * programs: its requests are refused before a signature.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Address, generateKeyPairSigner, type KeyPairSigner } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { afterEach, expect, it } from "vitest";
import { createDeskChain } from "../../src/localnet/desk/desk-chain.ts";
import { writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { enqueue } from "../../src/services/operations.ts";
import { JUPITER_PROGRAM } from "../../src/venues/jupiter-program.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { openTokenAccount, tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { landings } from "../support/ledger.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";
import { putTokenAccount } from "../support/token-accounts.ts";
import { openVenueStage } from "./stage.ts";

const LEGS = 3;
/** The number of accounts of `route_v2` that precede those of its steps. */
const HEAD = 10;
const ALLOWED = [JUPITER_PROGRAM];

type Named = { pubkey: Address; isSigner: boolean; isWritable: boolean };
type Answer = { swapInstruction: { accounts: Named[] } };

let stage: Stage | undefined;
let worker: CTOWorker | undefined;
let server: Server | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  worker = stage = server = undefined;
});

/**
 * A server between us and the desk. It changes the answer to every buy of one leg's size, except the first
 * taker's.
 */
async function listenBetween(
  opened: Stage,
  legLamports: string,
  change: (answer: Answer, taker: Address) => Promise<void>,
): Promise<{ changed: () => number }> {
  let honest: string | null = null;
  let changed = 0;
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", opened.desk.url);
    const answer = await fetch(url);
    const body = (await answer.json()) as Answer;
    const taker = url.searchParams.get("taker") ?? "";
    if (url.searchParams.get("amount") === legLamports) {
      honest ??= taker;
      if (taker !== honest && answer.status === 200) {
        await change(body, taker as Address);
        changed += 1;
      }
    }
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { rpcUrl, wsUrl } = opened.localnet;
  const { genesisHash } = opened.localnet.cluster.ledger;
  const jupiterUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeLocalnetAddress(opened.config, { pid: process.pid, rpcUrl, wsUrl, genesisHash, jupiterUrl });
  worker = await createCTOWorker({ context: opened.context });
  return { changed: () => changed };
}

/** Buys for 0.3 SOL with three wallets. */
async function buy(opened: Stage, mint: Address, mode: "prefunded" | "standard" = "prefunded") {
  const { userId } = opened;
  const job = { userId, userChatId: 1, tokenAddress: mint, buyAmount: 0.3, mode, platform: "jupiter" };
  const { jobId } = await enqueue(opened.context, job, 0, { parallelism: 1, slippageBps: 300 });
  const ended = await opened.ended(jobId);
  const steps = await opened.context.journal.readSteps(jobId);
  return { ended, landed: [...landings(opened.localnet.cluster, jobId).values()], steps };
}

const openAccount = async (opened: Stage, owner: KeyPairSigner, mint: Address): Promise<Address> => {
  const chain = createDeskChain(opened.localnet.rpcUrl, owner);
  await chain.airdrop(10_000_000_000n);
  const account = await tokenAccountOf(owner.address, mint, TOKEN_PROGRAM_ADDRESS);
  const self = { buyer: owner.address, payer: owner.address };
  const open = openTokenAccount(self, account, mint, TOKEN_PROGRAM_ADDRESS);
  const accounts = (open.accounts ?? []).map((each) =>
    each.address === owner.address && (each.role & 2) === 2 ? { ...each, signer: owner } : each,
  );
  await chain.send([{ ...open, accounts }]);
  return account;
};

const tokensIn = (opened: Stage, account: Address): bigint => {
  const data = opened.localnet.cluster.account(account)?.data;
  return data === undefined ? 0n : Buffer.from(data).readBigUInt64LE(64);
};

describeWithPrograms("an aggregator that is honest for the sample alone", (folder) => {
  it("cannot have the other legs' tokens paid to a stranger, with the buyer's own account merely named", async () => {
    const { stage: opened, mint } = await openVenueStage(folder, "cpmm", "token", { buyers: LEGS });
    stage = opened;
    const thief = await openAccount(opened, await generateKeyPairSigner(), mint);
    const between = await listenBetween(opened, "100000000", async ({ swapInstruction }, taker) => {
      const own = await tokenAccountOf(taker, mint, TOKEN_PROGRAM_ADDRESS);
      swapInstruction.accounts = [
        ...swapInstruction.accounts.map((each, at) =>
          at >= HEAD && each.pubkey === own ? { ...each, pubkey: thief } : each,
        ),
        { pubkey: own, isSigner: false, isWritable: true },
      ];
    });
    const { ended, landed, steps } = await buy(opened, mint);
    expect(between.changed()).toBeGreaterThanOrEqual(LEGS - 1);
    expect(tokensIn(opened, thief)).toBe(0n);
    expect(landed).toEqual([1]);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 1, partial: true } });
    expect(steps.slice(1).map(({ attempts }) => attempts)).toEqual([[], []]);
    expect(steps[1]?.failure).toMatchObject({ code: "CTO_E_TRANSACTION_REFUSED" });
    // The proof of delivery fails in the simulation, as it would on chain.
    expect(steps[1]?.failure?.message).toContain("there are not enough tokens");
  });

  it("cannot pay the swap with what the funding wallet holds, whose signature is there", async () => {
    const { stage: opened, mint } = await openVenueStage(folder, "cpmm", "token", { buyers: LEGS });
    stage = opened;
    const { context, funding, localnet } = opened;
    const wrapped = await putTokenAccount(localnet.cluster, funding.address, WRAPPED_SOL_MINT, {
      amount: 5_000_000_000n,
    });
    // The allowed programs include the aggregator's. This does not help the attacker either.
    const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
    await context.journal.writeLimits(opened.userId, { ...none, allowedPrograms: ALLOWED });
    const between = await listenBetween(opened, "100000000", async ({ swapInstruction }, taker) => {
      const own = await tokenAccountOf(taker, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS);
      swapInstruction.accounts = swapInstruction.accounts.map((each, at) => {
        if (at < HEAD) return each;
        if (each.pubkey === taker) return { ...each, pubkey: funding.address, isSigner: true };
        return each.pubkey === own ? { ...each, pubkey: wrapped } : each;
      });
    });
    const { ended, landed, steps } = await buy(opened, mint, "standard");
    expect(between.changed()).toBeGreaterThanOrEqual(LEGS - 1);
    expect(tokensIn(opened, wrapped)).toBe(5_000_000_000n);
    expect(landed).toEqual([1]);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 1, partial: true } });
    expect(steps.slice(1).map(({ attempts }) => attempts)).toEqual([[], []]);
    expect(steps[1]?.failure).toMatchObject({ code: "CTO_E_VENUE_INVALID_ANSWER" });
    expect(steps[1]?.failure?.message).toContain(`${funding.address}, which is ours`);
  });
});

describeWithPrograms(
  "an answer in the shape of the desk's firm quote, on a cluster that is not the localnet",
  (folder) => {
    it("is refused: a plain transfer has no program that enforces a price", async () => {
      const { stage: opened } = await openVenueStage(folder, "cpmm", "token", { buyers: LEGS });
      stage = opened;
      const { rpcUrl, wsUrl } = opened.localnet;
      // This is the real desk. It sells tokens from its escrow for 3 SOL, and states the price and the impact
      // itself.
      const genesisHash = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
      const elsewhere = { pid: process.pid, rpcUrl, wsUrl, genesisHash, jupiterUrl: opened.desk.url };
      await writeLocalnetAddress(opened.config, elsewhere);
      const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
      await opened.context.journal.writeLimits(null, none);
      worker = await createCTOWorker({ context: opened.context });
      const job = { userId: opened.userId, userChatId: 1, tokenAddress: opened.mint, buyAmount: 3 };
      const asked = { ...job, mode: "prefunded" as const, platform: "jupiter" };
      const { jobId } = await enqueue(opened.context, asked, 0, { maxPriceImpactBps: 200, slippageBps: 100 });
      const ended = await opened.ended(jobId);
      expect(ended).toMatchObject({ status: "failed", result: { landed: 0, spentLamports: "0" } });
      expect(ended.failure?.message).toContain("a firm quote is taken from the localnet's own desk alone");
      expect([...landings(opened.localnet.cluster, jobId).values()]).toEqual([]);
    });
  },
);
