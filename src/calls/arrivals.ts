/**
 * Stores the statements of a call: one note for each wallet, with the statement that counts and the nonces of all that it
 * has made. So a read of a call is bounded by its wallets. The nonces of a wallet that made room for another one have a note of their
 * own, which is read for this wallet alone: nobody can bring its old statements again. Notes are written by compare-and-set, so the journal decides
 * which statement of a wallet is the last one. No clock does: each server has its own.
 */
import { z } from "zod";
import type { Address, Notes } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { parseStored, signatureSchema, storedText } from "./call-record.ts";
import { type Statement, statementSchema } from "./pledge.ts";

const pledgesOf = (callId: string): string => `pledge/${callId}/`;
const droppedOf = (callId: string): string => `dropped/${callId}/`;

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

const noncesSchema = z.array(z.string());

/** What a wallet has stated so far. */
export type Stated = {
  /** Of the statement that counts; null: none does, or it made room for another wallet's. */
  readonly last: Statement["kind"] | null;
  /** Of all its statements. */
  readonly nonces: readonly string[];
};

export type Arrivals = {
  /**
   * Makes a statement the one that counts of its wallet.
   *
   * @param mayState whether the wallet may make one more statement, after those that it has made
   */
  addArrival(
    callId: string,
    arrival: Arrival,
    mayState?: (stated: Stated) => boolean,
  ): Promise<"kept" | "replayed" | "too many">;
  /** Returns the last statement of each wallet, in the order in which they arrived. */
  listArrivals(callId: string): Promise<Kept[]>;
  readStated(callId: string, wallet: Address): Promise<Stated>;
  /** Forgets the statement of a wallet, but for the nonces that it has used. */
  dropArrivals(callId: string, wallet: Address): Promise<void>;
  /** Forgets those nonces, too: the call is over, and takes no statement any more. */
  forgetDropped(callId: string): Promise<void>;
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
  notes: Pick<Notes, "readNote" | "listNotes" | "writeNote">,
  write: (callId: string, ...note: Parameters<Notes["writeNote"]>) => Promise<boolean>,
): Arrivals {
  const parseAll = createMemory();
  const keyOf = (callId: string, wallet: Address): string => `${pledgesOf(callId)}${wallet}`;
  const readDropped = async (callId: string, wallet: Address) => {
    const note = await notes.readNote(`${droppedOf(callId)}${wallet}`);
    return {
      version: note?.version ?? 0,
      nonces: note === null ? [] : parseStored("pledges", noncesSchema, note.value),
    };
  };
  const read = async (callId: string, wallet: Address): Promise<{ version: number; stated: Stated }> => {
    const note = await notes.readNote(keyOf(callId, wallet));
    if (note === null) {
      // After the note: the nonces are stored before it is deleted.
      const { nonces } = await readDropped(callId, wallet);
      return { version: 0, stated: { last: null, nonces } };
    }
    const { statement, nonces } = parse(note.value);
    return { version: note.version, stated: { last: statement.kind, nonces } };
  };
  const withoutEnd = (wallet: Address): CTOError =>
    new CTOError("CTO_E_INTERNAL", { reason: `${wallet} makes statements without end` });
  const keepDropped = async (callId: string, wallet: Address, nonces: readonly string[]): Promise<void> => {
    for (let left = TRIES; left > 0; left -= 1) {
      const dropped = await readDropped(callId, wallet);
      const all = [...new Set([...dropped.nonces, ...nonces])];
      if (await notes.writeNote(`${droppedOf(callId)}${wallet}`, dropped.version, storedText(all))) return;
    }
    throw withoutEnd(wallet);
  };
  return {
    async addArrival(callId, arrival, mayState = () => true) {
      const { wallet, nonce } = arrival.statement;
      for (let left = TRIES; left > 0; left -= 1) {
        const { version, stated } = await read(callId, wallet);
        if (stated.nonces.includes(nonce)) return "replayed";
        if (!mayState(stated)) return "too many";
        const kept: Kept = { ...arrival, nonces: [...stated.nonces, nonce] };
        if (await write(callId, keyOf(callId, wallet), version, storedText(kept))) return "kept";
      }
      throw withoutEnd(wallet);
    },
    async listArrivals(callId) {
      const found = parseAll(callId, await notes.listNotes(pledgesOf(callId)));
      return found.sort(
        (one, other) =>
          one.at.getTime() - other.at.getTime() || (one.statement.wallet < other.statement.wallet ? -1 : 1),
      );
    },
    readStated: async (callId, wallet) => (await read(callId, wallet)).stated,
    async dropArrivals(callId, wallet) {
      const key = keyOf(callId, wallet);
      const note = await notes.readNote(key);
      if (note === null) return;
      await keepDropped(callId, wallet, parse(note.value).nonces);
      await write(callId, key, note.version, null);
    },
    async forgetDropped(callId) {
      for (const { key, version } of await notes.listNotes(droppedOf(callId)))
        await notes.writeNote(key, version, null);
    },
  };
}
