/** Tests that a v0 transaction loads its accounts from an address lookup table that was created on the localnet. */
import {
  AddressLookupTableProgram,
  Connection,
  Keypair,
  LAMPORTS_PER_SOL,
  SystemProgram,
  sendAndConfirmTransaction,
  Transaction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Localnet, startLocalnet } from "../../src/localnet/index.ts";

let localnet: Localnet;

beforeAll(async () => {
  localnet = await startLocalnet({ slotMs: 25 });
});

afterAll(() => localnet.close());

it("loads addresses from a lookup table, and shows them with their balances", async () => {
  const connection = new Connection(localnet.rpcUrl, "confirmed");
  const payer = Keypair.generate();
  const drop = await connection.requestAirdrop(payer.publicKey, 5 * LAMPORTS_PER_SOL);
  await connection.confirmTransaction({ signature: drop, ...(await connection.getLatestBlockhash()) });
  const to = Keypair.generate().publicKey;

  const [create, table] = AddressLookupTableProgram.createLookupTable({
    authority: payer.publicKey,
    payer: payer.publicKey,
    recentSlot: await connection.getSlot("confirmed"),
  });
  const extend = AddressLookupTableProgram.extendLookupTable({
    payer: payer.publicKey,
    authority: payer.publicKey,
    lookupTable: table,
    addresses: [to],
  });
  await sendAndConfirmTransaction(connection, new Transaction().add(create, extend), [payer]);
  const { value: lookup } = await connection.getAddressLookupTable(table);
  if (lookup === null) throw new Error("the lookup table is not there");
  expect(lookup.state.addresses.map(String)).toEqual([to.toBase58()]);

  const latest = await connection.getLatestBlockhash();
  const message = new TransactionMessage({
    payerKey: payer.publicKey,
    recentBlockhash: latest.blockhash,
    instructions: [
      SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: LAMPORTS_PER_SOL }),
    ],
  }).compileToV0Message([lookup]);
  expect(message.addressTableLookups).toHaveLength(1);
  const transaction = new VersionedTransaction(message);
  transaction.sign([payer]);
  const signature = await connection.sendTransaction(transaction);
  await connection.confirmTransaction({ signature, ...latest });

  const landed = await connection.getTransaction(signature, { maxSupportedTransactionVersion: 0 });
  expect(landed?.version).toBe(0);
  expect(landed?.meta?.loadedAddresses?.writable.map(String)).toEqual([to.toBase58()]);
  expect(landed?.meta?.postBalances.at(-1)).toBe(LAMPORTS_PER_SOL);

  const parsed = await connection.getParsedTransaction(signature, { maxSupportedTransactionVersion: 0 });
  expect(parsed?.transaction.message.instructions[0]).toMatchObject({
    parsed: { type: "transfer", info: { destination: to.toBase58() } },
  });
  const [entry] = await connection.getSignaturesForAddress(to);
  expect(entry?.signature).toBe(signature);

  await expect(connection.getParsedTransaction(signature)).rejects.toThrow(
    "Transaction version (0) is not supported by the requesting client",
  );
});
