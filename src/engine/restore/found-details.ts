/**
 * Reads from a found transaction's bytes what the lost part of the journal said about it: which legs a funding has
 * paid, and what a return has sent back.
 */
import { decodeMessage, type MessageInstruction } from "../../base/message.ts";
import { readWire } from "../../base/wire.ts";
import { isCTOError } from "../../errors/index.ts";
import type { Address, FinalTransaction, Lamports, Leg, NewAttempt, Step } from "../ports.ts";

const SYSTEM_PROGRAM = "11111111111111111111111111111111";
/** The System program's number for a transfer. Its data are this number (four bytes) and the lamports (eight). */
const TRANSFER = 2;
const TRANSFER_BYTES = 12;

type Transfer = { readonly to: Address; readonly lamports: bigint };

/** Returns the lamports that this instruction moves out of the wallet. */
function transferBy(wallet: Address, { program, accounts, data }: MessageInstruction): Transfer[] {
  const [from, to] = accounts.map(({ address }) => address);
  if (program !== SYSTEM_PROGRAM || data.length !== TRANSFER_BYTES || from !== wallet || !to) return [];
  const view = new DataView(Uint8Array.from(data).buffer);
  return view.getUint32(0, true) === TRANSFER ? [{ to, lamports: view.getBigUint64(4, true) }] : [];
}

/** Returns null if the bytes cannot be read. */
function transfersBy(wallet: Address, { wire }: Pick<FinalTransaction, "wire">): Transfer[] | null {
  try {
    const { instructions } = decodeMessage(readWire(wire).messageBytes);
    return instructions.flatMap((instruction) => transferBy(wallet, instruction));
  } catch (error) {
    // An error would give up the other steps of the operation. Without these details, nothing else is decided.
    if (isCTOError(error)) return null;
    throw error;
  }
}

const sum = (transfers: readonly Transfer[]): Lamports =>
  transfers.reduce((all, { lamports }) => all + lamports, 0n) as Lamports;

/**
 * Returns what the transaction tells about its step; nothing about a buy.
 *
 * @param wallet the wallet that signed its memo, and that its transfers come from
 * @param legs all legs of the operation
 */
export function detailsOf(
  found: Pick<FinalTransaction, "wire">,
  { kind }: Pick<Step, "kind">,
  wallet: Address,
  legs: readonly Leg[],
): Pick<NewAttempt, "funded" | "returned"> {
  const transfers = kind === "buy" ? null : transfersBy(wallet, found);
  if (transfers === null) return {};
  // Without a transfer, the wallet has returned the rents of its accounts to itself, and the bytes do not contain them.
  if (kind === "recover") return transfers.length === 0 ? {} : { returned: sum(transfers) };
  const funded = legs.flatMap(({ index, address }) => {
    const own = transfers.filter(({ to }) => to === address);
    return own.length === 0 ? [] : [{ leg: index, lamports: sum(own) }];
  });
  return { funded };
}
