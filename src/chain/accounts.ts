/** Reads raw accounts, up to a hundred per call, and validates each one before any code decodes it. */
import { z } from "zod";
import {
  type AccountFilters,
  type Address,
  type Fetched,
  type RawAccount,
  type Settled,
  unusableSysvar,
} from "../engine/ports.ts";
import { addressAnswer, base64Data, inContext, lamportsAnswer } from "./answers.ts";
import { type BatchSize, readInBatches, settleTooMany } from "./batches.ts";
import type { CommitmentReader } from "./commitment.ts";
import { createNewestSlot, type NewestSlot } from "./newest-slot.ts";
import type { Call, Rpc } from "./rpc.ts";

const found = z.object({ owner: addressAnswer, lamports: lamportsAnswer, data: base64Data });
const account = found.nullable();

/** The most addresses that `getMultipleAccounts` accepts. Small plans of some providers accept far fewer. */
const BATCH = 100;

export const accountBatches = (): BatchSize => ({ most: BATCH });

/** How often we read the batches to get all of them from one slot. */
const ROUNDS = 3;

type Answer = { context: { slot: bigint }; value: (z.infer<typeof found> | null)[] };
type Batch = { slot: bigint; entries: [Address, RawAccount | null][] };

export type AccountReader = (addresses: readonly Address[]) => Promise<Fetched>;

/**
 * Reads accounts at the cluster's settled commitment.
 *
 * Up to a hundred addresses are one call, with one slot. We read more addresses in parallel from one endpoint, and again if
 * the slots of the batches differ. If they still differ after the last round, `slot` is the oldest of them. We reject an
 * endpoint that is far behind an earlier answer.
 */
export function createAccountReader(
  rpc: Rpc,
  commitmentNow: CommitmentReader,
  size = accountBatches(),
): AccountReader {
  const newest = createNewestSlot();
  return async (addresses) => {
    const distinct = [...new Set(addresses)];
    const commitment = await commitmentNow();
    if (distinct.length <= size.most) {
      const batch = await readBatch(rpc.call, newest, distinct, commitment);
      if (batch !== null) return combine([batch]);
    }
    return await rpc.onOneEndpoint((call) => readFrom(call, { newest, size, commitment }, distinct));
  };
}

type Reading = {
  readonly newest: Pick<NewestSlot, "least" | "see">;
  readonly size: BatchSize;
  readonly commitment: Settled;
};

/** Reads accounts from one endpoint. @param addresses each once */
export async function readFrom(
  call: Call,
  { newest, size, commitment }: Reading,
  addresses: readonly Address[],
): Promise<Fetched> {
  let batches: Batch[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    batches = await readInBatches(addresses, size, (group) => readBatch(call, newest, group, commitment));
    if (new Set(batches.map(({ slot }) => slot)).size === 1) break;
  }
  return combine(batches);
}

/** The most accounts that we accept. None of our searches finds so many; an endpoint that returns more did not filter. */
const MOST_FOUND = 1_000;

type FindFrom = {
  readonly commitment: Settled;
  /** The lowest slot that the answer may have; null: any. */
  readonly least: bigint | null;
};

/** Finds the accounts of a program with these bytes at these offsets, on one endpoint. */
export async function findFrom(
  call: Call,
  { commitment, least }: FindFrom,
  program: Address,
  { memcmp, dataSize }: AccountFilters,
): Promise<{ slot: bigint; accounts: ReadonlyMap<Address, RawAccount> }> {
  const filters = [
    ...memcmp.map(({ offset, bytes }) => ({ memcmp: { offset, bytes, encoding: "base58" } })),
    ...(dataSize === undefined ? [] : [{ dataSize }]),
  ];
  const from = { commitment, ...(least === null ? {} : { minContextSlot: least }) };
  const { context, value } = await call({
    method: "getProgramAccounts",
    params: [program, { encoding: "base64", ...from, withContext: true, filters }],
    schema: inContext(z.array(z.object({ pubkey: addressAnswer, account: found })).max(MOST_FOUND)),
  });
  return { slot: context.slot, accounts: new Map(value.map((each) => [each.pubkey, each.account])) };
}

const entriesOf = (addresses: readonly Address[], value: Answer["value"]): Batch["entries"] =>
  addresses.map((address, index) => [address, value[index] ?? null]);

/**
 * The schema of an answer about these addresses. An endpoint whose Rent or Clock sysvar is unusable does not follow the
 * cluster. We refuse its whole answer, so that the next endpoint is asked.
 */
const answerAbout = (addresses: readonly Address[]) =>
  inContext(z.array(account).length(addresses.length)).superRefine(({ value }, context) => {
    const problem = unusableSysvar(new Map(entriesOf(addresses, value)));
    if (problem !== null) context.addIssue({ code: "custom", message: problem });
  });

/** Returns null if the endpoint may accept fewer addresses per call. */
async function readBatch(
  call: Call,
  newest: Pick<NewestSlot, "least" | "see">,
  addresses: readonly Address[],
  commitment: Settled,
): Promise<Batch | null> {
  const least = newest.least();
  const answer = await call<Answer | null>({
    method: "getMultipleAccounts",
    params: [
      addresses,
      { encoding: "base64", commitment, ...(least === null ? {} : { minContextSlot: least }) },
    ],
    schema: answerAbout(addresses),
    settle: settleTooMany(addresses.length),
  });
  if (answer === null) return null;
  const { context, value } = answer;
  newest.see(context.slot);
  return { slot: context.slot, entries: entriesOf(addresses, value) };
}

function combine(batches: readonly Batch[]): Fetched {
  const [slot = 0n] = batches.map((batch) => batch.slot).sort((a, b) => Number(a - b));
  return { slot, accounts: new Map(batches.flatMap(({ entries }) => entries)) };
}
