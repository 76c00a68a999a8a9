/** Reads raw accounts, up to a hundred with one call, and checks every one of them before anyone decodes it. */
import { z } from "zod";
import type { AccountFilters, Address, Fetched, RawAccount, Settled } from "../engine/ports.ts";
import { addressAnswer, base64Data, inContext, lamportsAnswer } from "./answers.ts";
import { askInBatches, type BatchSize, settleTooMany } from "./batches.ts";
import type { CommitmentReader } from "./commitment.ts";
import { createNewestSlot, type NewestSlot } from "./newest-slot.ts";
import type { Call, Rpc } from "./rpc.ts";

const found = z.object({ owner: addressAnswer, lamports: lamportsAnswer, data: base64Data });
const account = found.nullable();

/** `getMultipleAccounts` takes this many addresses, and of some providers' small plans far fewer. */
const BATCH = 100;

export const accountBatches = (): BatchSize => ({ most: BATCH });

/** How often batches are read again to find them all in one slot. */
const ROUNDS = 3;

type Answer = { context: { slot: bigint }; value: (z.infer<typeof found> | null)[] };
type Batch = { slot: bigint; entries: [Address, RawAccount | null][] };

export type AccountReader = (addresses: readonly Address[]) => Promise<Fetched>;

/**
 * Reads accounts as the cluster has settled them. Up to a hundred addresses are one call, of one slot. More are read in parallel from
 * one endpoint, again when a slot passed in between; if it always does, `slot` is the oldest of them. An endpoint that is
 * far behind what was read before is not listened to.
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

/** How accounts are read of one endpoint. */
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
    batches = await askInBatches(addresses, size, (group) => readBatch(call, newest, group, commitment));
    if (new Set(batches.map(({ slot }) => slot)).size === 1) break;
  }
  return combine(batches);
}

/** More than any search of ours has; an endpoint that answers more has not filtered. */
const MOST_FOUND = 1_000;

/** The accounts of a program that hold these bytes at these offsets. */
export async function findAccounts(
  rpc: Rpc,
  commitment: Settled,
  program: Address,
  { memcmp, dataSize }: AccountFilters,
): Promise<{ slot: bigint; accounts: ReadonlyMap<Address, RawAccount> }> {
  const filters = [
    ...memcmp.map(({ offset, bytes }) => ({ memcmp: { offset, bytes, encoding: "base58" } })),
    ...(dataSize === undefined ? [] : [{ dataSize }]),
  ];
  const { context, value } = await rpc.call({
    method: "getProgramAccounts",
    params: [program, { encoding: "base64", commitment, withContext: true, filters }],
    schema: inContext(z.array(z.object({ pubkey: addressAnswer, account: found })).max(MOST_FOUND)),
  });
  return { slot: context.slot, accounts: new Map(value.map((each) => [each.pubkey, each.account])) };
}

/** Null where the endpoint answers fewer addresses at once. */
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
    schema: inContext(z.array(account).length(addresses.length)),
    settle: settleTooMany(addresses.length),
  });
  if (answer === null) return null;
  const { context, value } = answer;
  newest.see(context.slot);
  return { slot: context.slot, entries: addresses.map((address, index) => [address, value[index] ?? null]) };
}

function combine(batches: readonly Batch[]): Fetched {
  const [slot = 0n] = batches.map((batch) => batch.slot).sort((a, b) => Number(a - b));
  return { slot, accounts: new Map(batches.flatMap(({ entries }) => entries)) };
}
