/**
 * Stores calls, statements and handed-out messages as notes of the journal, so in every journal alike and without
 * tables of their own. A note is written by compare-and-set, and its write is durable when it returns (R1).
 */
import type { Base64EncodedWireTransaction, Blockhash } from "@solana/kit";
import { z } from "zod";
import type { CallBook, Handed } from "../engine/calls/call-book.ts";
import type { Muster } from "../engine/calls/muster.ts";
import { type Address, type Notes, VENUES } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { type Arrivals, createArrivals } from "./arrivals.ts";
import { type CallRecord, callRecordText, parseCallRecord, parseStored, storedText } from "./call-record.ts";
import { createLanes } from "./lanes.ts";
import { addressSchema } from "./terms.ts";
import { createTickets, type Tickets } from "./tickets.ts";

const callKey = (callId: string): string => `call/${callId}`;
/** Exists while the call is not over. The workers list these. */
const openKey = (callId: string): string => `open-call/${callId}`;
/** Exists from the announcement on, for as long as the call is watched. */
const watchedKey = (callId: string): string => `watched-call/${callId}`;
type OfRound = Pick<Handed, "muster" | "blockhash">;

const handedKey = (callId: string, { muster, blockhash }: OfRound, wallet: Address): string =>
  `handed/${callId}/${muster}/${blockhash}/${wallet}`;
const returnedKey = (callId: string, blockhash: Blockhash, wallet: Address): string =>
  `returned/${callId}/${blockhash}/${wallet}`;

const bytes = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, "base64")));
const whole = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);

const handedSchema = z.object({
  muster: z.number().int().positive(),
  wallet: addressSchema,
  leg: z.number().int().min(1),
  legs: z.number().int().min(1),
  blockhash: addressSchema.transform((text) => text as string as Blockhash),
  blockhashSlot: whole,
  messageBytes: bytes,
  messageVersion: z.union([z.literal(0), z.literal(1)]),
  lookupTables: z.record(addressSchema, z.array(addressSchema)),
  venue: z.enum(VENUES),
  leastTokens: whole,
  tokenAccount: addressSchema,
  mayLeave: whole,
  ownRents: whole.default(0n),
  ownAccounts: z.array(addressSchema),
  onTheWay: z.array(addressSchema),
}) satisfies z.ZodType<Handed>;

const wireSchema = z.base64().transform((text) => text as Base64EncodedWireTransaction);

export type CallStore = Arrivals &
  Tickets & {
    /** Returns false if there is a call with this id. */
    addCall(record: CallRecord): Promise<boolean>;
    readCall(callId: string): Promise<CallRecord | null>;
    /**
     * Changes a call by compare-and-set. Changes that wait for each other in this process are written together.
     *
     * @throws `CTO_E_CALL_UNKNOWN`, and what the change throws
     */
    changeCall(callId: string, change: (record: CallRecord) => CallRecord): Promise<CallRecord>;
    /** Marks a call as open, so that the workers carry it out. */
    markOpen(callId: string): Promise<void>;
    /** Returns the ids of the calls that workers carry out. */
    listOpen(): Promise<string[]>;
    /** Returns all calls, by id. */
    listCalls(): Promise<CallRecord[]>;
    /** Marks a call as over. It stays readable. */
    close(callId: string): Promise<void>;
    /** Marks a call as watched: {@link lookAfter} looks after it. */
    watch(callId: string): Promise<void>;
    listWatched(): Promise<string[]>;
    unwatch(callId: string): Promise<void>;
    bookOf(callId: string): CallBook;
  };

/** @param changed called after each change of a call, or of its pledges, that this store has made */
export function createCallStore(
  notes: Notes,
  changed: (callId: string) => void = () => undefined,
): CallStore {
  /** Writes a note, and tells of it if it is written. */
  const write = async (callId: string, ...note: Parameters<Notes["writeNote"]>): Promise<boolean> => {
    const isWritten = await notes.writeNote(...note);
    if (isWritten) changed(callId);
    return isWritten;
  };
  const listMarks = async (prefix: string): Promise<string[]> =>
    (await notes.listNotes(prefix)).map(({ key }) => key.slice(prefix.length));
  const removeMark = async (key: string): Promise<void> => {
    const mark = await notes.readNote(key);
    if (mark !== null) await notes.writeNote(key, mark.version, null);
  };
  const readCall = async (callId: string) => {
    const note = await notes.readNote(callKey(callId));
    return note === null ? null : { record: parseCallRecord(note.value), version: note.version };
  };
  const arrivals = createArrivals(notes, write);
  const lanes = createLanes<CallRecord>({
    async read(callId) {
      const found = await readCall(callId);
      if (found === null) throw new CTOError("CTO_E_CALL_UNKNOWN", { callId });
      return { value: found.record, version: found.version };
    },
    write: (callId, version, record) => write(callId, callKey(callId), version, callRecordText(record)),
  });
  return {
    async addCall(record) {
      const { callId } = record.call.terms;
      return notes.writeNote(callKey(callId), 0, callRecordText(record));
    },
    async markOpen(callId) {
      await notes.writeNote(openKey(callId), 0, "");
    },
    readCall: async (callId) => (await readCall(callId))?.record ?? null,
    changeCall: lanes.change,
    listOpen: () => listMarks(openKey("")),
    listCalls: async () => (await notes.listNotes(callKey(""))).map(({ value }) => parseCallRecord(value)),
    async close(callId) {
      await arrivals.forgetDropped(callId);
      await removeMark(openKey(callId));
    },
    async watch(callId) {
      await notes.writeNote(watchedKey(callId), 0, "");
    },
    listWatched: () => listMarks(watchedKey("")),
    unwatch: (callId) => removeMark(watchedKey(callId)),
    ...arrivals,
    ...createTickets(notes),
    bookOf: (callId) => createBook(notes, callId, lanes.change, readCall),
  };
}

const musterOf = ({ muster, call }: CallRecord): Muster => {
  if (muster !== null) return muster;
  throw new CTOError("CTO_E_INTERNAL", { reason: `${call.terms.callId} has no muster` });
};

function createBook(
  notes: Notes,
  callId: string,
  change: CallStore["changeCall"],
  readCall: (callId: string) => Promise<{ readonly record: CallRecord } | null>,
): CallBook {
  const wireAt = async (key: string): Promise<Base64EncodedWireTransaction | null> => {
    const note = await notes.readNote(key);
    return note === null ? null : wireSchema.parse(note.value);
  };
  return {
    async read() {
      const found = await readCall(callId);
      if (found === null) throw new CTOError("CTO_E_CALL_UNKNOWN", { callId });
      return musterOf(found.record);
    },
    async move(make) {
      const moved = await change(callId, (record) => {
        const before = musterOf(record);
        const muster = make(before);
        return muster === before ? record : { ...record, muster };
      });
      return musterOf(moved);
    },
    async writeHanded(handed) {
      const { messageBytes, ...rest } = handed;
      const text = storedText({ ...rest, messageBytes: Buffer.from(messageBytes).toString("base64") });
      await notes.writeNote(handedKey(callId, handed, handed.wallet), 0, text);
    },
    async readHanded(round, wallet) {
      const note = await notes.readNote(handedKey(callId, round, wallet));
      return note === null ? null : parseStored("handed", handedSchema, note.value);
    },
    async writeReturned(blockhash, wallet, wire) {
      const key = returnedKey(callId, blockhash, wallet);
      await notes.writeNote(key, 0, wire);
      const kept = await wireAt(key);
      if (kept !== null) return kept;
      throw new CTOError("CTO_E_INTERNAL", { reason: `what ${wallet} returned is gone` });
    },
    readReturned: (blockhash, wallet) => wireAt(returnedKey(callId, blockhash, wallet)),
  };
}
