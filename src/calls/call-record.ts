/** Defines a call as it is journaled: its terms, where it stands, its muster and what came of it. As JSON text. */
import { type Blockhash, isSignature, type Signature } from "@solana/kit";
import { z } from "zod";
import { type Lifetime, type Muster, PHASES } from "../engine/calls/muster.ts";
import type { LandedBuy } from "../engine/calls/results.ts";
import type { Address, Lamports } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { parseTerms } from "./parse-terms.ts";
import { addressSchema, type Call, MINT_POWERS, type MintPower, termsSchema } from "./terms.ts";

/**
 * The statuses of a call.
 *
 * - `announced`: its terms are accepted here; their memo is not final yet, or the opening has not come.
 * - `open`: members may pledge.
 * - `mustering`: members sign.
 * - `landed`, `lapsed`: it is over; something landed, or nothing did.
 */
export const CALL_STATUSES = ["announced", "open", "mustering", "landed", "lapsed"] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];

/** Who paid for the first transaction that brought a wallet lamports; null: unknown. */
export type CallFunder = { readonly wallet: Address; readonly funder: Address | null };

/** A transaction since the announcement in which the token left the caller's wallets: sold, or sent away. */
export type CallSale = {
  /** One of the caller's wallets that it left. */
  readonly wallet: Address;
  readonly signature: Signature;
  readonly slot: bigint;
  /** Base units, of all of the caller's wallets together. */
  readonly tokens: bigint;
};

/** How far the history of one of the caller's wallets was read. */
export type Watch = {
  readonly wallet: Address;
  /** Everything that landed before this slot was read. */
  readonly through: bigint;
  /**
   * A history that one look could not read to its end, newest first. The next look goes on behind `before`, or from the newest
   * one if that is null. Null: nothing is left.
   */
  readonly rest: Rest | null;
};

export type Rest = {
  /** When the rest is read, everything before this slot was. */
  readonly top: bigint;
  readonly before: Signature | null;
  /** Something of it could not be read: all of it is read again. */
  readonly lacks: boolean;
};

/** Which pledging wallets held enough when a worker looked. A wallet in neither list has pledged since. */
export type Cover = { readonly covered: readonly Address[]; readonly uncovered: readonly Address[] };

/** Why nothing of a call is handed out or released: the journal may lack what was handed out (behind.ts). */
export type CallHold = {
  readonly why: string;
  /** The journal's mark from which it is asked again; null: it is held for good. */
  readonly since: bigint | null;
};

export type CallRecord = {
  readonly call: Call;
  readonly status: CallStatus;
  readonly createdAt: Date;
  /** When the restore that stood at its creation was declared; null: there was none. By the database's clock. */
  readonly restoredAt: Date | null;
  readonly held: CallHold | null;
  /** The transaction whose memo publishes the hash of the terms; null before it is final. */
  readonly announcement: { readonly signature: Signature; readonly slot: bigint } | null;
  /** What the mint's issuer can do to its holders, as it was last seen. */
  readonly powers: readonly MintPower[];
  /** Null before the first look. It stays as it was when the muster began. */
  readonly cover: Cover | null;
  readonly muster: Muster | null;
  /** So many musters have begun. */
  readonly musters: number;
  /** The caller has started the muster. False again when it goes back to pledging. */
  readonly isStarted: boolean;
  /** The nonces of the caller's starts, also of those that were refused: each may be brought once. */
  readonly starts: readonly string[];
  /** Why no round has begun, although one may; null: nothing is in the way. */
  readonly waits: string | null;
  readonly ended: { readonly at: Date; readonly why: string } | null;
  readonly results: readonly LandedBuy[];
  /** Of the members that were looked up. */
  readonly funders: readonly CallFunder[];
  /** The largest that were found: see {@link withSales}. */
  readonly sales: readonly CallSale[];
  /** More were found than are listed. None of them is larger than one that is. */
  readonly salesLeftOff: boolean;
  /** How far the histories of the caller's wallets were read for sales. Empty before the first look. */
  readonly watches: readonly Watch[];
};

/** A call as it is when its terms are accepted. */
export const newRecord = (call: Call, createdAt: Date): CallRecord => ({
  call,
  status: "announced",
  createdAt,
  restoredAt: null,
  held: null,
  announcement: null,
  powers: [],
  cover: null,
  muster: null,
  musters: 0,
  isStarted: false,
  starts: [],
  waits: null,
  ended: null,
  results: [],
  funders: [],
  sales: [],
  salesLeftOff: false,
  watches: [],
});

const whole = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);
const moment = z.iso.datetime().transform((text) => new Date(text));
export const signatureSchema = z
  .string()
  .refine((text): boolean => isSignature(text))
  .transform((text) => text as Signature);
const blockhash = addressSchema.transform((text) => text as string as Blockhash);
const lamports = whole.transform((amount) => amount as Lamports);

const lifetimeSchema = z.object({
  blockhash,
  blockhashSlot: whole,
  blockHeight: whole,
  lastValidBlockHeight: whole,
}) satisfies z.ZodType<Lifetime>;

const attemptSchema = z
  .object({
    round: z.number().int().min(1),
    phase: z.enum(Object.keys(PHASES) as [keyof typeof PHASES]),
    lifetime: lifetimeSchema,
    signature: signatureSchema.nullable(),
    landed: signatureSchema.optional(),
  })
  .transform(({ landed, ...attempt }) => ({
    ...attempt,
    // Earlier versions kept it after a fork had dropped it.
    ...(landed && attempt.phase !== "dead" ? { landed } : {}),
  }));

const watchSchema = z.object({
  wallet: addressSchema,
  through: whole,
  rest: z.object({ top: whole, before: signatureSchema.nullable(), lacks: z.boolean() }).nullable(),
}) satisfies z.ZodType<Watch>;

const musterSchema = z.object({
  number: z.number().int().positive().default(1),
  goal: z.object({
    leastLamports: whole,
    mostLamports: whole,
    leastWallets: z.number().int(),
    endsAt: moment,
  }),
  members: z.array(
    z.object({
      wallet: addressSchema,
      lamports,
      way: z.enum(["signs", "sends"]),
      withdrawn: z.boolean(),
      withdrawnIn: z.number().int().min(0).exactOptional(),
      attempts: z.array(attemptSchema),
    }),
  ),
  round: z.number().int().min(0),
  lifetime: lifetimeSchema.nullable(),
  released: z.boolean(),
  releasedBefore: z.boolean().default(false),
}) satisfies z.ZodType<Muster>;

const recordSchema = z
  .object({
    terms: termsSchema,
    status: z.enum(CALL_STATUSES),
    createdAt: moment,
    restoredAt: moment.nullable().default(null),
    held: z.object({ why: z.string(), since: whole.nullable() }).nullable().default(null),
    announcement: z.object({ signature: signatureSchema, slot: whole }).nullable(),
    powers: z.array(z.enum(MINT_POWERS)).default([]),
    cover: z
      .object({ covered: z.array(addressSchema), uncovered: z.array(addressSchema) })
      .nullable()
      .default(null),
    muster: musterSchema.nullable(),
    musters: z.number().int().min(0).default(0),
    isStarted: z.boolean().default(false),
    starts: z.array(z.string()).default([]),
    waits: z.string().nullable(),
    ended: z.object({ at: moment, why: z.string() }).nullable(),
    results: z.array(
      z.object({
        wallet: addressSchema,
        signature: signatureSchema,
        slot: whole,
        tokens: whole,
        lamports: whole,
        fee: whole,
      }),
    ),
    funders: z.array(z.object({ wallet: addressSchema, funder: addressSchema.nullable() })).default([]),
    sales: z
      .array(z.object({ wallet: addressSchema, signature: signatureSchema, slot: whole, tokens: whole }))
      .default([]),
    salesLeftOff: z.boolean().default(false),
    watches: z.array(watchSchema).default([]),
  })
  .transform(({ terms, ...record }): CallRecord => ({ call: parseTerms(terms), ...record }));

/** Parses a stored JSON text. @throws `CTO_E_JOURNAL_UNREADABLE` with the problem alone */
export function parseStored<Parsed>(what: string, schema: z.ZodType<Parsed>, text: string): Parsed {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new CTOError("CTO_E_JOURNAL_UNREADABLE", { table: what, problem }, { cause: error });
  }
}

/** Writes JSON; integers that JSON cannot express become decimal text. */
export const storedText = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? String(part) : part));

export const parseCallRecord = (text: string): CallRecord => parseStored("calls", recordSchema, text);

export const callRecordText = ({ call, ...record }: CallRecord): string =>
  storedText({ ...record, terms: call.terms });
