/** Defines an RPC method: a schema for its parameters, and a function that runs it. */
import type { z } from "zod";
import type { Cluster } from "../cluster.ts";
import type { Block, Commitment } from "../ledger.ts";
import { invalidParams, RpcError } from "./errors.ts";
import type { Context } from "./params.ts";

/** Takes the raw parameters and returns the `result`. @throws RpcError */
export type Method = (cluster: Cluster, params: readonly unknown[]) => unknown;

/**
 * Creates a method with checked parameters.
 *
 * @example
 * method(z.tuple([address]), (cluster, [account]) => cluster.account(account)?.lamports ?? 0n)
 */
export const method =
  <Schema extends z.ZodType>(
    schema: Schema,
    run: (cluster: Cluster, params: z.output<Schema>) => unknown,
  ): Method =>
  (cluster, params) =>
    run(cluster, parseParams(schema, params));

/** @throws RpcError with agave's code for invalid parameters. */
export const parseParams = <Schema extends z.ZodType>(
  schema: Schema,
  params: readonly unknown[],
): z.output<Schema> => {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalidParams(
    issue === undefined ? "unknown" : `${issue.message} (at ${issue.path.join(".") || "params"})`,
  );
};

/** The newest block at the requested commitment (default `finalized`, as in agave). @throws RpcError */
export const headFor = (cluster: Cluster, config: Context | null | undefined): Block =>
  reached(cluster.head(config?.commitment ?? "finalized"), config);

/** The newest bank, which account reads and simulations use at every commitment. @throws RpcError */
export const bankFor = (cluster: Cluster, config: Context | null | undefined): Block =>
  reached(cluster.head("processed"), config);

const reached = (block: Block, config: Context | null | undefined): Block => {
  if (config?.minContextSlot != null && block.slot < config.minContextSlot) {
    const data = { contextSlot: block.slot };
    throw new RpcError("minContextSlotNotReached", "Minimum context slot has not been reached", data);
  }
  return block;
};

/** A result with the slot at which it was read. */
export const withContext = (block: Block, value: unknown) => ({
  context: { apiVersion: API_VERSION, slot: block.slot },
  value,
});

/** The agave release that the localnet imitates. */
export const API_VERSION = "3.0.0";

/** History methods do not support commitments below `confirmed`. @throws RpcError */
export const historyCommitment = (config: Context | null | undefined): Exclude<Commitment, "processed"> => {
  const requested = config?.commitment ?? "finalized";
  if (requested === "processed")
    throw new RpcError("invalidParams", "Method does not support commitment below `confirmed`");
  return requested;
};
