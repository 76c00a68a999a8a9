/** Encodes landed transactions as `getTransaction` and `getBlock` return them, with their `meta`. */
import { getBase58Decoder, getBase64Decoder } from "@solana/kit";
import type { ExecutedTransaction } from "../execution.ts";
import { decodeExecuted } from "../execution.ts";
import { RpcError } from "../rpc/errors.ts";
import { statusOf } from "../rpc/statuses.ts";
import { uiAmount } from "../token-account.ts";
import type { TokenBalance } from "../token-balances.ts";
import { isStaticWritable, type WireTransaction } from "../wire.ts";
import { innerInstructions, withKeys } from "./inner.ts";
import { parseInstruction } from "./instruction.ts";

type EncodingOptions = {
  readonly encoding: "json" | "jsonParsed" | "base64" | "base58" | "accounts";
  /** The newest version that the client supports; undefined: legacy only. */
  readonly maxVersion: number | undefined;
};

export const balanceView = ({ accountIndex, mint, owner, programId, amount, decimals }: TokenBalance) => ({
  accountIndex,
  mint,
  owner,
  programId,
  uiTokenAmount: uiAmount(amount, decimals),
});

const metaView = (executed: ExecutedTransaction, parsed: boolean) => ({
  err: executed.err,
  status: statusOf(executed),
  fee: executed.fee,
  preBalances: executed.preBalances,
  postBalances: executed.postBalances,
  preTokenBalances: executed.preTokenBalances.map(balanceView),
  postTokenBalances: executed.postTokenBalances.map(balanceView),
  logMessages: executed.logs,
  innerInstructions: innerInstructions(executed.inner, executed.accounts, parsed),
  rewards: [],
  computeUnitsConsumed: executed.unitsConsumed,
  // Agave omits them if the keys are returned with their source.
  ...(!parsed && { loadedAddresses: executed.loaded }),
  ...(executed.returnData && {
    returnData: {
      programId: executed.returnData.programId,
      data: [getBase64Decoder().decode(executed.returnData.data), "base64"],
    },
  }),
});

const parsedKeys = ({ header, staticKeys }: WireTransaction, { loaded }: ExecutedTransaction) => [
  ...staticKeys.map((pubkey, index) => ({
    pubkey,
    signer: index < header.numSignerAccounts,
    source: "transaction",
    writable: isStaticWritable(header, staticKeys.length, index),
  })),
  ...loaded.writable.map((pubkey) => ({ pubkey, signer: false, source: "lookupTable", writable: true })),
  ...loaded.readonly.map((pubkey) => ({ pubkey, signer: false, source: "lookupTable", writable: false })),
];

const configView = ({ config }: WireTransaction) => config !== null && { transactionConfig: config };

const lookupsView = ({ version, lookups }: WireTransaction) =>
  version === 0 && {
    addressTableLookups: lookups.map(({ table, writable, readonly }) => ({
      accountKey: table,
      writableIndexes: writable,
      readonlyIndexes: readonly,
    })),
  };

const jsonMessage = (decoded: WireTransaction) => ({
  header: {
    numRequiredSignatures: decoded.header.numSignerAccounts,
    numReadonlySignedAccounts: decoded.header.numReadonlySignerAccounts,
    numReadonlyUnsignedAccounts: decoded.header.numReadonlyNonSignerAccounts,
  },
  accountKeys: decoded.staticKeys,
  recentBlockhash: decoded.blockhash,
  instructions: decoded.instructions.map(({ programIndex, accountIndices, data }) => ({
    programIdIndex: programIndex,
    accounts: accountIndices,
    data: getBase58Decoder().decode(data),
    stackHeight: 1,
  })),
  ...lookupsView(decoded),
  ...configView(decoded),
});

const parsedMessage = (decoded: WireTransaction, executed: ExecutedTransaction) => ({
  accountKeys: parsedKeys(decoded, executed),
  recentBlockhash: decoded.blockhash,
  instructions: decoded.instructions.map((each) => parseInstruction(withKeys(executed.accounts, each), 1)),
  ...lookupsView(decoded),
  ...configView(decoded),
});

const transactionView = (
  decoded: WireTransaction,
  executed: ExecutedTransaction,
  { encoding }: EncodingOptions,
) => {
  const { signatures } = decoded;
  switch (encoding) {
    case "base64":
      return [getBase64Decoder().decode(executed.wire), "base64"];
    case "base58":
      return [getBase58Decoder().decode(executed.wire), "base58"];
    case "jsonParsed":
      return { signatures, message: parsedMessage(decoded, executed) };
    case "accounts":
      return { signatures, accountKeys: parsedKeys(decoded, executed) };
    case "json":
      return { signatures, message: jsonMessage(decoded) };
  }
};

/** @throws RpcError if the client did not state that it supports the transaction's version. */
export const encodeTransaction = (executed: ExecutedTransaction, options: EncodingOptions) => {
  const decoded = decodeExecuted(executed);
  if (
    decoded.version !== "legacy" &&
    (options.maxVersion === undefined || decoded.version > options.maxVersion)
  ) {
    throw new RpcError(
      "unsupportedTransactionVersion",
      `Transaction version (${decoded.version}) is not supported by the requesting client. Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": ${decoded.version}`,
    );
  }
  const parsed = options.encoding === "jsonParsed" || options.encoding === "accounts";
  return {
    transaction: transactionView(decoded, executed, options),
    meta: metaView(executed, parsed),
    ...(options.maxVersion !== undefined && { version: decoded.version }),
  };
};
