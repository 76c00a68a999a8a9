/** Reads wallets' histories and whole transactions at `finalized`. We check a restored journal against them. */
import { createPublicKey, verify } from "node:crypto";
import {
  type Address,
  type Base64EncodedWireTransaction,
  getAddressEncoder,
  getBase58Decoder,
  getTransactionDecoder,
  type Signature,
} from "@solana/kit";
import { LEGACY_MEMO_PROGRAM_ADDRESS_V3 } from "@solana-program/memo";
import { z } from "zod";
import { decodeMessage } from "../base/message.ts";
import type { ChainMemo, FinalTransaction, HistoryLine, WalletHistory } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { base64Data, signatureAnswer, u64 } from "./answers.ts";
import { REPEATS, readFirstAvailable } from "./records.ts";
import type { Call, Rpc } from "./rpc.ts";

/** The largest page that the RPC returns, and the most pages that we read. */
const PAGE = 1_000;
const PAGES_AT_MOST = 20;

const failure = z.union([z.null(), z.string(), z.record(z.string(), z.unknown())]);

/** The RPC writes memos as `[length] text`, one after another. */
const memoField = z
  .string()
  .nullable()
  .transform((text) => text?.split("; ").map((one) => one.replace(/^\[\d+\] /, "")) ?? null);

const page = z
  .array(
    z
      // The keys are required, their values may be null: a missing `err` must not count as success.
      .object({ signature: signatureAnswer, slot: u64, err: failure, memo: memoField })
      .transform(
        ({ signature, slot, err, memo }): HistoryLine => ({
          signature,
          slot,
          failed: err !== null,
          memos: memo,
        }),
      ),
  )
  .max(PAGE)
  .refine(
    (lines) => lines.every(({ slot }, at) => at === 0 || slot <= (lines[at - 1]?.slot ?? slot)),
    "not newest first",
  );

const epochInfo = z.object({ absoluteSlot: u64, blockHeight: u64 });

/**
 * Reads the histories of several wallets from as many distinct endpoints as the quorum, each by itself. Of one endpoint,
 * all of them share the height before and the start of the records after them.
 * @param behind the transaction behind which the reading goes on
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 */
export async function readHistories(
  rpc: Pick<Rpc, "onDistinctEndpoints">,
  quorum: number,
  wallets: readonly Address[],
  since: bigint,
  behind?: Signature,
): Promise<ReadonlyMap<Address, readonly WalletHistory[]>> {
  const answers = await rpc.onDistinctEndpoints(quorum, async (call, endpoint) => {
    // R3: height before history. The history must come from a view that is not behind the height.
    const { absoluteSlot, blockHeight } = await call({
      method: "getEpochInfo",
      params: [{ commitment: "finalized" }],
      schema: epochInfo,
    });
    const read = new Map<Address, Pages>();
    // One after the other: side by side, the repeats of a wallet's empty page could all meet the same node of a farm.
    for (const wallet of wallets)
      read.set(wallet, await readPages(call, wallet, { since, behind }, absoluteSlot));
    // After the histories: what was pruned during the reads must not count as searched.
    const firstAvailableSlot = await readFirstAvailable(call);
    return (wallet: Address): WalletHistory[] => {
      const pages = read.get(wallet);
      return pages === undefined
        ? []
        : [
            {
              endpoint,
              finalizedBlockHeight: blockHeight,
              finalizedSlot: absoluteSlot,
              ...pages,
              firstAvailableSlot,
            },
          ];
    };
  });
  return new Map(wallets.map((wallet) => [wallet, answers.flatMap((historyOf) => historyOf(wallet))]));
}

/** @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER` */
export async function readHistory(
  rpc: Pick<Rpc, "onDistinctEndpoints">,
  quorum: number,
  wallet: Address,
  since: bigint,
  before?: Signature,
): Promise<readonly WalletHistory[]> {
  return (await readHistories(rpc, quorum, [wallet], since, before)).get(wallet) ?? [];
}

type Pages = Pick<WalletHistory, "lines" | "complete">;

/** A young node's empty page must not count as the end of a history: see `records.ts`. */
async function readPages(
  call: Call,
  wallet: Address,
  { since, behind }: { readonly since: bigint; readonly behind: Signature | undefined },
  minContextSlot: bigint,
): Promise<Pages> {
  const lines: HistoryLine[] = [];
  let pages = 0;
  let empty = 0;
  while (pages < PAGES_AT_MOST) {
    const before = lines.at(-1)?.signature ?? behind;
    const read = await call({
      method: "getSignaturesForAddress",
      params: [
        wallet,
        { commitment: "finalized", limit: PAGE, minContextSlot, ...(before ? { before } : {}) },
      ],
      schema: page,
    });
    const last = read.at(-1);
    if (last === undefined) {
      // A short page does not end a history, and an empty one only if it is repeated.
      empty += 1;
      if (empty === REPEATS) return { lines, complete: true };
      continue;
    }
    empty = 0;
    pages += 1;
    lines.push(...read);
    // The node that has an older line has everything that came later, too.
    if (last.slot < since) return { lines, complete: true };
  }
  return { lines, complete: false };
}

const answer = z
  .object({ slot: u64, meta: z.object({ err: failure, fee: u64 }), transaction: base64Data })
  .nullable();

/** Returns null if the answering endpoint does not have it. @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER` */
export async function readFinal(
  rpc: Pick<Rpc, "call">,
  signature: Signature,
): Promise<FinalTransaction | null> {
  const found = await rpc.call({
    method: "getTransaction",
    params: [signature, { commitment: "finalized", encoding: "base64", maxSupportedTransactionVersion: 1 }],
    schema: answer,
  });
  if (found === null) return null;
  const { slot, meta, transaction } = found;
  const { messageBytes, signatures } = getTransactionDecoder().decode(transaction);
  const bytes = new Uint8Array(messageBytes);
  const signed = Object.entries(signatures);
  const [first] = signed;
  const isWhole = signed.every(([address, by]) => by !== null && isSigned(address as Address, bytes, by));
  if (!isWhole || !first?.[1] || getBase58Decoder().decode(first[1]) !== signature)
    throw new CTOError("CTO_E_RPC_INVALID_ANSWER", {
      method: "getTransaction",
      problem: "the signatures are not of this transaction",
    });
  const message = decodeMessage(bytes);
  return {
    signature,
    slot,
    failed: meta.err !== null,
    wire: Buffer.from(transaction).toString("base64") as Base64EncodedWireTransaction,
    messageVersion: message.version === 1 ? 1 : 0,
    blockhash: message.blockhash,
    fee: meta.fee,
    memos: message.instructions
      .filter(({ program }) => program === LEGACY_MEMO_PROGRAM_ADDRESS_V3)
      .map(({ data, accounts }): ChainMemo => {
        const signers = accounts.flatMap(({ address, signer }) => (signer && address ? [address] : []));
        return { text: Buffer.from(data).toString(), signers };
      }),
  };
}

function isSigned(address: Address, bytes: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(getAddressEncoder().encode(address)).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, bytes, key, signature);
}
