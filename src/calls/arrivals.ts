/**
 * Stores the statements of a call: one note for each wallet, with the statement that counts and the nonces of all that it
 * has made. So a read of a call is bounded by its wallets. Notes are written by compare-and-set, so the journal decides
 * which statement of a wallet is the last one. No clock does: each server has its own.
 */
import { z } from "zod";
import type { Address, Notes } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { parseStored, signatureSchema, storedText } from "./call-record.ts";
import { statementSchema } from "./pledge.ts";

const pledgesOf = (callId: string): string => `pledge/${callId}/`;

const arrivalSchema = z.object({
  statement: statementSchema,
  signature: signatureSchema,
  at: z.iso.datetime().transform((text) => new Date(text)),
  way: z.enum(["signs", "sends"]),
  version: z.union([z.literal(0), z.literal(1)]),
});

/** A statement that counts, with what its wallet can do, as the member's page says. */
export type Arrival = z.output<typeof arrivalSchema>;

const keptSchema = arrivalSchema.extend({ nonces: z.array(z.string()) });

/** The last statement of a wallet, and the nonces of all its statements, the last one included. */
export type Kept = z.output<typeof keptSchema>;

export type Arrivals = {
  /**
   * Makes a statement the one that counts of its wallet.
   *
   * @param mayState whether the wallet may make one more statement, after the one that it has made last
   */
  addArrival(
    callId: string,
    arrival: Arrival,
    mayState?: (last: Kept | null) => boolean,
  ): Promise<"kept" | "replayed" | "too many">;
  /** Returns the last statement of each wallet, in the order in which they arrived. */
  listArrivals(callId: string): Promise<Kept[]>;
  readArrival(callId: string, wallet: Address): Promise<Kept | null>;
  /** Forgets the statements of a wallet. */
  dropArrivals(callId: string, wallet: Address): Promise<void>;
};

/** The most lost races. Each one means that another statement of the same wallet was stored. */
const TRIES = 100;
/** The calls whose parsed statements stay in memory. */
const CALLS_IN_MEMORY = 16;

type Parsed = { readonly version: number; readonly value: string; readonly kept: Kept };

const parse = (text: string): Kept => parseStored("pledges", keptSchema, text);

/** Parses the notes of a call. Everyone reads calls, so notes that have not changed are not parsed again. */
function createMemory() {
  const calls = new Map<string, ReadonlyMap<string, Parsed>>();
  return (callId: string, notes: readonly { key: string; value: string; version: number }[]): Kept[] => {
    const before = calls.get(callId);
    const now = new Map(
      notes.map(({ key, value, version }) => {
        const found = before?.get(key);
        // A note that was deleted and made again may have the version of the old one.
        const isSame = found?.version === version && found.value === value;
        return [key, isSame ? found : { version, value, kept: parse(value) }];
      }),
    );
    calls.delete(callId);
    calls.set(callId, now);
    const [oldest] = calls.keys();
    if (calls.size > CALLS_IN_MEMORY && oldest !== undefined) calls.delete(oldest);
    return [...now.values()].map(({ kept }) => kept);
  };
}

/** @param write writes a note of the call, and tells of it */
export function createArrivals(
  notes: Pick<Notes, "readNote" | "listNotes">,
  write: (callId: string, ...note: Parameters<Notes["writeNote"]>) => Promise<boolean>,
): Arrivals {
  const parseAll = createMemory();
  const keyOf = (callId: string, wallet: Address): string => `${pledgesOf(callId)}${wallet}`;
  return {
    async addArrival(callId, arrival, mayState = () => true) {
      const { wallet, nonce } = arrival.statement;
      const key = keyOf(callId, wallet);
      for (let left = TRIES; left > 0; left -= 1) {
        const note = await notes.readNote(key);
        const last = note === null ? null : parse(note.value);
        if (last?.nonces.includes(nonce)) return "replayed";
        if (!mayState(last)) return "too many";
        const kept: Kept = { ...arrival, nonces: [...(last?.nonces ?? []), nonce] };
        if (await write(callId, key, note?.version ?? 0, storedText(kept))) return "kept";
      }
      throw new CTOError("CTO_E_INTERNAL", { reason: `${wallet} makes statements without end` });
    },
    async listArrivals(callId) {
      const found = parseAll(callId, await notes.listNotes(pledgesOf(callId)));
      return found.sort(
        (one, other) =>
          one.at.getTime() - other.at.getTime() || (one.statement.wallet < other.statement.wallet ? -1 : 1),
      );
    },
    async readArrival(callId, wallet) {
      const note = await notes.readNote(keyOf(callId, wallet));
      return note === null ? null : parse(note.value);
    },
    async dropArrivals(callId, wallet) {
      const key = keyOf(callId, wallet);
      const note = await notes.readNote(key);
      if (note !== null) await write(callId, key, note.version, null);
    },
  };
}
