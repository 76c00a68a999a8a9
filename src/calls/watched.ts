/** How far the histories of the caller's wallets were read for sales. What is not read to its end is shown as such. Pure. */
import type { Muster } from "../engine/calls/muster.ts";
import type { Address } from "../engine/ports.ts";
import type { CallRecord } from "./call-record.ts";

/** Returns the slot at which the first round began: nothing of the call can have landed earlier. Null: none has begun. */
const beganAt = ({ members, lifetime }: Muster): bigint | null => {
  const slots = members.flatMap(({ attempts }) => attempts.map((one) => one.lifetime.blockhashSlot));
  return [...slots, ...(lifetime === null ? [] : [lifetime.blockhashSlot])].reduce<bigint | null>(
    (first, slot) => (first === null || slot < first ? slot : first),
    null,
  );
};

/**
 * Returns the slot from which the caller's wallets are watched: members have read then what they hold. Null: nothing is published yet.
 */
export const watchedSince = ({ announcement, muster }: Pick<CallRecord, "announcement" | "muster">) =>
  announcement?.slot ?? (muster === null ? null : beganAt(muster));

/**
 * Returns the caller's wallets whose history since the announcement was not read to its end: it may hold sales that nobody has
 * seen.
 */
export function unreadWallets(record: CallRecord): Address[] {
  const { call, watches } = record;
  if (watchedSince(record) === null) return [];
  const isRead = (wallet: Address): boolean =>
    watches.some((one) => one.wallet === wallet && one.rest === null);
  return call.terms.caller.wallets.flatMap(({ address }) => (isRead(address) ? [] : [address]));
}
