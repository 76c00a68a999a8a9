/**
 * Sends signed bytes. Sending the same bytes again is always safe (R2), so a retry cannot buy twice. We return a preflight
 * refusal and throw every other error, because it leaves the outcome unknown (R4).
 */
import { z } from "zod";
import { readWire } from "../base/wire.ts";
import type { Base64EncodedWireTransaction, Signature, TransactionFailure } from "../engine/ports.ts";
import { signatureAnswer } from "./answers.ts";
import type { CommitmentReader } from "./commitment.ts";
import { describeFailure } from "./failure.ts";
import type { NodeError, Rpc, RpcRequest } from "./rpc.ts";
import { programsOf } from "./transaction.ts";

/** Agave's answer if preflight refuses a transaction. */
const PREFLIGHT_FAILURE = -32002;

const preflightData = z.object({
  err: z.union([z.string(), z.record(z.string(), z.unknown())]),
  logs: z.array(z.string()).nullish(),
});

type Outcome = "sent" | { refused: TransactionFailure };

/**
 * Sends with `maxRetries: 0`. A node under load drops its own retries, so the engine sends again itself.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`: it may or may not have been forwarded
 */
export async function broadcast(
  { rpc, commitment }: { readonly rpc: Rpc; readonly commitment: CommitmentReader },
  wire: Base64EncodedWireTransaction,
  { preflight, everywhere = false }: { preflight: boolean; everywhere?: boolean },
): Promise<Outcome> {
  const { signature, messageBytes } = readWire(wire);
  const preflightCommitment = await commitment();
  const request: RpcRequest<Outcome> = {
    method: "sendTransaction",
    params: [
      wire,
      {
        encoding: "base64",
        skipPreflight: !preflight,
        preflightCommitment,
        maxRetries: 0,
      },
    ],
    schema: signatureAnswer
      .refine((answered) => answered === signature, "the signature of another transaction")
      .transform(() => "sent" as const),
    settle: (error) => settle(error, messageBytes),
    urgent: true,
  };
  return everywhere && rpc.size > 1 ? await toEvery(rpc, signature, request) : await rpc.call(request);
}

/** Sends to every endpoint, and waits only for the first that accepts. If none does, a refusal says more than a fault. */
async function toEvery(
  rpc: Pick<Rpc, "callEach">,
  signature: Signature,
  request: RpcRequest<Outcome>,
): Promise<Outcome> {
  const answers = rpc.callEach(signature, request);
  const accepted = answers.map(async (answer): Promise<Outcome> => {
    const outcome = await answer;
    return outcome === "sent" ? outcome : Promise.reject(outcome);
  });
  try {
    return await Promise.any(accepted);
  } catch {
    const settled = await Promise.allSettled(answers);
    const refusal = settled.find((one) => one.status === "fulfilled");
    return refusal === undefined ? await Promise.race(answers) : refusal.value;
  }
}

function settle({ code, message, data }: NodeError, messageBytes: Uint8Array): Outcome | undefined {
  if (code !== PREFLIGHT_FAILURE) return undefined;
  const parsed = preflightData.safeParse(data);
  if (!parsed.success) return { refused: { error: null, message } };
  const { err, logs } = parsed.data;
  if (err === "AlreadyProcessed") return "sent";
  const programs = programsOf(messageBytes);
  return { refused: describeFailure(err, { programs, ...(logs ? { logs } : {}) }) };
}
