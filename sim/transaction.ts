/** Transactions of the simulated cluster: as opaque to the engine as real ones, and open to the cluster and the oracle. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type {
  Address,
  Base64EncodedWireTransaction,
  Instruction,
  Keyring,
  Lamports,
  Signature,
  TransactionDraft,
  UnsignedTransaction,
} from "../src/engine/ports.ts";

const message = z.object({
  memo: z.string(),
  memoSigner: z.string(),
  feePayer: z.string(),
  /** Spent on the token. */
  lamports: z.coerce.bigint(),
  blockhash: z.string(),
});

export type SimTransaction = z.infer<typeof message> & { readonly signature: Signature };

const wireFormat = z.object({ signature: z.string(), message: z.string() });

/** Which leg a message is of, by its memo. */
export function readMessage(messageBytes: UnsignedTransaction["messageBytes"]): {
  operationId: string;
  leg: number;
} {
  const { memo } = message.parse(JSON.parse(Buffer.from(messageBytes).toString()));
  const [, , operationId = "", , place = ""] = memo.split(":");
  return { operationId, leg: Number.parseInt(place, 10) };
}

/** Token base units for a lamport. */
export const PRICE = 1_000n;

export const tokenAccountOf = (owner: Address): Address => `tokens of ${owner}` as Address;

/** The one instruction of a simulated venue: spend this much. */
export const buyInstruction = (lamports: bigint): Instruction => ({
  programAddress: "sim-venue" as Address,
  accounts: [],
  data: Buffer.from(String(lamports)),
});

export function compose(draft: TransactionDraft): UnsignedTransaction {
  const spent = draft.swap.reduce((sum, { data }) => sum + BigInt(Buffer.from(data ?? []).toString()), 0n);
  const text = JSON.stringify({
    memo: draft.memo.text,
    memoSigner: draft.memo.signer,
    feePayer: draft.feePayer,
    lamports: String(spent),
    blockhash: draft.lifetime.blockhash,
  });
  return { messageBytes: Buffer.from(text), signers: [draft.feePayer, draft.memo.signer], size: text.length };
}

/** What everyone holds, whatever they spend: this simulation is about something else. */
export const RICH = 1_000_000_000_000n as Lamports;
/** Of the one account that a buy opens. */
export const RENT = 2_039_280n as Lamports;
const FEE_PER_SIGNATURE = 5_000n;

/** What the buyer's token account would hold after the transaction; nobody held any before. */
export const tokensAfter = ({ messageBytes }: UnsignedTransaction): ReadonlyMap<Address, bigint> => {
  const { memoSigner, lamports } = message.parse(JSON.parse(Buffer.from(messageBytes).toString()));
  return new Map([[tokenAccountOf(memoSigner as Address), lamports * PRICE]]);
};

/** What these wallets would hold after the transaction. */
export const balancesAfter = (
  { messageBytes, signers }: UnsignedTransaction,
  watch: readonly Address[],
): ReadonlyMap<Address, Lamports> => {
  const { feePayer, lamports } = message.parse(JSON.parse(Buffer.from(messageBytes).toString()));
  const spent = lamports + RENT + FEE_PER_SIGNATURE * BigInt(signers.length);
  return new Map(watch.map((address) => [address, (address === feePayer ? RICH - spent : RICH) as Lamports]));
};

/** Like Ed25519, the same message always has the same signature. */
export const signTransaction: Keyring["sign"] = async ({ messageBytes }) => {
  const signature = createHash("sha256").update(messageBytes).digest("hex") as Signature;
  const wire = JSON.stringify({ signature, message: Buffer.from(messageBytes).toString() });
  return { signature, wire: Buffer.from(wire).toString("base64") as Base64EncodedWireTransaction };
};

export function readTransaction(wire: Base64EncodedWireTransaction): SimTransaction {
  const { signature, message: text } = wireFormat.parse(JSON.parse(Buffer.from(wire, "base64").toString()));
  return { ...message.parse(JSON.parse(text)), signature: signature as Signature };
}
