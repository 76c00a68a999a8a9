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
import { launchToken } from "../../src/localnet/launch/index.ts";
import { writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { enqueue } from "../../src/services/operations.ts";
import { sortByBytes } from "../../src/venues/byte-order.ts";
import {
  authorityAddress,
  CPMM_PROGRAM,
  configOf,
  observationOf,
  poolOf,
  vaultOf,
} from "../../src/venues/cpmm/program.ts";
import { JUPITER_PROGRAM } from "../../src/venues/jupiter-program.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { openTokenAccount, tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";
import { putTokenAccount, tokenAccountData } from "../support/token-accounts.ts";
import { openVenueStage } from "./stage.ts";

const LEGS = 3;
const LEG_LAMPORTS = "100000000";
/** The number of accounts of `route_v2` that precede those of its steps. */
const HEAD = 10;
const ALLOWED = [JUPITER_PROGRAM];

type Named = { pubkey: Address; isSigner: boolean; isWritable: boolean };
type Answer = {
  outAmount: string;
  otherAmountThreshold: string;
  swapInstruction: { accounts: Named[]; data: string };
};
type Asked = { taker: Address; amount: string };
type Change = (answer: Answer, asked: Asked) => Promise<void>;

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

/** Starts a worker, and between it and the desk a server that changes the answers. */
async function listenBetween(
  opened: Stage,
  change: Change,
  { genesisHash }: { genesisHash: string } = opened.localnet.cluster.ledger,
): Promise<void> {
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", opened.desk.url);
    const answer = await fetch(url);
    const body = (await answer.json()) as Answer;
    const taker = url.searchParams.get("taker") as Address;
    if (answer.status === 200) await change(body, { taker, amount: url.searchParams.get("amount") ?? "" });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { rpcUrl, wsUrl } = opened.localnet;
  const jupiterUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeLocalnetAddress(opened.config, { pid: process.pid, rpcUrl, wsUrl, genesisHash, jupiterUrl });
  worker = await createCTOWorker({ context: opened.context });
}

/** Changes the answer to every buy of one leg's size, except the first taker's. */
function exceptSample(change: (answer: Answer, taker: Address) => Promise<void>) {
  let honest: Address | null = null;
  let changed = 0;
  const changeOthers: Change = async (answer, { taker, amount }) => {
    if (amount !== LEG_LAMPORTS) return;
    honest ??= taker;
    if (taker === honest) return;
    await change(answer, taker);
    changed += 1;
  };
  return { change: changeOthers, changed: () => changed };
}

/** Buys for 0.3 SOL with three wallets. */
async function buy(opened: Stage, mint: Address, mode: "prefunded" | "standard" = "prefunded") {
  const { userId } = opened;
  const job = buildJob({ userId, tokenAddress: mint, mode, platform: "jupiter" });
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

/**
 * Launches a token that is worth more than a lamport per unit, and gives a wallet some.
 * @returns the mint, and the wallet's account
 */
async function giveHeirloom(
  { localnet }: Stage,
  wallet: Address,
): Promise<[mint: Address, account: Address]> {
  const { cluster, rpcUrl } = localnet;
  const mint = await launchToken(rpcUrl, "cpmm", "token");
  const pool = await poolOf(await configOf(0), sortByBytes(mint, WRAPPED_SOL_MINT));
  const vault = await vaultOf(pool, mint);
  const { owner, lamports } = cluster.account(vault) ?? expect.fail("no vault");
  const data = tokenAccountData(mint, await authorityAddress(), { amount: 1_000_000_000n });
  cluster.setAccount({ address: vault, owner, lamports, data, executable: false });
  return [mint, await putTokenAccount(cluster, wallet, mint, { amount: 5_000_000_000n })];
}

/** Lets the route begin with a sale of what the buyer holds of another token. The program lets such a route pass. */
async function sellFirst({ swapInstruction }: Answer, buyer: Address, mint: Address): Promise<void> {
  const pool = await poolOf(await configOf(0), sortByBytes(mint, WRAPPED_SOL_MINT));
  const own = (of: Address) => tokenAccountOf(buyer, of, TOKEN_PROGRAM_ADDRESS);
  const reads = (pubkey: Address): Named => ({ pubkey, isSigner: false, isWritable: false });
  const writes = (pubkey: Address): Named => ({ pubkey, isSigner: false, isWritable: true });
  const sale = [
    reads(CPMM_PROGRAM),
    { pubkey: buyer, isSigner: true, isWritable: false },
    reads(await authorityAddress()),
    reads(await configOf(0)),
    writes(pool),
    writes(await own(mint)),
    writes(await own(WRAPPED_SOL_MINT)),
    writes(await vaultOf(pool, mint)),
    writes(await vaultOf(pool, WRAPPED_SOL_MINT)),
    reads(TOKEN_PROGRAM_ADDRESS),
    reads(TOKEN_PROGRAM_ADDRESS),
    reads(mint),
    reads(WRAPPED_SOL_MINT),
    writes(await observationOf(pool)),
  ];
  swapInstruction.accounts.splice(HEAD, 0, ...sale);
  // Two steps by CPMM, each with everything: from the first token to a second, and from there to the last.
  const plan = [2, 0, 0, 0, 46, 0x10, 0x27, 0, 1, 46, 0x10, 0x27, 1, 2];
  const head = Buffer.from(swapInstruction.data, "base64").subarray(0, 30);
  swapInstruction.data = Buffer.concat([head, Uint8Array.from(plan)]).toString("base64");
}

/** Sells a thousandth of the tokens that the desk's firm quote sells, for the same lamports. */
const aThousandth: Change = async (answer) => {
  const tokens = BigInt(answer.outAmount) / 1_000n;
  answer.outAmount = String(tokens);
  answer.otherAmountThreshold = String(BigInt(answer.otherAmountThreshold) / 1_000n);
  const data = Buffer.from(answer.swapInstruction.data, "base64");
  data.writeBigUInt64LE(tokens, 1);
  answer.swapInstruction.data = data.toString("base64");
};

describeWithPrograms("an aggregator that is honest for the sample alone", (folder) => {
  it("cannot have the other legs' tokens paid to a stranger, with the buyer's own account merely named", async () => {
    const { stage: opened, mint } = await openVenueStage(folder, "cpmm", "token", { buyers: LEGS });
    stage = opened;
    const thief = await openAccount(opened, await generateKeyPairSigner(), mint);
    const between = exceptSample(async ({ swapInstruction }, taker) => {
      const own = await tokenAccountOf(taker, mint, TOKEN_PROGRAM_ADDRESS);
      swapInstruction.accounts = [
        ...swapInstruction.accounts.map((each, at) =>
          at >= HEAD && each.pubkey === own ? { ...each, pubkey: thief } : each,
        ),
        { pubkey: own, isSigner: false, isWritable: true },
      ];
    });
    await listenBetween(opened, between.change);
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

  it("cannot take what the funding wallet holds, whose signature is there, nor other tokens of the buyer", async () => {
    const { stage: opened, mint } = await openVenueStage(folder, "cpmm", "token", { buyers: LEGS });
    stage = opened;
    const { context, funding, localnet } = opened;
    const wrapped = await putTokenAccount(localnet.cluster, funding.address, WRAPPED_SOL_MINT, {
      amount: 5_000_000_000n,
    });
    // The allowed programs include the aggregator's. This does not help the attacker either.
    const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
    await context.journal.writeLimits(opened.userId, { ...none, allowedPrograms: ALLOWED });
    const [, , heir] = opened.buyers;
    if (heir === undefined) return expect.fail("three buyers");
    const [heirloom, held] = await giveHeirloom(opened, heir.address);
    const between = exceptSample(async (answer, taker) => {
      if (taker === heir.address) return sellFirst(answer, taker, heirloom);
      const { swapInstruction } = answer;
      const own = await tokenAccountOf(taker, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS);
      swapInstruction.accounts = swapInstruction.accounts.map((each, at) => {
        if (at < HEAD) return each;
        if (each.pubkey === taker) return { ...each, pubkey: funding.address, isSigner: true };
        return each.pubkey === own ? { ...each, pubkey: wrapped } : each;
      });
    });
    await listenBetween(opened, between.change);
    const { ended, landed, steps } = await buy(opened, mint, "standard");
    expect(between.changed()).toBeGreaterThanOrEqual(LEGS - 1);
    expect(tokensIn(opened, wrapped)).toBe(5_000_000_000n);
    expect(tokensIn(opened, held)).toBe(5_000_000_000n);
    expect(landed).toEqual([1]);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 1, partial: true } });
    expect(steps.slice(1).map(({ attempts }) => attempts)).toEqual([[], []]);
    expect(steps[1]?.failure).toMatchObject({ code: "CTO_E_VENUE_INVALID_ANSWER" });
    expect(steps[1]?.failure?.message).toContain(`${funding.address}, which is ours`);
    expect(steps[2]?.failure?.message).toContain(`${held}, which is ours`);
  });
});

describeWithPrograms("an aggregator that quotes well once, and then a thousand times dearer", (folder) => {
  it("makes us leave no direct market: all legs are bought there, at its price", async () => {
    const { stage: opened, mint } = await openVenueStage(folder, "cpmm", "token", { buyers: LEGS });
    stage = opened;
    const asked: string[] = [];
    await listenBetween(opened, async (answer, { amount }) => {
      asked.push(amount);
      const dearer = (text: string): string => String(BigInt(text) / 1_000n);
      if (asked.length === 1) answer.outAmount = String((BigInt(answer.outAmount) * 102n) / 100n);
      else answer.outAmount = dearer(answer.outAmount);
      answer.otherAmountThreshold = dearer(answer.otherAmountThreshold);
    });
    const job = buildJob({ userId: opened.userId, tokenAddress: mint, mode: "prefunded", platform: "auto" });
    const { jobId } = await enqueue(opened.context, job, 0, { slippageBps: 300 });
    const ended = await opened.ended(jobId);
    expect(asked.length).toBeGreaterThan(1);
    expect(ended).toMatchObject({
      status: "completed",
      result: { venue: "cpmm", landed: LEGS, price: { reference: "aggregator" } },
    });
    expect(Math.abs((ended.result.price?.deviationBps ?? 0) - 200)).toBeLessThanOrEqual(3);
  });
});

describeWithPrograms(
  "an answer in the shape of the desk's firm quote, on a cluster that is not the localnet",
  (folder) => {
    it("is refused: a plain transfer has no program that enforces a price", async () => {
      const { stage: opened } = await openVenueStage(folder, "cpmm", "token", { buyers: LEGS });
      stage = opened;
      const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
      await opened.context.journal.writeLimits(null, none);
      // It asks for 3 SOL, sells a thousandth of what they buy at the desk, and states the price and the impact itself.
      const offered: bigint[] = [];
      const elsewhere = { genesisHash: "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d" };
      const change: Change = async (answer, asked) => {
        await aThousandth(answer, asked);
        if (asked.amount === "3000000000") offered.push(BigInt(answer.outAmount));
      };
      await listenBetween(opened, change, elsewhere);
      const job = { userId: opened.userId, userChatId: 1, tokenAddress: opened.mint, buyAmount: 3 };
      const asked = { ...job, mode: "prefunded" as const, platform: "jupiter" };
      const { jobId } = await enqueue(opened.context, asked, 0, { maxPriceImpactBps: 200, slippageBps: 100 });
      const ended = await opened.ended(jobId);
      expect(ended).toMatchObject({ status: "failed", result: { landed: 0, spentLamports: "0" } });
      expect(ended.failure?.message).toContain("a firm quote is taken from the localnet's own desk alone");
      expect([...landings(opened.localnet.cluster, jobId).values()]).toEqual([]);
      // At the desk, 3 of 1,003 SOL buy that share of 5 x 10^14 units. The offer was a thousandth of it.
      expect(offered.length).toBeGreaterThan(0);
      for (const tokens of offered) expect(tokens).toBe((5n * 10n ** 14n * 3n) / 1_003n / 1_000n);
    });
  },
);
