/** Implements `sendTransaction` and `simulateTransaction`. */
import { z } from "zod";
import type { Cluster, Simulation } from "../cluster.ts";
import { encodeInner } from "../parse/inner.ts";
import { balanceView } from "../parse/transaction.ts";
import { effectOf } from "../simulated-effect.ts";
import { describeTransactionError } from "../transaction-error.ts";
import type { WireTransaction } from "../wire.ts";
import { encodeMaybeAccount } from "./account-encoding.ts";
import { RpcError } from "./errors.ts";
import { bankFor, headFor, type Method, method, withContext } from "./method.ts";
import { accountEncoding, address, commitment, contextFields, u64 } from "./params.ts";
import { transactionParam, wireEncoding } from "./wire-params.ts";

const sendConfig = z
  .object({
    encoding: wireEncoding.nullish(),
    skipPreflight: z.boolean().nullish(),
    preflightCommitment: commitment.nullish(),
    maxRetries: z.number().int().nonnegative().nullish(),
    minContextSlot: u64.nullish(),
  })
  .nullish();

const simulateConfig = z
  .object({
    ...contextFields,
    encoding: wireEncoding.nullish(),
    sigVerify: z.boolean().nullish(),
    replaceRecentBlockhash: z.boolean().nullish(),
    innerInstructions: z.boolean().nullish(),
    accounts: z.object({ encoding: accountEncoding.nullish(), addresses: z.array(address) }).nullish(),
  })
  .nullish();

const returnDataOf = ({ returnData }: Simulation) =>
  returnData && {
    programId: returnData.programId,
    data: [Buffer.from(returnData.data).toString("base64"), "base64"],
  };

const signatureFailure = () =>
  new RpcError("signatureVerificationFailure", "Transaction signature verification failure");

/** The data that agave adds to a preflight error. */
const failureData = (simulation: Simulation) => ({
  accounts: null,
  err: simulation.err,
  innerInstructions: null,
  logs: simulation.logs,
  replacementBlockhash: null,
  returnData: returnDataOf(simulation),
  unitsConsumed: simulation.unitsConsumed,
});

/** The fields that nodes before 2026 do not return. */
const effectView = (cluster: Cluster, decoded: WireTransaction, simulation: Simulation) => {
  if (!cluster.simulatesEffects) return {};
  const loadedAddresses = cluster.loadedAddresses(decoded);
  const keys = [...decoded.staticKeys, ...loadedAddresses.writable, ...loadedAddresses.readonly];
  const effect = effectOf(cluster, decoded, keys, simulation);
  return {
    ...effect,
    loadedAddresses,
    preTokenBalances: effect.preTokenBalances.map(balanceView),
    postTokenBalances: effect.postTokenBalances.map(balanceView),
  };
};

/** @throws RpcError if the transaction would not run in the current state. */
const preflight = (cluster: Cluster, decoded: WireTransaction, at: ReturnType<typeof headFor>): void => {
  const simulation = cluster.simulate(decoded, { verifySignatures: true, checkBlockhash: true, at });
  if (simulation.err === null) return;
  if (simulation.err === "SignatureFailure") throw signatureFailure();
  const message = `Transaction simulation failed: ${describeTransactionError(simulation.err)}`;
  const data = { ...failureData(simulation), ...effectView(cluster, decoded, simulation) };
  throw new RpcError("preflightFailure", message, data);
};

const accountsAfter = (
  cluster: Cluster,
  simulation: Simulation,
  wanted: NonNullable<NonNullable<z.infer<typeof simulateConfig>>["accounts"]>,
) => {
  if (simulation.err !== null) return wanted.addresses.map(() => null);
  const after = new Map(simulation.accounts.map((account) => [account.address, account]));
  const view = { encoding: wanted.encoding ?? ("base64" as const) };
  return wanted.addresses.map((of) => {
    const written = after.get(of);
    if (written !== undefined && written.lamports === 0n) return null;
    return encodeMaybeAccount(cluster, written ?? cluster.account(of), view);
  });
};

/** @throws RpcError if the text is not a transaction of a version that the cluster supports. */
const transactionOf = (
  cluster: Cluster,
  text: string,
  encoding: z.infer<typeof wireEncoding> | undefined,
) => {
  const decoded = transactionParam(text, encoding);
  if (cluster.takes(decoded)) return decoded;
  throw new RpcError("invalidParams", "invalid transaction: Transaction version is unsupported");
};

export const sendMethods: Readonly<Record<string, Method>> = {
  sendTransaction: method(z.tuple([z.string(), sendConfig.optional()]), (cluster, [text, config]) => {
    const decoded = transactionOf(cluster, text, config?.encoding ?? undefined);
    const at = headFor(cluster, {
      commitment: config?.preflightCommitment,
      minContextSlot: config?.minContextSlot,
    });
    if (!config?.skipPreflight) preflight(cluster, decoded, at);
    return cluster.submit(decoded);
  }),

  simulateTransaction: method(z.tuple([z.string(), simulateConfig.optional()]), (cluster, [text, config]) => {
    const decoded = transactionOf(cluster, text, config?.encoding ?? undefined);
    const bank = bankFor(cluster, config);
    const at = headFor(cluster, { commitment: config?.commitment });
    const replace = config?.replaceRecentBlockhash ?? false;
    if (replace && config?.sigVerify) {
      throw new RpcError("invalidParams", "sigVerify may not be used with replaceRecentBlockhash");
    }
    const options = { verifySignatures: config?.sigVerify ?? false, checkBlockhash: !replace, at };
    const simulation = cluster.simulate(decoded, options);
    if (simulation.err === "SignatureFailure") throw signatureFailure();
    const lastValidBlockHeight = cluster.ledger.lastValidBlockHeight(at);
    return withContext(bank, {
      ...failureData(simulation),
      ...effectView(cluster, decoded, simulation),
      accounts: config?.accounts ? accountsAfter(cluster, simulation, config.accounts) : null,
      innerInstructions: config?.innerInstructions ? encodeInner(cluster, decoded, simulation) : null,
      replacementBlockhash: replace ? { blockhash: at.blockhash, lastValidBlockHeight } : null,
    });
  }),
};
