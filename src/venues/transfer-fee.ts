/**
 * Reads and calculates the fee that a Token-2022 mint takes from every transfer. Layout: `TransferFeeConfig` of
 * token-2022 `extension/transfer_fee/mod.rs` (108 bytes: two authorities, withheld amount, older and newer fee).
 */
import type { Fetched, RawAccount } from "../engine/ports.ts";
import { clockOf } from "./clock.ts";
import { BPS, ceilDiv, maximum, minimum } from "./integers.ts";
import { extensionOf } from "./token-layout.ts";

export type TransferFee = { readonly bps: bigint; readonly maximum: bigint };

const NO_FEE: TransferFee = { bps: 0n, maximum: 0n };
const TRANSFER_FEE_CONFIG = 1;
/** Each fee consists of: epoch u64, maximum u64, basis points u16. */
const OLDER = 72;
const NEWER = 90;

/** A mint's older fee, its newer fee, and the epoch from which the newer one applies. */
export type TransferFees = {
  readonly older: TransferFee;
  readonly newer: TransferFee;
  readonly changesAt: bigint;
};

/** Returns null if the mint has no transfer fee and cannot have one later. */
export const transferFeesOf = (mint: RawAccount): TransferFees | null => {
  const data = extensionOf(mint, TRANSFER_FEE_CONFIG);
  if (data === null || data.length < NEWER + 18) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const feeAt = (at: number): TransferFee => ({
    maximum: view.getBigUint64(at + 8, true),
    bps: BigInt(view.getUint16(at + 16, true)),
  });
  return { older: feeAt(OLDER), newer: feeAt(NEWER), changesAt: view.getBigUint64(NEWER, true) };
};

/**
 * The fee of a transfer now. Within one epoch of a change we use the higher of the two: a change between quote and
 * landing must not make the buy fail. If the cluster's epoch is unknown, we also use the higher one.
 *
 * @param fetched a batch that includes the Clock sysvar
 */
export const transferFeeOf = (mint: RawAccount, fetched: Fetched): TransferFee => {
  const fees = transferFeesOf(mint);
  if (fees === null) return NO_FEE;
  const { older, newer, changesAt } = fees;
  const epoch = clockOf(fetched)?.epoch;
  if (epoch !== undefined && epoch + 1n < changesAt) return older;
  if (epoch !== undefined && epoch > changesAt) return newer;
  return { bps: maximum(older.bps, newer.bps), maximum: maximum(older.maximum, newer.maximum) };
};

/** The share that the fee takes of a large transfer, in basis points. A fee with a maximum of 0 takes nothing. */
export const shareOf = ({ bps, maximum: most }: TransferFee): number => (most === 0n ? 0 : Number(bps));

/** The part of a transfer of `amount` token base units that arrives. The fee is rounded up, as in the program. */
export const afterTransferFee = (amount: bigint, fee: TransferFee): bigint =>
  fee.bps === 0n ? amount : amount - minimum(ceilDiv(amount * fee.bps, BPS), fee.maximum);
