/** Tests that the unmodified `@solana/kit` RPC and subscription clients work with the localnet. */
import {
  appendTransactionMessageInstructions,
  assertIsTransactionWithBlockhashLifetime,
  createSolanaRpc,
  createSolanaRpcSubscriptions,
  createTransactionMessage,
  generateKeyPairSigner,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  type Instruction,
  isSolanaError,
  type KeyPairSigner,
  lamports,
  pipe,
  type Rpc,
  type RpcSubscriptions,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  type SolanaRpcApi,
  type SolanaRpcSubscriptionsApi,
  sendAndConfirmTransactionFactory,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Localnet, startLocalnet } from "../../src/localnet/index.ts";
import { fundedSigner, memo, SOL, transfer } from "./support.ts";

let localnet: Localnet;
let rpc: Rpc<SolanaRpcApi>;

beforeAll(async () => {
  localnet = await startLocalnet({ slotMs: 25 });
  rpc = createSolanaRpc(localnet.rpcUrl);
});

afterAll(() => localnet.close());

const signNow = async (payer: KeyPairSigner, instructions: Instruction[]) => {
  const { value: latest } = await rpc.getLatestBlockhash({ commitment: "confirmed" }).send();
  return pipe(
    createTransactionMessage({ version: 0 }),
    (message) => setTransactionMessageFeePayerSigner(payer, message),
    (message) => setTransactionMessageLifetimeUsingBlockhash(latest, message),
    (message) => appendTransactionMessageInstructions(instructions, message),
    (message) => signTransactionMessageWithSigners(message),
  );
};

describe("kit", () => {
  it.each(["the port above the RPC's", "the RPC's own port"])(
    "sends and confirms, with WebSockets on %s",
    async (where) => {
      const wsUrl = where === "the RPC's own port" ? localnet.rpcUrl.replace("http", "ws") : localnet.wsUrl;
      const rpcSubscriptions: RpcSubscriptions<SolanaRpcSubscriptionsApi> =
        createSolanaRpcSubscriptions(wsUrl);
      const sendAndConfirm = sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });
      const payer = await fundedSigner(localnet.cluster);
      const to = (await generateKeyPairSigner()).address;
      const transaction = await signNow(payer, [transfer(payer, to, SOL), memo("cto:1:op:buy:1/1")]);
      assertIsTransactionWithBlockhashLifetime(transaction);
      await sendAndConfirm(transaction, { commitment: "confirmed" });

      const [entry] = await rpc.getSignaturesForAddress(to, { commitment: "confirmed" }).send();
      expect(entry).toMatchObject({
        signature: getSignatureFromTransaction(transaction),
        memo: "[16] cto:1:op:buy:1/1",
        err: null,
      });
      const { value } = await rpc.getMultipleAccounts([to, payer.address], { encoding: "base64" }).send();
      expect(value.map((account) => account?.lamports)).toEqual([SOL, 9n * SOL - 5_000n]);
      expect(value[0]?.space).toBe(0n);
    },
  );

  it("keeps the rent epoch, the greatest u64, exact", async () => {
    const payer = await fundedSigner(localnet.cluster);
    const answer = await fetch(localnet.rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getAccountInfo", params: [payer.address] }),
    });
    expect(await answer.text()).toContain('"rentEpoch":18446744073709551615');
  });

  it("simulates without signatures and with a replaced blockhash, and shows accounts and inner instructions", async () => {
    const payer = await fundedSigner(localnet.cluster);
    const to = (await generateKeyPairSigner()).address;
    const signed = await signNow(payer, [transfer(payer, to, SOL)]);
    const unsigned = getBase64EncodedWireTransaction({ ...signed, signatures: { [payer.address]: null } });
    const { value } = await rpc
      .simulateTransaction(unsigned, {
        encoding: "base64",
        sigVerify: false,
        replaceRecentBlockhash: true,
        innerInstructions: true,
        accounts: { encoding: "base64", addresses: [to, payer.address] },
      })
      .send();
    expect(value.err).toBeNull();
    expect(value.unitsConsumed).toBe(150n);
    expect(value.accounts.map((account) => account?.lamports)).toEqual([SOL, 9n * SOL - 5_000n]);
    expect(value.innerInstructions).toEqual([]);
    expect(value.replacementBlockhash.lastValidBlockHeight).toBeTypeOf("bigint");
    expect(localnet.cluster.account(to)).toBeNull();
  });

  it("understands a preflight failure", async () => {
    const payer = await fundedSigner(localnet.cluster);
    const to = (await generateKeyPairSigner()).address;
    const transaction = await signNow(payer, [transfer(payer, to, 99n * SOL)]);
    const wire = getBase64EncodedWireTransaction(transaction);
    const failure = await rpc
      .sendTransaction(wire, { encoding: "base64", preflightCommitment: "confirmed" })
      .send()
      .catch((error: unknown) => error);
    expect(
      isSolanaError(failure, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE),
    ).toBe(true);
  });

  it("hears an account's change and airdrops by request", async () => {
    const { address } = await generateKeyPairSigner();
    const abort = new AbortController();
    const changes = await createSolanaRpcSubscriptions(localnet.wsUrl)
      .accountNotifications(address, { commitment: "confirmed", encoding: "base64" })
      .subscribe({ abortSignal: abort.signal });
    await rpc.requestAirdrop(address, lamports(3n * SOL)).send();
    for await (const change of changes) {
      expect(change.value.lamports).toBe(3n * SOL);
      break;
    }
    abort.abort();
  });

  it("finds accounts of a program by size and bytes", async () => {
    const owner = (await generateKeyPairSigner()).address;
    const addresses = await Promise.all([1, 2].map(async () => (await generateKeyPairSigner()).address));
    addresses.forEach((address, index) => {
      const data = new Uint8Array([7, index, 7]);
      localnet.cluster.setAccount({ address, owner, lamports: lamports(SOL), data, executable: false });
    });
    const found = await rpc
      .getProgramAccounts(owner, {
        encoding: "base64",
        filters: [{ dataSize: 3n }, { memcmp: { offset: 1n, bytes: "2" as never, encoding: "base58" } }],
      })
      .send();
    expect(found.map(({ pubkey }) => pubkey)).toEqual([addresses[1]]);
  });
});
