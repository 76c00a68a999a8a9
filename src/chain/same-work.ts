/**
 * Compares a signed transaction with a message that was handed out. Its sender does what it likes, and a wallet that only sends
 * may replace the blockhash, the limits and the fee. It does the same if its instructions are the same, and if no other ones stand
 * between them but guards (base/guards.ts).
 */
import type { Address, Base64EncodedWireTransaction } from "@solana/kit";
import { whyNoGuard } from "../base/guards.ts";
import { COMPUTE_BUDGET } from "../base/instructions.ts";
import { decodeMessage, type MessageInstruction } from "../base/message.ts";
import { readWire } from "../base/wire.ts";
import { isCTOError } from "../errors/index.ts";

type Meant = {
  readonly messageBytes: Uint8Array;
  readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
};

export function doesSame({ messageBytes, lookupTables }: Meant, wire: Base64EncodedWireTransaction): boolean {
  try {
    const ours = decodeMessage(messageBytes, lookupTables);
    const theirs = decodeMessage(readWire(wire).messageBytes, lookupTables);
    // Another payer would make it another wallet's purchase.
    if (theirs.signers.length !== 1 || theirs.feePayer !== ours.feePayer) return false;
    return isSameWork(ours.instructions, theirs.instructions);
  } catch (error) {
    if (isCTOError(error, "CTO_E_TRANSACTION_UNREADABLE")) return false;
    throw error;
  }
}

const isWork = ({ program }: MessageInstruction): boolean => program !== COMPUTE_BUDGET;

/** Whether all of ours are there in our order, and all others are guards. */
function isSameWork(ours: readonly MessageInstruction[], theirs: readonly MessageInstruction[]): boolean {
  const meant = ours.filter(isWork);
  let at = 0;
  for (const found of theirs.filter(isWork)) {
    const next = meant[at];
    if (next !== undefined && isSame(next, found)) at += 1;
    else if (whyNoGuard(found) !== null) return false;
  }
  return at === meant.length;
}

/** An account of an unknown lookup table has no address, and equals no other one. */
const isSame = (meant: MessageInstruction, found: MessageInstruction): boolean =>
  found.program === meant.program &&
  Buffer.compare(Uint8Array.from(found.data), Uint8Array.from(meant.data)) === 0 &&
  found.accounts.length === meant.accounts.length &&
  found.accounts.every(({ address }, at) => address !== null && address === meant.accounts[at]?.address);
