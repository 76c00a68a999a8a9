/**
 * Composes, signs and parses the simulated cluster's transactions. The engine sees only bytes; the cluster and the
 * oracle parse them.
 */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
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
  /** The token that is bought; null for a transaction that only moves SOL. */
  mint: address.nullable(),
  /** The lamports that are spent on the token. */
  lamports: z.coerce.bigint(),
  /** The tokens that this buys, and the fewest that the buyer accepts (`least`), base units. */
  tokens: z.coerce.bigint(),
  least: z.coerce.bigint(),
  /** The planned rent of the new token account. Only the oracle reads it; no program does. */
  rent: z.coerce.bigint(),
  isStrangers: z.boolean(),
  isBelowMarket: z.boolean(),
  blockhash: z.string(),
});

export type SimTransaction = Message & { readonly signature: Signature };

const wireFormat = z.object({ signature: z.string(), message: z.string() });

export type Message = z.infer<typeof message>;

export const readMessage = ({ messageBytes }: Pick<UnsignedTransaction, "messageBytes">): Message =>
  message.parse(JSON.parse(Buffer.from(messageBytes).toString()));

/** Returns the step of a message, parsed from its memo. For a `fund` step, `leg` is the batch. */
export function stepOf({ memo }: Pick<Message, "memo">): { operationId: string; kind: string; leg: number } {
  const [, , operationId = "", kind = "", place = ""] = memo.split(":");
  return { operationId, kind, leg: Number.parseInt(place, 10) };
}

/** The size of the token account that a buy opens, bytes. */
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
  /** The planned rent of the account that the buy opens. */
  readonly rent: bigint;
  /** True if the buy uses a stranger's pool, whose price is far above the market. */
  readonly isStrangers: boolean;
  /** True if the buy accepts fewer tokens than the honest endpoint's quote less the slippage. */
  readonly isBelowMarket: boolean;
};

/** Builds the only instruction of a simulated venue: spend these lamports on this token, and receive at least `least`. */
export const buyInstruction = (
  mint: Address,
  { lamports, tokens, least, rent, isStrangers, isBelowMarket }: Bought,
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
      isBelowMarket,
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
  isBelowMarket: z.boolean(),
});

/** Composes a message from a draft. @throws `CTO_E_TRANSACTION_TOO_LARGE` */
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
    isBelowMarket: swap?.isBelowMarket ?? false,
    blockhash: draft.lifetime.blockhash,
  });
  return { messageBytes: Buffer.from(text), signers, size: text.length };
}

/** Signs a message. As with Ed25519, the same message always has the same signature. */
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

/** Writes a transaction as its cluster has it. {@link readTransaction} parses it. */
export function wireOf({ signature, ...rest }: SimTransaction): Base64EncodedWireTransaction {
  const text = JSON.stringify(rest, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  const wire = JSON.stringify({ signature, message: text });
  return Buffer.from(wire).toString("base64") as Base64EncodedWireTransaction;
}

/** Whether a transaction does what a message says. Blanks at its end stand for guards. */
export function doesSame(
  meant: Pick<UnsignedTransaction, "messageBytes">,
  wire: Base64EncodedWireTransaction,
): boolean {
  const { signature: _signature, blockhash: _blockhash, fee: _fee, ...theirs } = readTransaction(wire);
  const { blockhash: _ours, fee: _ourFee, ...ours } = readMessage(meant);
  return isDeepStrictEqual(ours, theirs);
}
