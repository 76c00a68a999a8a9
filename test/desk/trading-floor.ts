/**
 * Opens the setting that the tests of the desk and its venue share: a localnet, a desk, a chain reader, and a function
 * to send a buy.
 */
import {
  type Address,
  appendTransactionMessageInstructions,
  compileTransaction,
  createSolanaRpc,
  createTransactionMessage,
  generateKeyPairSigner,
  getBase64EncodedWireTransaction,
  getBase64Encoder,
  getSignatureFromTransaction,
  type Instruction,
  type KeyPairSigner,
  lamports,
  partiallySignTransaction,
  pipe,
  type Signature,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import { findAssociatedTokenPda, getTokenDecoder, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { Chain, RawAccount } from "../../src/engine/ports.ts";
import { type DeskOptions, startDesk } from "../../src/localnet/desk/index.ts";
import { MACHINES, startLocalnet } from "../../src/localnet/index.ts";

export const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Opens a localnet with short slots and a desk. `close` ends both. */
export const openFloor = async (options: Omit<DeskOptions, "rpcUrl"> = {}) => {
  // The tests state the rents of Tower's rate.
  const localnet = await startLocalnet({ ...MACHINES.tower, slotMs: 20 });
  const desk = await startDesk({ rpcUrl: localnet.rpcUrl, ...options });
  const rpc = createSolanaRpc(localnet.rpcUrl);

  const chain: Pick<Chain, "fetchAccounts" | "findAccounts"> = {
    findAccounts: async () => [],
    fetchAccounts: async (addresses) => {
      const { context, value } = await rpc.getMultipleAccounts([...addresses], { encoding: "base64" }).send();
      const accounts = new Map<Address, RawAccount | null>();
      for (const [index, address] of addresses.entries()) {
        const account = value[index];
        const data = account && new Uint8Array(getBase64Encoder().encode(account.data[0]));
        accounts.set(
          address,
          account && data ? { owner: account.owner, lamports: account.lamports, data } : null,
        );
      }
      return { slot: context.slot, accounts };
    },
  };

  /** Waits for `confirmed`, and returns the on-chain error, or null. */
  const confirm = async (signature: Signature): Promise<unknown> => {
    for (;;) {
      const [status] = (await rpc.getSignatureStatuses([signature]).send()).value;
      if (status && status.confirmationStatus !== "processed") return status.err;
      await pause(20);
    }
  };

  const fund = async (address: Address, amount: bigint): Promise<void> => {
    await confirm(await rpc.requestAirdrop(address, lamports(amount)).send());
  };

  return {
    desk,
    chain,
    confirm,
    fund,
    newWallet: async (amount: bigint): Promise<KeyPairSigner> => {
      const wallet = await generateKeyPairSigner();
      if (amount > 0n) await fund(wallet.address, amount);
      return wallet;
    },
    balance: async (address: Address): Promise<bigint> => (await rpc.getBalance(address).send()).value,
    tokens: async (owner: Address, mint: Address): Promise<bigint | null> => {
      const [ata] = await findAssociatedTokenPda({ owner, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
      const account = (await chain.fetchAccounts([ata])).accounts.get(ata);
      return account ? getTokenDecoder().decode(account.data).amount : null;
    },
    /** Signs with these wallets, sends without preflight, and waits. The first wallet pays the fee. */
    send: async (
      signers: readonly [KeyPairSigner, ...KeyPairSigner[]],
      instructions: readonly Instruction[],
    ) => {
      const { value: lifetime } = await rpc.getLatestBlockhash().send();
      const message = pipe(
        createTransactionMessage({ version: 0 }),
        (empty) => setTransactionMessageFeePayer(signers[0].address, empty),
        (paid) => setTransactionMessageLifetimeUsingBlockhash(lifetime, paid),
        (timed) => appendTransactionMessageInstructions(instructions, timed),
      );
      const keys = signers.map(({ keyPair }) => keyPair);
      const transaction = await partiallySignTransaction(keys, compileTransaction(message));
      const wire = getBase64EncodedWireTransaction(
        transaction as Parameters<typeof getBase64EncodedWireTransaction>[0],
      );
      const signature = getSignatureFromTransaction(transaction);
      await rpc.sendTransaction(wire, { encoding: "base64", skipPreflight: true }).send();
      return { signature, error: await confirm(signature), bytes: getBase64Encoder().encode(wire).length };
    },
    close: async () => {
      await desk.close();
      await localnet.close();
    },
  };
};

export type Floor = Awaited<ReturnType<typeof openFloor>>;

/** Builds a memo that a wallet signs. All our transactions have one. */
export const memo = (signer: Address, text: string): Instruction => ({
  programAddress: MEMO_PROGRAM,
  accounts: [{ address: signer, role: 2 }],
  data: new TextEncoder().encode(text),
});

/** Polls until the condition holds. The test's own timeout limits this. */
export const until = async (condition: () => Promise<boolean>): Promise<void> => {
  while (!(await condition())) await pause(50);
};
