/**
 * Compares the message that a member's wallet returned with the one that was handed out to it. It may be the same
 * bytes, or differ by nothing but guards (base/guards.ts). Wallets rebuild the message when they add guards, so its
 * accounts may stand in another order: we compare what the bytes say.
 */
import type { Address } from "@solana/kit";
import { GUARDS_AT_MOST, LIGHTHOUSE, whyNoGuard } from "../base/guards.ts";
import { type DecodedMessage, decodeMessage, type MessageAccount } from "../base/message.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import type { Instruction } from "./message.ts";
import { sameBytes } from "./slots.ts";

/** Why a returned message is refused. */
class Changed extends Error {}

type Tables = Readonly<Record<Address, readonly Address[]>>;

/**
 * Returns the number of guards that the wallet added.
 *
 * @param tables the lookup tables of the handed-out message
 * @throws `CTO_E_MUSTER_MESSAGE_CHANGED`
 * @example
 * const guards = requireReturned(attempt.messageBytes, returned.messageBytes, {});
 */
export function requireReturned(handedOut: Uint8Array, returned: Uint8Array, tables: Tables): number {
  if (Buffer.compare(handedOut, returned) === 0) return 0;
  try {
    return compare(decodeMessage(handedOut, tables), decodeMessage(returned, tables));
  } catch (error) {
    if (error instanceof Changed) throw changed(error.message);
    if (isCTOError(error, "CTO_E_TRANSACTION_UNREADABLE")) throw changed(error.context.reason);
    throw error;
  }
}

const changed = (reason: string): CTOError => new CTOError("CTO_E_MUSTER_MESSAGE_CHANGED", { reason });

function compare(ours: DecodedMessage, theirs: DecodedMessage): number {
  requireSameFrame(ours, theirs);
  const guards = requireSameInstructions(ours, theirs);
  requireSamePrivileges(ours, theirs, guards);
  return guards.length;
}

function requireSameFrame(ours: DecodedMessage, theirs: DecodedMessage): void {
  if (theirs.version !== ours.version)
    throw new Changed(`its version is ${theirs.version} instead of ${ours.version}`);
  // Another blockhash would live longer than the journal knows (R8).
  if (theirs.blockhash !== ours.blockhash) throw new Changed("it has another blockhash");
  if (!isEqual(theirs.signers, ours.signers)) throw new Changed("it has other signers, or another payer");
  if (!isEqual(Object.entries(theirs.config).flat(), Object.entries(ours.config).flat()))
    throw new Changed("its limits or its fee are others");
  const table = theirs.lookupTables.find((one) => !ours.lookupTables.includes(one));
  if (table !== undefined) throw new Changed(`it names the lookup table ${table}`);
}

const isEqual = (some: ArrayLike<unknown>, others: ArrayLike<unknown>): boolean =>
  some.length === others.length && Array.from(some).every((one, at) => one === others[at]);

/** Returns the guards. All other instructions must be ours, in our order. */
function requireSameInstructions(ours: DecodedMessage, theirs: DecodedMessage): readonly Instruction[] {
  const meant = ours.instructions.map(plain);
  const guards: Instruction[] = [];
  let at = 0;
  for (const found of theirs.instructions.map(plain)) {
    const next = meant[at];
    if (next !== undefined && isSame(next, found)) {
      at += 1;
      continue;
    }
    const why = whyNoGuard(found);
    if (why !== null) throw new Changed(next?.program === found.program ? sayDifference(next, at) : why);
    guards.push(found);
  }
  if (at < meant.length) throw new Changed(`instruction ${at + 1} is missing`);
  if (guards.length > GUARDS_AT_MOST) throw new Changed(`${guards.length} guards were added`);
  return guards;
}

const sayDifference = ({ program }: Instruction, at: number): string =>
  `instruction ${at + 1}, of ${program}, is not the one that was handed out`;

const isSame = (meant: Instruction, found: Instruction): boolean =>
  found.program === meant.program &&
  isEqual(found.accounts, meant.accounts) &&
  sameBytes(found.data, meant.data);

const plain = ({ program, accounts, data }: DecodedMessage["instructions"][number]): Instruction => ({
  program,
  accounts: accounts.map(addressOf),
  data,
});

const addressOf = ({ address }: MessageAccount): Address => {
  if (address === null) throw new Changed("it names an account of an unknown lookup table");
  return address;
};

/**
 * A message's header says for the whole transaction who signs and what is written. Guards need neither, so no account
 * may have gained or lost a privilege.
 */
function requireSamePrivileges(
  ours: DecodedMessage,
  theirs: DecodedMessage,
  guards: readonly Instruction[],
): void {
  const meant = new Map(ours.accounts.map((account) => [addressOf(account), account]));
  const guarded = new Set<Address>([LIGHTHOUSE, ...guards.flatMap(({ accounts }) => accounts)]);
  for (const account of theirs.accounts) {
    const address = addressOf(account);
    const before = meant.get(address);
    if (before === undefined && !guarded.has(address)) throw new Changed(`it also names ${address}`);
    const { signer, writable } = before ?? { signer: false, writable: false };
    if (account.signer !== signer || account.writable !== writable)
      throw new Changed(`${address} has other privileges`);
  }
}
