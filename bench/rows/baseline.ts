/**
 * Compares an operation with two other ways to do the same, both with web3.js 1.x and one wallet after the other:
 *
 * - the common way by hand: each wallet with its account, its blockhash, its transaction and its confirmation, then the next;
 * - the original system's way: each wallet's transaction is sent, the next one 50 ms later; at the end a wait of two seconds,
 *   and a look at each signature until all are confirmed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type BlockhashWithExpiryBlockHeight,
  Connection,
  Keypair,
  PublicKey,
  SystemProgram,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { type Figure, median, ofRounds, type Row, say } from "../figures.ts";
import { addUser, jobFor, openSystem, type System, startRunner } from "../system.ts";

const LEGS = 10;
const LATENCY_MS = 50;
const ROUNDS = 3;

const sum = (calls: Readonly<Record<string, number>>): number =>
  Object.values(calls).reduce((all, count) => all + count, 0);

type Way = { readonly ms: number; readonly calls: number };

/** What is done after each send, and after the last one. */
type Confirming = {
  sent(
    connection: Connection,
    given: BlockhashWithExpiryBlockHeight & { signature: string },
  ): Promise<unknown>;
  end(connection: Connection, signatures: readonly string[]): Promise<void>;
};

const COMMON: Confirming = {
  sent: (connection, given) => connection.confirmTransaction(given),
  end: async () => undefined,
};

const APART_MS = 50;
const WAIT_MS = 2_000;

const ORIGINAL: Confirming = {
  sent: () => sleep(APART_MS),
  async end(connection, signatures) {
    for (let open = [...signatures]; open.length > 0; ) {
      await sleep(WAIT_MS);
      const missing: string[] = [];
      for (const signature of open) {
        const { value } = await connection.getSignatureStatus(signature);
        if (value === null || value.confirmationStatus === "processed") missing.push(signature);
      }
      open = missing;
    }
  },
};

/** Sends one transfer per wallet. A transfer is the cheapest transaction, which favours these ways. */
async function oneByOne({ cluster }: System, confirming: Confirming): Promise<Way> {
  const { rpcUrl, wsUrl } = await cluster.where();
  const connection = new Connection(rpcUrl, { commitment: "confirmed", wsEndpoint: wsUrl });
  const wallets = Array.from({ length: LEGS }, () => Keypair.generate());
  await cluster.airdrop(wallets.map(({ publicKey }) => publicKey.toBase58() as never));
  await cluster.calls();
  const began = performance.now();
  const signatures: string[] = [];
  for (const wallet of wallets) {
    await connection.getAccountInfo(wallet.publicKey);
    const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash();
    const message = new TransactionMessage({
      payerKey: wallet.publicKey,
      recentBlockhash: blockhash,
      instructions: [
        SystemProgram.transfer({
          fromPubkey: wallet.publicKey,
          toPubkey: new PublicKey(wallet.publicKey),
          lamports: 1,
        }),
      ],
    }).compileToV0Message();
    const transaction = new VersionedTransaction(message);
    transaction.sign([wallet]);
    const signature = await connection.sendTransaction(transaction);
    signatures.push(signature);
    await confirming.sent(connection, { signature, blockhash, lastValidBlockHeight });
  }
  await confirming.end(connection, signatures);
  return { ms: performance.now() - began, calls: sum(await cluster.calls()) };
}

async function run(): Promise<Figure[]> {
  const system = await openSystem({ latencyMs: LATENCY_MS });
  const runner = await startRunner(system);
  try {
    const coin = (await system.cluster.launch("pumpfun")) ?? (await system.cluster.deskToken());
    await addUser(system, "baseline", LEGS);
    await runner.run(jobFor("baseline", coin, LEGS), LEGS);
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      say("baseline", `round ${round + 1} of ${ROUNDS}`);
      const common = await oneByOne(system, COMMON);
      const original = await oneByOne(system, ORIGINAL);
      await system.cluster.calls();
      const { ms } = await runner.run(jobFor("baseline", coin, LEGS), LEGS);
      rounds.push({ common, original, ours: { ms, calls: sum(await system.cluster.calls()) } });
    }
    return [
      ...figuresOf(
        rounds,
        "common",
        "one by one with web3.js 1.x",
        "; its confirmations go over the WebSocket",
      ),
      ...figuresOf(
        rounds,
        "original",
        `the original system's way, ${APART_MS} ms apart and ${WAIT_MS / 1_000} s of waiting`,
        "",
      ),
    ];
  } finally {
    await runner.worker.close();
    await system.close();
  }
}

type Round = Readonly<Record<"common" | "original" | "ours", Way>>;

function figuresOf(
  rounds: readonly Round[],
  way: "common" | "original",
  name: string,
  note: string,
): Figure[] {
  const typical = (of: (round: Round) => number): number => Math.round(median(rounds.map(of)));
  return [
    {
      what: `${LEGS} legs, ${name}: as long as an operation`,
      ...ofRounds(rounds.map((round) => round[way].ms / round.ours.ms)),
      unit: "times",
      goal: { atLeast: 10 },
      note: `${typical((round) => round[way].ms)} ms against ${typical(({ ours }) => ours.ms)} ms`,
    },
    {
      what: `${LEGS} legs, ${name}: as many calls as an operation`,
      ...ofRounds(rounds.map((round) => round[way].calls / round.ours.calls)),
      unit: "times",
      goal: { atLeast: 8 },
      note: `${typical((round) => round[way].calls)} calls over HTTP against ${typical(({ ours }) => ours.calls)}, the sends included${note}`,
    },
  ];
}

export const baseline: Row = {
  name: "baseline",
  about: "an operation against the common way by hand, and against the original system's way",
  run,
};
