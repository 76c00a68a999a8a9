/** Defines the input and output of parsing an instruction. */
import type { ReadonlyUint8Array } from "@solana/kit";

export type KeyedInstruction = {
  readonly programId: string;
  readonly accounts: readonly string[];
  readonly data: ReadonlyUint8Array;
};

/** A `parsed` field: the kind of instruction, and its accounts and arguments by name. */
export type Parsed = { readonly type: string; readonly info: Readonly<Record<string, unknown>> };
