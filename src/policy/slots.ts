/**
 * Describes a meant transaction as slots. Each slot takes at most one instruction. We refuse an instruction
 * that fits no slot, and a transaction that leaves a needed slot empty.
 */
import type { Address, ReadonlyUint8Array } from "@solana/kit";
import type { Instruction } from "./message.ts";

/** One exact instruction: its program, its accounts in order, its data. */
export type Exactly = Instruction;

/** An instruction that a function checks, because we cannot know all of it in advance. */
export type Checked = {
  readonly program: Address;
  /** Returns the reason for a refusal, or null. */
  check(instruction: Instruction): string | null;
};

export type Slot = {
  /** What the slot holds, for people. */
  readonly name: string;
  readonly needed: boolean;
  /** Any one of these fills the slot. */
  readonly anyOf: readonly (Exactly | Checked)[];
  /** Its place in relation to the swap. Without one, it may stand anywhere. */
  readonly place?: Place;
};

/** In their order. A proof of delivery before the swap would prove nothing. */
const PLACES = ["before the swap", "swap", "after the swap"] as const;
type Place = (typeof PLACES)[number];

export const needs = (name: string, ...anyOf: Slot["anyOf"]): Slot => ({ name, needed: true, anyOf });
export const mayHave = (name: string, ...anyOf: Slot["anyOf"]): Slot => ({ name, needed: false, anyOf });

const placed =
  (place: Place) =>
  (slot: Slot): Slot => ({ ...slot, place });
export const beforeSwap = placed("before the swap");
export const theSwap = placed("swap");
export const afterSwap = placed("after the swap");

export function sameBytes(a: ReadonlyUint8Array, b: ReadonlyUint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

const differenceFrom = (meant: Exactly | Checked, found: Instruction): string | null => {
  if ("check" in meant) return meant.check(found);
  if (found.accounts.length !== meant.accounts.length)
    return `it names ${found.accounts.length} accounts instead of ${meant.accounts.length}`;
  const at = meant.accounts.findIndex((account, index) => account !== found.accounts[index]);
  if (at >= 0) return `account ${at + 1} is ${found.accounts[at]} instead of ${meant.accounts[at]}`;
  return sameBytes(meant.data, found.data) ? null : "its kind or its amounts are not those that were meant";
};

/**
 * Returns how similar two instructions are. It selects the slot that the reason names when an instruction fits none.
 */
const likeness = (meant: Exactly | Checked, found: Instruction): number => {
  if ("check" in meant) return 1;
  const sameKind = meant.data.length > 0 && meant.data[0] === found.data[0];
  const same = meant.accounts.filter((account, at) => account === found.accounts[at]).length;
  return (sameKind ? 100 : 0) + same;
};

type Candidate = { readonly slot: Slot; readonly meant: Exactly | Checked };

/** Returns what the instruction may be: all of its program that any slot takes. */
function candidatesFor(slots: readonly Slot[], { program }: Instruction): Candidate[] {
  const candidates: Candidate[] = [];
  for (const slot of slots) {
    for (const meant of slot.anyOf) if (meant.program === program) candidates.push({ slot, meant });
  }
  return candidates;
}

const reasonOf = (found: Instruction, candidates: readonly Candidate[]): string => {
  const [nearest] = candidates.toSorted((a, b) => likeness(b.meant, found) - likeness(a.meant, found));
  if (nearest === undefined) return `an instruction of ${found.program} has no place in it`;
  return `${nearest.slot.name}: ${differenceFrom(nearest.meant, found) ?? "it stands there twice"}`;
};

/**
 * Returns null if every instruction has a slot and every needed slot has an instruction. Otherwise it returns the reason.
 */
export function fill(slots: readonly Slot[], instructions: readonly Instruction[]): string | null {
  const open = new Set(slots);
  let reached = 0;
  for (const found of instructions) {
    const candidates = candidatesFor(slots, found);
    const taken = candidates.find(
      ({ slot, meant }) => open.has(slot) && differenceFrom(meant, found) === null,
    );
    if (taken === undefined) return reasonOf(found, candidates);
    open.delete(taken.slot);
    const { name, place } = taken.slot;
    if (place === undefined) continue;
    if (PLACES.indexOf(place) < reached) return `${name}: it is not in its place`;
    reached = PLACES.indexOf(place);
  }
  const empty = [...open].find(({ needed }) => needed);
  return empty === undefined ? null : `${empty.name}: it is missing`;
}
