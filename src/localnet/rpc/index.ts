/** Collects all RPC methods of the localnet, and executes requests. */
import { z } from "zod";
import type { Cluster } from "../cluster.ts";
import { accountMethods } from "./accounts.ts";
import { chainStateMethods } from "./chain-state.ts";
import { RpcError } from "./errors.ts";
import { historyMethods } from "./history.ts";
import type { Method } from "./method.ts";
import { sendMethods } from "./send.ts";
import { statusMethods } from "./statuses.ts";
import { tokenMethods } from "./tokens.ts";

const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...accountMethods,
    ...chainStateMethods,
    ...historyMethods,
    ...sendMethods,
    ...statusMethods,
    ...tokenMethods,
  }),
);

const requestSchema = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.array(z.unknown()).nullish(),
});

export type RpcRequest = {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: readonly unknown[];
};

type RpcResponse = { readonly jsonrpc: "2.0"; readonly id: string | number | null } & (
  | { readonly result: unknown }
  | { readonly error: unknown }
);

/** Returns null if it is not a JSON-RPC 2.0 request with positional parameters. */
export const parseRequest = (body: unknown): RpcRequest | null => {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) return null;
  const { id, method, params } = parsed.data;
  return { id: id ?? null, method, params: params ?? [] };
};

export const errorResponse = (id: RpcResponse["id"], error: unknown): RpcResponse => {
  const known =
    error instanceof RpcError
      ? error
      : new RpcError("internal", `Internal error: ${error instanceof Error ? error.message : String(error)}`);
  return { jsonrpc: "2.0", id, error: known.toJSON() };
};

export const invalidRequest = (): RpcResponse =>
  errorResponse(null, new RpcError("invalidRequest", "Invalid request"));

/** Executes one request. Never throws: errors become answers. */
export const answer = (cluster: Cluster, { id, method, params }: RpcRequest): RpcResponse => {
  const run = METHODS.get(method);
  if (run === undefined) return errorResponse(id, new RpcError("methodNotFound", "Method not found"));
  try {
    return { jsonrpc: "2.0", id, result: run(cluster, params) };
  } catch (error) {
    return errorResponse(id, error);
  }
};
