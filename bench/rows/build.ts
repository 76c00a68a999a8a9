/**
 * Measures the time of a leg from its market to signed bytes (quote, instructions, bytes, policy, signature, wire text). It
 * compares this with web3.js 1.x, which only compiles and signs the same instructions.
 */
import {
  ComputeBudgetProgram,
  Keypair,
  PublicKey,
  SystemProgram,
  TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import type { TransactionDraft } from "../../src/engine/ports.ts";
import { type Figure, median, ofRounds, type Row } from "../figures.ts";
import { openSigning } from "../signing.ts";
import { addUser, openSystem } from "../system.ts";

const FIRST = "pumpfun";
const VENUES = [FIRST, "cpmm"] as const;
const LEGS = 50;
/** The first round also decrypts the keys, so it does not count. */
const COLD = { from: 1, until: 8 };
/** A worker runs for days, so the goal is about code that Node.js has compiled, on both sides. */
const WARM = { from: 40, until: 55 };

/** Returns the same instructions for web3.js, with a payer key that web3.js can use. */
function inWeb3({ swap, setup, cleanup, memo, feePayer, transfers, computeUnitLimit }: TransactionDraft) {
  const payer = Keypair.generate();
  const keyOf = (address: string): PublicKey =>
    address === feePayer ? payer.publicKey : new PublicKey(address);
  const instructions = [...setup, ...swap, ...cleanup].map(
    ({ programAddress, accounts = [], data = new Uint8Array() }) =>
      new TransactionInstruction({
        programId: keyOf(programAddress),
        data: Buffer.from(data),
        keys: accounts.map(({ address, role }) => ({
          pubkey: keyOf(address),
          isWritable: (role & 1) === 1,
          isSigner: role >= 2,
        })),
      }),
  );
  return {
    payer,
    build: (blockhash: string): Buffer => {
      const message = new TransactionMessage({
        payerKey: payer.publicKey,
        recentBlockhash: blockhash,
        instructions: [
          ComputeBudgetProgram.setComputeUnitLimit({ units: computeUnitLimit }),
          ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1_000 }),
          ...transfers.map(({ from, to, lamports }) =>
            SystemProgram.transfer({ fromPubkey: keyOf(from), toPubkey: keyOf(to), lamports }),
          ),
          ...instructions,
          new TransactionInstruction({
            programId: new PublicKey("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"),
            keys: [{ pubkey: payer.publicKey, isSigner: true, isWritable: false }],
            data: Buffer.from(memo.text),
          }),
        ],
      }).compileToV0Message();
      const transaction = new VersionedTransaction(message);
      transaction.sign([payer]);
      return Buffer.from(transaction.serialize());
    },
  };
}

async function run(): Promise<Figure[]> {
  const system = await openSystem();
  const figures: Figure[] = [];
  try {
    for (const venue of VENUES) {
      const mint = await system.cluster.launch(venue);
      if (mint === null) continue;
      const wallets = await addUser(system, `build-${venue}`, LEGS);
      const signing = await openSigning(system, mint, wallets);
      const rounds: { ratio: number; ours: number }[] = [];
      for (let round = 0; round < WARM.until; round += 1) {
        await signing.again();
        const began = performance.now();
        let bytes = 0;
        for (const leg of signing.legs) bytes = (await signing.sign(leg)).wire.length;
        const perLeg = (performance.now() - began) / LEGS;
        const { build } = inWeb3(signing.lastDraft());
        const theirs: number[] = [];
        for (let leg = 0; leg < LEGS; leg += 1) {
          const start = performance.now();
          if (build("11111111111111111111111111111111").length === 0 || bytes === 0) throw new Error("empty");
          theirs.push(performance.now() - start);
        }
        rounds.push({ ratio: median(theirs) / perLeg, ours: perLeg });
      }
      signing.close();
      const figureOf = (what: string, { from, until }: typeof COLD, goal?: Figure["goal"]): Figure => {
        const counted = rounds.slice(from, until);
        return {
          what,
          ...ofRounds(counted.map(({ ratio }) => ratio)),
          unit: "times",
          ...(goal ? { goal } : {}),
          note: `${median(counted.map(({ ours }) => ours)).toFixed(2)} ms a leg`,
        };
      };
      figures.push(
        figureOf(`${venue}: so many times as fast as web3.js 1.x, compiled`, WARM, { atLeast: 3 }),
      );
      // The second venue runs the code that the first one has compiled.
      if (venue === FIRST)
        figures.push(figureOf(`${venue}: legs 51 to 400 of a process, not yet compiled`, COLD));
    }
    return figures;
  } finally {
    await system.close();
  }
}

export const build: Row = { name: "build", about: "a leg from its market to signed bytes", run };
