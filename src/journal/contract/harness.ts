/** Defines the harness of the contract's cases, and helpers that create their test data. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  type Address,
  type Base64EncodedWireTransaction,
  blockhash,
  getAddressDecoder,
  getBase58Decoder,
  lamports,
  signature,
} from "@solana/kit";
import type {
  Directory,
  Journal,
  Lease,
  NewAttempt,
  NewLeg,
  NewOperation,
  OperationRequest,
  SharedCache,
  Step,
} from "../../engine/ports.ts";
import { type ErrorCode, isCTOError } from "../../errors/index.ts";

/** The harness of one case. `journal` is new and empty. */
export type JournalHarness = {
  readonly journal: Journal & Directory & SharedCache;
  /** Makes the user's lease expire. It may also make other users' leases expire. */
  expireLease(userId: string): Promise<void>;
  /** Makes more than 24 hours pass for the user's reservations. It may also make other times pass. */
  passDay(userId: string): Promise<void>;
};

export type JournalCase = { readonly name: string; run(harness: JournalHarness): Promise<void> };

export const USER = "alice";
/** So long that no lease expires by itself during a case. */
export const TTL_MS = 600_000;
export const U64_MAX = 2n ** 64n - 1n;

const digest = (text: string): Buffer => createHash("sha512").update(text).digest();

/** Returns a valid address, always the same one for the same text. */
export const addressOf = (text: string): Address => getAddressDecoder().decode(digest(text).subarray(0, 32));

export const requestOf = (changes: Partial<OperationRequest> = {}): OperationRequest => ({
  userId: USER,
  userChatId: 7,
  tokenAddress: addressOf("token"),
  buyLamports: lamports(1_500_000_000n),
  mode: "prefunded",
  platform: "auto",
  priority: 0,
  slippageBps: 300,
  parallelism: 4,
  ...changes,
});

export const legsOf = (count: number): NewLeg[] =>
  Array.from({ length: count }, (_, at) => ({
    index: at + 1,
    walletId: `w${at + 1}`,
    address: addressOf(`wallet ${at + 1}`),
    lamports: lamports(BigInt(at + 1) * 1_000_000n),
    tokensBefore: 0n,
  }));

/** Returns a valid attempt. `label` determines its signature. */
export const attemptOf = (number: number, label = `attempt ${number}`): NewAttempt => ({
  number,
  signature: signature(getBase58Decoder().decode(digest(label))),
  messageVersion: 1,
  wire: digest(label).toString("base64") as Base64EncodedWireTransaction,
  blockhash: blockhash(addressOf("blockhash")),
  lastValidBlockHeight: 250n,
  blockhashSlot: 120n,
  venue: "jupiter",
  quotedTokensOut: 13n,
  minTokensOut: 12n,
  costs: { network: lamports(5_000n), priority: lamports(10n), rent: lamports(2_039_280n) },
});

export const acquire = async (journal: Journal, owner = "worker-1"): Promise<Lease> => {
  const lease = await journal.acquireLease(USER, owner, TTL_MS);
  assert.ok(lease !== null, "the lease was free");
  return lease;
};

export type Planned = {
  readonly id: string;
  readonly lease: Lease;
  readonly steps: Step[];
  readonly first: Step;
};

/** Creates an active operation (by default `op`) with `count` legs. */
export const planned = async (
  journal: Journal,
  count = 2,
  id = "op",
  changes: Partial<OperationRequest> = {},
  given: Pick<NewOperation, "restored"> = {},
): Promise<Planned> => {
  await journal.createOperation({ id, request: requestOf(changes), ...given });
  const lease = await acquire(journal);
  await journal.beginOperation(id, lease);
  const kind = changes.purpose === "sweep" ? "recover" : "buy";
  assert.equal(await journal.writePlan(id, lease, legsOf(count), kind), true);
  const steps = await journal.readSteps(id);
  const [first] = steps;
  assert.ok(first !== undefined);
  return { id, lease, steps, first };
};

/** Inserts an attempt that must be accepted. */
export const inserted = async (
  journal: Journal,
  step: Step,
  lease: Lease,
  attempt: NewAttempt,
): Promise<Step> => {
  const answer = await journal.insertAttempt(step.id, step.version, lease, attempt);
  assert.equal(answer.outcome, "inserted");
  assert.ok(answer.outcome === "inserted");
  return answer.step;
};

export const rejectsWith = (promise: Promise<unknown>, code: ErrorCode): Promise<void> =>
  assert.rejects(promise, (error: unknown) => isCTOError(error, code));
