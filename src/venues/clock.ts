/**
 * Reads the cluster's time from the Clock sysvar, which is fetched with the other accounts, so that no quote depends
 * on this machine's clock.
 */
import { CLOCK_SYSVAR, type Fetched } from "../engine/ports.ts";
import { fieldsOf } from "./bytes.ts";

const SYSVAR_OWNER = "Sysvar1111111111111111111111111111111111111";

/** Layout of `solana_clock::Clock`: slot, epoch start, epoch, leader epoch, unix seconds; 8 bytes each. */
const SIZE = 40;

export type ClusterClock = { readonly slot: bigint; readonly epoch: bigint; readonly unixSeconds: bigint };

/** Returns null if the sysvar was not fetched, or is not valid. */
export const clockOf = ({ accounts }: Fetched): ClusterClock | null => {
  const account = accounts.get(CLOCK_SYSVAR);
  if (account == null || account.owner !== SYSVAR_OWNER || account.data.length < SIZE) return null;
  const fields = fieldsOf(account.data);
  return { slot: fields.u64(0), epoch: fields.u64(16), unixSeconds: fields.u64(32) };
};
