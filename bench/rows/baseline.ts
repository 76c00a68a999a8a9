/**
 * Compares an operation with the common way to do the same by hand: web3.js 1.x, one wallet after the other, each with its
 * account, its blockhash, its transaction and its confirmation.
 */
import {
  Connection,
  Keypair,
  PublicKey,
  SystemProgram,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { type Figure, median, ofRounds, type Row } from "../figures.ts";
import { addUser, jobFor, openSystem, type System, startRunner } from "../system.ts";

const LEGS = 10;
const LATENCY_MS = 50;
const ROUNDS = 3;

const sum = (calls: Readonly<Record<string, number>>): number =>
  Object.values(calls).reduce((all, count) => all + count, 0);

/** Sends one transfer per wallet in the common way. A transfer is the cheapest transaction, which favours this way. */
async function oneByOne({ cluster }: System): Promise<{ ms: number; calls: number }> {
  const { rpcUrl, wsUrl } = await cluster.where();
  const connection = new Connection(rpcUrl, { commitment: "confirmed", wsEndpoint: wsUrl });
  const wallets = Array.from({ length: LEGS }, () => Keypair.generate());
  await cluster.airdrop(wallets.map(({ publicKey }) => publicKey.toBase58() as never));
  await cluster.calls();
  const began = performance.now();
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
    await connection.confirmTransaction({ signature, blockhash, lastValidBlockHeight });
  }
  return { ms: performance.now() - began, calls: sum(await cluster.calls()) };
}

async function run(): Promise<Figure[]> {
  const system = await openSystem({ latencyMs: LATENCY_MS });
  const runner = await startRunner(system);
  try {
    const coin = (await system.cluster.launch("pumpfun")) ?? (await system.cluster.deskToken());
    await addUser(system, "baseline", LEGS);
    await runner.run(jobFor("baseline", coin, LEGS), LEGS);
    const rounds: { theirs: { ms: number; calls: number }; ours: { ms: number; calls: number } }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const theirs = await oneByOne(system);
      await system.cluster.calls();
      const { ms } = await runner.run(jobFor("baseline", coin, LEGS), LEGS);
      rounds.push({ theirs, ours: { ms, calls: sum(await system.cluster.calls()) } });
    }
    const typical = (of: (round: (typeof rounds)[number]) => number): number =>
      Math.round(median(rounds.map(of)));
    return [
      {
        what: `${LEGS} legs, one by one with web3.js 1.x: as long as an operation`,
        ...ofRounds(rounds.map(({ theirs, ours }) => theirs.ms / ours.ms)),
        unit: "times",
        goal: { atLeast: 10 },
        note: `${typical(({ theirs }) => theirs.ms)} ms against ${typical(({ ours }) => ours.ms)} ms`,
      },
      {
        what: `${LEGS} legs, one by one with web3.js 1.x: as many calls as an operation`,
        ...ofRounds(rounds.map(({ theirs, ours }) => theirs.calls / ours.calls)),
        unit: "times",
        goal: { atLeast: 8 },
        note: `${typical(({ theirs }) => theirs.calls)} calls over HTTP against ${typical(({ ours }) => ours.calls)}, the sends included; its confirmations go over the WebSocket`,
      },
    ];
  } finally {
    await runner.worker.close();
    await system.close();
  }
}

export const baseline: Row = { name: "baseline", about: "an operation against the common way by hand", run };
