/** Reads raw accounts, up to a hundred with one call, and checks every one of them before anyone decodes it. */
import { z } from "zod";
import type { AccountFilters, Address, Fetched, RawAccount } from "../engine/ports.ts";
import { addressAnswer, base64Data, inContext, lamportsAnswer } from "./answers.ts";
import { createNewestSlot, type NewestSlot } from "./newest-slot.ts";
import type { Call, Rpc } from "./rpc.ts";

const found = z.object({ owner: addressAnswer, lamports: lamportsAnswer, data: base64Data });
const account = found.nullable();

/** `getMultipleAccounts` takes this many addresses. */
const BATCH = 100;

/** How often batches are read again to find them all in one slot. */
const ROUNDS = 3;

type Batch = { slot: bigint; entries: [Address, RawAccount | null][] };

export type AccountReader = (addresses: readonly Address[]) => Promise<Fetched>;

/**
 * Reads accounts at `confirmed`. Up to a hundred addresses are one call, of one slot. More are read in parallel from
 * one endpoint, again when a slot passed in between; if it always does, `slot` is the oldest of them. An endpoint that is
 * far behind what was read before is not listened to.
 */
export function createAccountReader(rpc: Rpc): AccountReader {
  const newest = createNewestSlot();
  return async (addresses) => {
    const distinct = [...new Set(addresses)];
    if (distinct.length <= BATCH) return combine([await readBatch(rpc.call, newest, distinct)]);
    return await rpc.onOneEndpoint((call) => readFrom(call, newest, distinct));
  };
}

/** Reads accounts from one endpoint. @param addresses each once */
export async function readFrom(
  call: Call,
  newest: Pick<NewestSlot, "least" | "see">,
  addresses: readonly Address[],
): Promise<Fetched> {
  const groups = chunk(addresses, BATCH);
  let batches: Batch[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    batches = await Promise.all(groups.map((group) => readBatch(call, newest, group)));
    if (new Set(batches.map(({ slot }) => slot)).size === 1) break;
  }
  return combine(batches);
}

/** More than any search of ours has; an endpoint that answers more has not filtered. */
const MOST_FOUND = 1_000;

/** The accounts of a program that hold these bytes at these offsets, at `confirmed`. */
export async function findAccounts(
  rpc: Rpc,
  program: Address,
  { memcmp, dataSize }: AccountFilters,
): Promise<{ slot: bigint; accounts: ReadonlyMap<Address, RawAccount> }> {
  const filters = [
    ...memcmp.map(({ offset, bytes }) => ({ memcmp: { offset, bytes, encoding: "base58" } })),
    ...(dataSize === undefined ? [] : [{ dataSize }]),
  ];
  const { context, value } = await rpc.call({
    method: "getProgramAccounts",
    params: [program, { encoding: "base64", commitment: "confirmed", withContext: true, filters }],
    schema: inContext(z.array(z.object({ pubkey: addressAnswer, account: found })).max(MOST_FOUND)),
  });
  return { slot: context.slot, accounts: new Map(value.map((each) => [each.pubkey, each.account])) };
}

async function readBatch(call: Call, newest: NewestSlot, addresses: readonly Address[]): Promise<Batch> {
  const least = newest.least();
  const { context, value } = await call({
    method: "getMultipleAccounts",
    params: [
      addresses,
      { encoding: "base64", commitment: "confirmed", ...(least === null ? {} : { minContextSlot: least }) },
    ],
    schema: inContext(z.array(account).length(addresses.length)),
  });
  newest.see(context.slot);
  return { slot: context.slot, entries: addresses.map((address, index) => [address, value[index] ?? null]) };
}

function combine(batches: readonly Batch[]): Fetched {
  const [slot = 0n] = batches.map((batch) => batch.slot).sort((a, b) => Number(a - b));
  return { slot, accounts: new Map(batches.flatMap(({ entries }) => entries)) };
}

/** Cuts a list into groups of at most `size`. */
export function chunk<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
