/**
 * Tests `cto localnet` as an outside user runs it: in its own process, with the unmodified @solana/web3.js 1.x in
 * another process.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createMint,
  getAccount,
  getOrCreateAssociatedTokenAccount,
  mintTo,
  transfer,
} from "@solana/spl-token";
import {
  Connection,
  Keypair,
  LAMPORTS_PER_SOL,
  type SignatureResult,
  SystemProgram,
  sendAndConfirmTransaction,
  Transaction,
} from "@solana/web3.js";
import { expect, it } from "vitest";
import { startCli, temporaryHome } from "./run-cli.ts";

it("serves web3.js: airdrop, transfer, history, parsed transactions, notifications and SPL tokens", async () => {
  const { home, remove } = await temporaryHome();
  // web3.js signs with one finalized blockhash for 30 s. Such a blockhash lives 118 more slots: 35 s with
  // slots of 300 ms.
  const localnet = startCli(["localnet", "--port", "0", "--slot-ms", "300"], { CTO_HOME: home });
  try {
    await localnet.says("Ctrl-C stops it.");
    const { rpcUrl } = JSON.parse(await readFile(join(home, "localnet.json"), "utf8"));
    const connection = new Connection(rpcUrl, "confirmed");
    const [payer, friend] = [Keypair.generate(), Keypair.generate()];

    const drop = await connection.requestAirdrop(payer.publicKey, 5 * LAMPORTS_PER_SOL);
    const heard = new Promise<SignatureResult>((resolve) =>
      connection.onSignature(drop, resolve, "confirmed"),
    );
    expect(await heard).toEqual({ err: null });

    const { publicKey: fromPubkey } = payer;
    const pay = SystemProgram.transfer({
      fromPubkey,
      toPubkey: friend.publicKey,
      lamports: LAMPORTS_PER_SOL,
    });
    const signature = await sendAndConfirmTransaction(connection, new Transaction().add(pay), [payer]);
    expect(await connection.getBalance(friend.publicKey)).toBe(LAMPORTS_PER_SOL);
    const history = await connection.getSignaturesForAddress(payer.publicKey);
    expect(history.map((entry) => entry.signature)).toEqual([signature, drop]);
    const parsed = await connection.getParsedTransaction(signature, { maxSupportedTransactionVersion: 0 });
    expect(parsed?.transaction.message.instructions).toMatchObject([
      { program: "system", parsed: { type: "transfer", info: { lamports: LAMPORTS_PER_SOL } } },
    ]);

    const mint = await createMint(connection, payer, payer.publicKey, null, 6);
    const open = (owner: Keypair) =>
      getOrCreateAssociatedTokenAccount(connection, payer, mint, owner.publicKey);
    const [mine, theirs] = [await open(payer), await open(friend)];
    await mintTo(connection, payer, mint, mine.address, payer, 1_000n);
    await transfer(connection, payer, mine.address, theirs.address, payer, 400n);
    expect((await getAccount(connection, theirs.address)).amount).toBe(400n);
  } finally {
    localnet.signal("SIGTERM");
    expect((await localnet.ended).code).toBe(0);
    await remove();
  }
});
