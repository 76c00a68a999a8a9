/** The desk's own dealings with the localnet: sending its transactions until they are confirmed, reading accounts. */
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

/** The most that `getMultipleAccounts` takes. */
const ACCOUNTS_PER_CALL = 100;
const POLL_MS = 100;
/** Far beyond the 150 blocks that a transaction can live on a localnet with slots of 400 ms. */
const GIVE_UP_MS = 90_000;

export type ChainAccount = { readonly owner: Address; readonly data: Uint8Array };

const failed = (reason: string) => new CTOError("CTO_E_DESK_FAILED", { reason });

const bigintSafe = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;

/** Signs as `signer`, who pays for everything. */
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

    /** Waits for `confirmed`. @throws `CTO_E_DESK_FAILED` */
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

    /** At `confirmed`, in the order asked; null where there is no account. */
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

    /** Lamports from the localnet's faucet. */
    airdrop: async (amount: bigint): Promise<void> =>
      confirm(await rpc.requestAirdrop(signer.address, lamports(amount)).send()),

    /** The lamports that an account of this many bytes must hold. */
    rentFor: async (bytes: bigint): Promise<bigint> => rpc.getMinimumBalanceForRentExemption(bytes).send(),
  };
};

export type DeskChain = ReturnType<typeof createDeskChain>;
