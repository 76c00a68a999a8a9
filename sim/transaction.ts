/** Transactions of the simulated cluster: as opaque to the engine as real ones, and open to the cluster and the oracle. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { priorityFee } from "../src/base/transaction-limits.ts";
import type {
  Address,
  Base64EncodedWireTransaction,
  Instruction,
  Signature,
  SignedTransaction,
  TransactionDraft,
  UnsignedTransaction,
} from "../src/engine/ports.ts";
import { LAMPORTS_PER_SIGNATURE } from "../src/engine/transaction/costs.ts";
import { CTOError } from "../src/errors/index.ts";

const address = z.string().transform((text) => text as Address);

const message = z.object({
  version: z.union([z.literal(0), z.literal(1)]),
  memo: z.string(),
  memoSigner: address,
  feePayer: address,
  /** Lamports. */
  fee: z.coerce.bigint(),
  transfers: z.array(z.object({ from: address, to: address, lamports: z.coerce.bigint() })),
  /** What is bought; null for a transaction that only moves SOL. */
  mint: address.nullable(),
  /** Spent on the token. */
  lamports: z.coerce.bigint(),
  /** What that buys, and the least that the buyer accepts, token base units. */
  tokens: z.coerce.bigint(),
  least: z.coerce.bigint(),
  /** What opening the token account was reckoned to take when it was planned, for the judge alone: no program reads it. */
  rent: z.coerce.bigint(),
  isStrangers: z.boolean(),
  blockhash: z.string(),
});

export type SimTransaction = Message & { readonly signature: Signature };

const wireFormat = z.object({ signature: z.string(), message: z.string() });

export type Message = z.infer<typeof message>;

export const readMessage = ({ messageBytes }: Pick<UnsignedTransaction, "messageBytes">): Message =>
  message.parse(JSON.parse(Buffer.from(messageBytes).toString()));

/** Which step a message is of, by its memo; a `fund` step's leg is its batch. */
export function stepOf({ memo }: Pick<Message, "memo">): { operationId: string; kind: string; leg: number } {
  const [, , operationId = "", kind = "", place = ""] = memo.split(":");
  return { operationId, kind, leg: Number.parseInt(place, 10) };
}

/** Bytes of the one account that a buy opens. */
export const ACCOUNT_BYTES = 165;

export const TOKEN = "sim-token" as Address;

export const tokenAccountOf = (mint: Address, owner: Address): Address => `${mint} of ${owner}` as Address;

export const tokenOwnerOf = (account: Address): Address => account.split(" of ")[1] as Address;

/** A buy of this token does not fit into one transaction with its funding. */
export const LONG_TOKEN = "sim-token-long" as Address;
const SIZE_LIMIT = 1_232;
const LONG_SIZE = 1_233;

type Bought = {
  readonly lamports: bigint;
  readonly tokens: bigint;
  readonly least: bigint;
  /** Of the account that it opens, as it is planned. */
  readonly rent: bigint;
  /** In a pool that somebody has opened at a price of his own. */
  readonly isStrangers: boolean;
};

/** The one instruction of a simulated venue: spend this much on this token, for at least so much of it. */
export const buyInstruction = (
  mint: Address,
  { lamports, tokens, least, rent, isStrangers }: Bought,
): Instruction => ({
  programAddress: "sim-venue" as Address,
  accounts: [],
  data: Buffer.from(
    JSON.stringify({
      mint,
      lamports: String(lamports),
      tokens: String(tokens),
      least: String(least),
      rent: String(rent),
      isStrangers,
    }),
  ),
});

const bought = z.object({
  mint: address,
  lamports: z.string(),
  tokens: z.string(),
  least: z.string(),
  rent: z.string(),
  isStrangers: z.boolean(),
});

/** @throws `CTO_E_TRANSACTION_TOO_LARGE` */
export function compose(draft: TransactionDraft): UnsignedTransaction {
  const [swap] = draft.swap.map(({ data }) => bought.parse(JSON.parse(Buffer.from(data ?? []).toString())));
  const version = draft.format?.version ?? 0;
  if (swap?.mint === LONG_TOKEN && draft.transfers.length > 0 && version === 0)
    throw new CTOError("CTO_E_TRANSACTION_TOO_LARGE", { size: LONG_SIZE, limit: SIZE_LIMIT });
  const { transfers, feePayer, memo, computeUnitLimit, computeUnitPrice } = draft;
  const signers = [...new Set([feePayer, ...transfers.map(({ from }) => from), memo.signer])];
  const fee =
    BigInt(signers.length) * LAMPORTS_PER_SIGNATURE + priorityFee(computeUnitLimit, computeUnitPrice);
  const text = JSON.stringify({
    version,
    memo: memo.text,
    memoSigner: memo.signer,
    feePayer,
    fee: String(fee),
    transfers: transfers.map(({ from, to, lamports }) => ({ from, to, lamports: String(lamports) })),
    mint: swap?.mint ?? null,
    lamports: swap?.lamports ?? "0",
    tokens: swap?.tokens ?? "0",
    least: swap?.least ?? "0",
    rent: swap?.rent ?? "0",
    isStrangers: swap?.isStrangers ?? false,
    blockhash: draft.lifetime.blockhash,
  });
  return { messageBytes: Buffer.from(text), signers, size: text.length };
}

/** Like Ed25519, the same message always has the same signature. */
export const signTransaction = async ({
  messageBytes,
}: Pick<UnsignedTransaction, "messageBytes">): Promise<SignedTransaction> => {
  const signature = createHash("sha256").update(messageBytes).digest("hex") as Signature;
  const { version: messageVersion } = readMessage({ messageBytes });
  const wire = JSON.stringify({ signature, message: Buffer.from(messageBytes).toString() });
  return {
    signature,
    messageVersion,
    wire: Buffer.from(wire).toString("base64") as Base64EncodedWireTransaction,
  };
};

export function readTransaction(wire: Base64EncodedWireTransaction): SimTransaction {
  const { signature, message: text } = wireFormat.parse(JSON.parse(Buffer.from(wire, "base64").toString()));
  return { ...message.parse(JSON.parse(text)), signature: signature as Signature };
}
