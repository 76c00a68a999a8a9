/**
 * Connects the desk to the localnet: sends the desk's transactions and waits until they are confirmed, and reads
 * accounts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Address,
  appendTransactionMessageInstructions,
  createSolanaRpc,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  getBase64Encoder,
  getSignatureFromTransaction,
  type Instruction,
  type KeyPairSigner,
  lamports,
  pipe,
  type Signature,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";
import { CTOError } from "../../errors/index.ts";

/** The most accounts of one `getMultipleAccounts` request. */
const ACCOUNTS_PER_CALL = 100;
const POLL_MS = 100;
/** Far longer than the 150 blocks for which a transaction is valid, on a localnet with slots of 400 ms. */
const GIVE_UP_MS = 90_000;

export type ChainAccount = { readonly owner: Address; readonly data: Uint8Array };

const failed = (reason: string) => new CTOError("CTO_E_DESK_FAILED", { reason });

const bigintSafe = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;

/** Signs as `signer`, which pays for everything. */
export const createDeskChain = (rpcUrl: string, signer: KeyPairSigner) => {
  const rpc = createSolanaRpc(rpcUrl);

  const confirm = async (signature: Signature): Promise<void> => {
    for (const deadline = Date.now() + GIVE_UP_MS; Date.now() < deadline; await sleep(POLL_MS)) {
      const [status] = (await rpc.getSignatureStatuses([signature]).send()).value;
      if (status?.err) throw failed(`${signature} landed with ${JSON.stringify(status.err, bigintSafe)}`);
      if (status && status.confirmationStatus !== "processed") return;
    }
    throw failed(`${signature} was not confirmed`);
  };

  const latestBlockhash = async () => (await rpc.getLatestBlockhash().send()).value;

  return {
    latestBlockhash,

    /** Sends and waits for `confirmed`. @throws `CTO_E_DESK_FAILED` */
    send: async (instructions: readonly Instruction[]): Promise<void> => {
      const lifetime = await latestBlockhash();
      const message = pipe(
        createTransactionMessage({ version: 0 }),
        (empty) => setTransactionMessageFeePayerSigner(signer, empty),
        (paid) => setTransactionMessageLifetimeUsingBlockhash(lifetime, paid),
        (timed) => appendTransactionMessageInstructions(instructions, timed),
      );
      const transaction = await signTransactionMessageWithSigners(message);
      const wire = getBase64EncodedWireTransaction(transaction);
      await rpc.sendTransaction(wire, { encoding: "base64", skipPreflight: true }).send();
      await confirm(getSignatureFromTransaction(transaction));
    },

    /** Reads accounts at `confirmed`, in the requested order; null if an account does not exist. */
    accounts: async (addresses: readonly Address[]): Promise<(ChainAccount | null)[]> => {
      const found: (ChainAccount | null)[] = [];
      for (let from = 0; from < addresses.length; from += ACCOUNTS_PER_CALL) {
        const chunk = addresses.slice(from, from + ACCOUNTS_PER_CALL);
        const options = { encoding: "base64", commitment: "confirmed" } as const;
        const { value } = await rpc.getMultipleAccounts(chunk, options).send();
        for (const account of value) {
          const bytes = account && new Uint8Array(getBase64Encoder().encode(account.data[0]));
          found.push(account && bytes ? { owner: account.owner, data: bytes } : null);
        }
      }
      return found;
    },

    /** Requests lamports from the localnet's faucet. */
    airdrop: async (amount: bigint): Promise<void> =>
      confirm(await rpc.requestAirdrop(signer.address, lamports(amount)).send()),

    /** The lamports that an account of this many bytes must hold. */
    rentFor: async (bytes: bigint): Promise<bigint> => rpc.getMinimumBalanceForRentExemption(bytes).send(),
  };
};

export type DeskChain = ReturnType<typeof createDeskChain>;
