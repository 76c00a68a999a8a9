/** Counts the distinct funders of a call's members. Funders are wallets; they say nothing about how many people there are. */
import type { Address } from "../engine/ports.ts";
import type { CallRecord } from "./call-record.ts";

export const UNKNOWN_FUNDER = "unknown";

export type Funders = {
  readonly distinct: number;
  /** Members whose funder is not within one hop and three pages of history. */
  readonly unknown: number;
};

/** Returns a funder's address, or `unknown`; undefined if the wallet was not looked up yet. */
export function funderOf({ funders }: Pick<CallRecord, "funders">, wallet: Address): string | undefined {
  const found = funders.find((one) => one.wallet === wallet);
  return found === undefined ? undefined : (found.funder ?? UNKNOWN_FUNDER);
}

/** Null before the muster, and until every member was looked up. */
export function fundersOf({ muster, funders }: Pick<CallRecord, "muster" | "funders">): Funders | null {
  if (muster === null) return null;
  // An earlier muster that went back to pledging may have had other members.
  const own = muster.members.flatMap(({ wallet }) => funders.filter((one) => one.wallet === wallet));
  if (muster.members.length > own.length) return null;
  const known = own.flatMap(({ funder }) => (funder === null ? [] : [funder]));
  return { distinct: new Set(known).size, unknown: own.length - known.length };
}
