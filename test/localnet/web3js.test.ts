/** Tests that the unmodified web3.js 1.x `Connection` and `@solana/spl-token` work with the localnet. */
import {
  createMint,
  getAccount,
  getOrCreateAssociatedTokenAccount,
  mintTo,
  TOKEN_2022_PROGRAM_ID,
  TOKEN_PROGRAM_ID,
  transfer,
} from "@solana/spl-token";
import {
  Connection,
  Keypair,
  LAMPORTS_PER_SOL,
  PublicKey,
  SystemProgram,
  sendAndConfirmTransaction,
  Transaction,
  TransactionInstruction,
} from "@solana/web3.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Localnet, startLocalnet } from "../../src/localnet/index.ts";

const MEMO = new PublicKey("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");

let localnet: Localnet;
let connection: Connection;

beforeAll(async () => {
  localnet = await startLocalnet({ slotMs: 25 });
  connection = new Connection(localnet.rpcUrl, "confirmed");
});

afterAll(() => localnet.close());

const funded = async (): Promise<Keypair> => {
  const pair = Keypair.generate();
  const signature = await connection.requestAirdrop(pair.publicKey, 5 * LAMPORTS_PER_SOL);
  const latest = await connection.getLatestBlockhash();
  const { value } = await connection.confirmTransaction({ signature, ...latest });
  expect(value.err).toBeNull();
  return pair;
};

describe("web3.js 1.x", () => {
  it("airdrops, and the airdrop is a transaction like any other", async () => {
    const pair = await funded();
    expect(await connection.getBalance(pair.publicKey)).toBe(5 * LAMPORTS_PER_SOL);
    const [entry] = await connection.getSignaturesForAddress(pair.publicKey);
    const transaction = await connection.getParsedTransaction(entry?.signature ?? "");
    expect(transaction?.meta?.err).toBeNull();
  });

  it("transfers with sendAndConfirmTransaction and reads the transaction back", async () => {
    const payer = await funded();
    const to = Keypair.generate().publicKey;
    const transaction = new Transaction().add(
      SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: LAMPORTS_PER_SOL }),
      new TransactionInstruction({ programId: MEMO, keys: [], data: Buffer.from("hello world") }),
      new TransactionInstruction({ programId: MEMO, keys: [], data: Buffer.from("hé") }),
    );
    const signature = await sendAndConfirmTransaction(connection, transaction, [payer]);

    expect(await connection.getBalance(to)).toBe(LAMPORTS_PER_SOL);
    expect(await connection.getBalance(payer.publicKey)).toBe(4 * LAMPORTS_PER_SOL - 5_000);

    const [entry] = await connection.getSignaturesForAddress(to);
    expect(entry).toMatchObject({ signature, err: null, memo: "[11] hello world; [3] hé" });

    const parsed = await connection.getParsedTransaction(signature);
    expect(parsed?.meta).toMatchObject({ err: null, fee: 5_000 });
    expect(parsed?.transaction.message.instructions[0]).toMatchObject({
      program: "system",
      parsed: {
        type: "transfer",
        info: { source: payer.publicKey.toBase58(), destination: to.toBase58(), lamports: LAMPORTS_PER_SOL },
      },
    });
    expect(parsed?.transaction.message.instructions[1]).toMatchObject({
      program: "spl-memo",
      parsed: "hello world",
    });

    const raw = await connection.getTransaction(signature, { maxSupportedTransactionVersion: 0 });
    expect(raw?.slot).toBe(parsed?.slot);
    const block = await connection.getBlock(parsed?.slot ?? 0, { maxSupportedTransactionVersion: 0 });
    expect(block?.transactions.map((each) => each.transaction.signatures[0])).toContain(signature);
  });

  it("hears signatures, accounts, slots and logs by subscription", async () => {
    const payer = await funded();
    const slot = new Promise<number>((resolve) => {
      const id = connection.onSlotChange((info) => {
        resolve(info.slot);
        void connection.removeSlotChangeListener(id);
      });
    });
    const balance = new Promise<number>((resolve) => {
      connection.onAccountChange(payer.publicKey, (account) => resolve(account.lamports), {
        commitment: "confirmed",
      });
    });
    const logs = new Promise<string>((resolve) => {
      connection.onLogs(payer.publicKey, (entry) => resolve(entry.signature), "processed");
    });
    expect(await slot).toBeGreaterThan(0);

    const { blockhash } = await connection.getLatestBlockhash();
    const transaction = new Transaction({ feePayer: payer.publicKey, recentBlockhash: blockhash }).add(
      SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: payer.publicKey, lamports: 1 }),
    );
    const signature = await connection.sendTransaction(transaction, [payer]);
    const heard = await new Promise((resolve) => connection.onSignature(signature, resolve, "confirmed"));
    expect(heard).toEqual({ err: null });
    expect(await logs).toBe(signature);
    expect(await balance).toBe(5 * LAMPORTS_PER_SOL - 5_000);
  });

  it.each([
    ["SPL Token", TOKEN_PROGRAM_ID],
    ["Token-2022", TOKEN_2022_PROGRAM_ID],
  ])("creates, mints and transfers a token of %s", async (_name, program) => {
    const payer = await funded();
    const other = Keypair.generate().publicKey;
    const options = { commitment: "confirmed" as const };
    const mint = await createMint(connection, payer, payer.publicKey, null, 6, undefined, options, program);
    const account = (owner: PublicKey) =>
      getOrCreateAssociatedTokenAccount(connection, payer, mint, owner, false, "confirmed", options, program);
    const from = await account(payer.publicKey);
    const to = await account(other);
    await mintTo(connection, payer, mint, from.address, payer, 1_500_000n, [], options, program);
    const signature = await transfer(
      connection,
      payer,
      from.address,
      to.address,
      payer,
      400_000n,
      [],
      options,
      program,
    );

    expect((await getAccount(connection, to.address, "confirmed", program)).amount).toBe(400_000n);
    expect((await connection.getTokenSupply(mint)).value.uiAmountString).toBe("1.5");
    expect((await connection.getTokenAccountBalance(from.address)).value).toMatchObject({
      amount: "1100000",
      decimals: 6,
      uiAmount: 1.1,
      uiAmountString: "1.1",
    });

    const held = await connection.getParsedTokenAccountsByOwner(other, { mint });
    expect(held.value[0]?.account.data.parsed.info).toMatchObject({
      mint: mint.toBase58(),
      owner: other.toBase58(),
      state: "initialized",
      tokenAmount: { amount: "400000", decimals: 6 },
    });
    const parsedMint = await connection.getParsedAccountInfo(mint);
    expect(parsedMint.value?.data).toMatchObject({
      parsed: { type: "mint", info: { decimals: 6, supply: "1500000" } },
    });

    const parsed = await connection.getParsedTransaction(signature);
    expect(parsed?.transaction.message.instructions[0]).toMatchObject({
      program: "spl-token",
      parsed: { type: "transfer", info: { amount: "400000", authority: payer.publicKey.toBase58() } },
    });
    const after = parsed?.meta?.postTokenBalances?.map(({ owner, uiTokenAmount }) => [
      owner,
      uiTokenAmount.amount,
    ]);
    expect(after).toContainEqual([other.toBase58(), "400000"]);
  });

  it("reports a failed transaction with its custom error", async () => {
    const payer = await funded();
    const transaction = new Transaction().add(
      SystemProgram.transfer({
        fromPubkey: payer.publicKey,
        toPubkey: Keypair.generate().publicKey,
        lamports: 9 * LAMPORTS_PER_SOL,
      }),
    );
    await expect(sendAndConfirmTransaction(connection, transaction, [payer])).rejects.toThrow(
      "Error processing Instruction 0: custom program error: 0x1",
    );
  });
});
