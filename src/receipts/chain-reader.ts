/**
 * Reads the chain's side of a receipt's verification from any Solana RPC endpoint, with a plain kit client.
 * It does not use the code that signs and sends, so that a mistake there cannot also hide here.
 */
import {
  type Address,
  isSolanaError,
  type Signature,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
} from "@solana/kit";
import pRetry, { AbortError } from "p-retry";
import { z } from "zod";
import { createBoundedRpc, hasGenesisCert } from "../base/bounded-rpc.ts";
import { hideSecrets, secretsOf } from "../base/hide-secrets.ts";
import { once } from "../base/once.ts";
import { visible } from "../base/visible.ts";
import { landedAt } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

const integer = z.union([z.bigint(), z.number().int()]).transform((value) => BigInt(value));
const index = integer.transform(Number);

const signatureSchema = z.object({
  signature: z.string(),
  slot: integer,
  err: z.unknown(),
  memo: z.string().nullable(),
});
/** One entry of an address's history. */
export type HistoryLine = z.infer<typeof signatureSchema>;

const tokenBalance = z.object({
  accountIndex: index,
  mint: z.string(),
  owner: z.string().optional(),
  uiTokenAmount: z.object({ amount: z.string().regex(/^\d+$/).transform(BigInt), decimals: index }),
});

const instruction = z.object({
  programIdIndex: index,
  accounts: z.array(index),
  data: z.string().max(4_096),
});

const transactionSchema = z.object({
  slot: integer,
  meta: z.object({
    err: z.unknown(),
    fee: integer,
    preBalances: z.array(integer),
    postBalances: z.array(integer),
    preTokenBalances: z.array(tokenBalance).nullish(),
    postTokenBalances: z.array(tokenBalance).nullish(),
    innerInstructions: z.array(z.object({ instructions: z.array(instruction) })).nullish(),
    loadedAddresses: z.object({ writable: z.array(z.string()), readonly: z.array(z.string()) }).nullish(),
  }),
  transaction: z.object({
    signatures: z.array(z.string()).min(1),
    message: z.object({
      accountKeys: z.array(z.string()),
      header: z.object({ numRequiredSignatures: index }),
      instructions: z.array(instruction),
    }),
  }),
});
export type ChainTransaction = z.infer<typeof transactionSchema>;

/**
 * Returns the keys that the transaction's instructions count through: its own, and those that it loads from lookup
 * tables. Inner instructions may call a program that was loaded.
 */
export const keysOf = ({ meta: { loadedAddresses }, transaction }: ChainTransaction): readonly string[] => [
  ...transaction.message.accountKeys,
  ...(loadedAddresses?.writable ?? []),
  ...(loadedAddresses?.readonly ?? []),
];

const mintSchema = z.object({ value: z.object({ decimals: index }) });

export type ChainReader = {
  /** Returns at most 1,000 entries, newest first. `before` continues from an earlier page. */
  history(address: Address, before?: Signature): Promise<HistoryLine[]>;
  /** Returns null if the endpoint does not have the transaction. */
  transaction(signature: Signature): Promise<ChainTransaction | null>;
  /** Returns the least lamports that an account without data must hold now. */
  walletMinimum(): Promise<bigint>;
  /** Returns the decimals of a mint. */
  decimals(mint: Address): Promise<number>;
  /** Returns the hash that tells the endpoint's cluster from all others. */
  genesisHash(): Promise<string>;
};

/** The largest page that the RPC returns. */
export const HISTORY_PAGE = 1_000;
const CALL_TIMEOUT_MS = 15_000;
const RETRIES = 4;
/** Characters of an endpoint's text in an error. */
const MOST_TEXT = 300;

/** Throws the reason without the URL, which a node may quote. A fault that a retry cannot repair ends the retries. */
const explain =
  (method: string, safe: (text: string) => string) =>
  (error: unknown): never => {
    const unavailable = (reason: string) => new CTOError("CTO_E_RPC_UNAVAILABLE", { method, reason });
    if (isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR)) {
      const { statusCode } = error.context;
      const failure = unavailable(`HTTP ${statusCode}`);
      throw statusCode === 429 || statusCode >= 500 ? failure : new AbortError(failure);
    }
    if (isSolanaError(error)) throw new AbortError(unavailable(safe(error.message)));
    throw unavailable(error instanceof Error && error.name === "TimeoutError" ? "time-out" : "network fault");
  };

/** @throws each method: `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER` */
export function createChainReader(url: string): ChainReader {
  const rpc = createBoundedRpc(url);
  const hide = hideSecrets(secretsOf(url));
  const safe = (text: string): string => visible(hide(text).slice(0, MOST_TEXT));
  const commitment = once(async () => {
    const certified = await hasGenesisCert(url, AbortSignal.timeout(CALL_TIMEOUT_MS));
    return landedAt(certified ? "alpenglow" : "tower");
  });
  const ask = async <T extends z.ZodType>(
    method: string,
    schema: T,
    call: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<z.infer<T>> => {
    const answer = await pRetry(
      () => call(AbortSignal.timeout(CALL_TIMEOUT_MS)).catch(explain(method, safe)),
      {
        retries: RETRIES,
        minTimeout: 400,
      },
    );
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    const problem = parsed.error.issues[0]?.path.join(".") ?? "wrong shape";
    throw new CTOError("CTO_E_RPC_INVALID_ANSWER", { method, problem });
  };
  return {
    history: (address, before) =>
      ask("getSignaturesForAddress", z.array(signatureSchema), async (abortSignal) =>
        rpc
          .getSignaturesForAddress(address, {
            commitment: await commitment(),
            limit: HISTORY_PAGE,
            ...(before ? { before } : {}),
          })
          .send({ abortSignal }),
      ),
    transaction: (signature) =>
      ask("getTransaction", transactionSchema.nullable(), async (abortSignal) =>
        rpc
          .getTransaction(signature, {
            commitment: await commitment(),
            encoding: "json",
            maxSupportedTransactionVersion: 1,
          })
          .send({ abortSignal }),
      ),
    walletMinimum: () =>
      ask("getMinimumBalanceForRentExemption", integer, async (abortSignal) =>
        rpc.getMinimumBalanceForRentExemption(0n, { commitment: await commitment() }).send({ abortSignal }),
      ),
    decimals: async (mint) =>
      (
        await ask("getTokenSupply", mintSchema, async (abortSignal) =>
          rpc.getTokenSupply(mint, { commitment: await commitment() }).send({ abortSignal }),
        )
      ).value.decimals,
    genesisHash: () =>
      ask("getGenesisHash", z.string(), (abortSignal) => rpc.getGenesisHash().send({ abortSignal })),
  };
}
