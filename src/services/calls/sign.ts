/**
 * Hands a member its transaction, and accepts what its wallet returns: the same bytes, or with guards of the list, with
 * the wallet's signature, after a simulation.
 */
import { type Base64EncodedWireTransaction, getBase58Encoder } from "@solana/kit";
import { readWire, toWire } from "../../base/wire.ts";
import { requireProof } from "../../calls/verify-statement.ts";
import { requireReceived } from "../../engine/buy/delivery.ts";
import { requireEffect } from "../../engine/buy/effect.ts";
import type { CallBook, Handed } from "../../engine/calls/call-book.ts";
import { type Muster, signingClosesAt } from "../../engine/calls/muster.ts";
import { accept, handOut } from "../../engine/calls/muster-moves.ts";
import type { Address, Signature } from "../../engine/ports.ts";
import { requireSimulated } from "../../engine/transaction/oversize.ts";
import { CTOError, isCTOError } from "../../errors/index.ts";
import { requireReturned } from "../../policy/returned.ts";
import { ownAtMarkets } from "../../venues/own-at-markets.ts";
import { verifyBytes } from "../../wallets/keypair.ts";
import { type CallChain, type CallContext, requireCall, storeOf, whyHeld } from "./context.ts";
import { readSharedHeight } from "./heights.ts";

const nothing = (wallet: Address, reason: string): CTOError =>
  new CTOError("CTO_E_MUSTER_NOTHING_TO_SIGN", { wallet, reason });

/** What a member is handed: an unsigned transaction, and what it says in words that the page shows. */
export type ToSign = {
  readonly handed: Handed;
  /** Base64, with an empty signature. */
  readonly transaction: Base64EncodedWireTransaction;
  /** Signatures are accepted up to this block. */
  readonly closesAt: bigint;
  readonly height: bigint;
};

/** Who asks for a transaction. */
export type Asking = {
  readonly wallet: Address;
  /** `{ statement, signature }`, from anyone: a request that the wallet has just signed. Only a wallet that sends needs it. */
  readonly proof?: unknown;
  /** It has proved before that it is the member who asks. */
  readonly isProved?: boolean;
};

/**
 * Hands a member the transaction of the present round. Whoever has it already gets the same one, but for a wallet that
 * only sends: it gets it once, so it must prove that it is the member who asks.
 *
 * @throws `CTO_E_MUSTER_NOT_A_MEMBER`, `CTO_E_MUSTER_NOTHING_TO_SIGN`, `CTO_E_MUSTER_NOT_PROVED`,
 * `CTO_E_MUSTER_HANDED_ONCE`, `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`
 */
export async function handOutTo(
  context: CallContext,
  { chain }: CallChain,
  callId: string,
  { wallet, proof, isProved = false }: Asking,
): Promise<ToSign> {
  const record = await requireCall(context, callId);
  const { muster, call } = record;
  if (muster === null || record.ended !== null) throw nothing(wallet, "no muster is under way");
  const isSender = muster.members.some((one) => one.wallet === wallet && one.way === "sends");
  if (isSender && !isProved) requireProof(wallet, proof, { call, now: new Date() });
  // Anyone may ask, so whatever is refused at any height is refused before one is read.
  handOut(muster, wallet, { now: new Date(), height: beganAt(muster) });
  const book = storeOf(context).bookOf(callId);
  const handed = await readHanded(muster, wallet, book);
  const height = await readSharedHeight(chain, closesAtOf(muster));
  // Last: a hold or a halt may begin while the height is read.
  const held = await whyHeld(context, await requireCall(context, callId));
  if (held !== null) throw nothing(wallet, held);
  const moment = { now: new Date(), height };
  await book.move((now) => {
    requirePresent(now, handed);
    return handOut(now, wallet, moment);
  });
  return {
    handed,
    transaction: toWire(handed.messageBytes, [null]),
    closesAt: closesAtOf(muster) ?? 0n,
    height,
  };
}

/** The last block at which a signature is accepted in the present round; null before the first round. */
const closesAtOf = ({ lifetime }: Muster): bigint | null =>
  lifetime === null ? null : signingClosesAt(lifetime);

/** No block is earlier in the present round, so what is refused here is refused at every height. */
const beganAt = ({ lifetime }: Muster): bigint => lifetime?.blockHeight ?? 0n;

/** @throws `CTO_E_MUSTER_NOTHING_TO_SIGN` if what was read is not of the muster's present round */
export function requirePresent({ number, lifetime }: Muster, { wallet, muster, blockhash }: Handed): void {
  if (number !== muster || lifetime?.blockhash !== blockhash)
    throw nothing(wallet, "another round has begun");
}

async function readHanded(
  { number, lifetime }: Muster,
  wallet: Address,
  book: Pick<CallBook, "readHanded">,
): Promise<Handed> {
  if (lifetime === null) throw nothing(wallet, "no round has begun");
  const handed = await book.readHanded({ muster: number, blockhash: lifetime.blockhash }, wallet);
  if (handed !== null) return handed;
  throw nothing(wallet, "it could not pay, or its accounts could not buy, when the round began");
}

/** Parses a transaction with exactly one signature, of the member's wallet. */
function parseReturned(wallet: Address, wire: string) {
  const changed = (reason: string) => new CTOError("CTO_E_MUSTER_MESSAGE_CHANGED", { reason });
  try {
    const read = readWire(wire as Base64EncodedWireTransaction);
    const signature = Uint8Array.from(getBase58Encoder().encode(read.signature));
    if (toWire(read.messageBytes, [signature]) !== wire)
      throw changed("it is not one transaction with one signature");
    if (!verifyBytes(wallet, read.messageBytes, signature))
      throw new CTOError("CTO_E_MUSTER_NOT_SIGNED", { wallet });
    return read;
  } catch (error) {
    if (isCTOError(error, "CTO_E_INTERNAL")) throw changed("it is not a signed transaction");
    throw error;
  }
}

/**
 * Accepts what the wallet returned. The first signature of a round counts; the same one again changes nothing.
 *
 * @param wire base64, from anyone
 * @returns the signature that counts
 * @throws `CTO_E_MUSTER_MESSAGE_CHANGED`, `CTO_E_MUSTER_NOT_SIGNED`, `CTO_E_MUSTER_SIGNED_LATE`,
 * `CTO_E_MUSTER_SIGNED_ALREADY`, `CTO_E_MUSTER_NOT_A_MEMBER`, `CTO_E_MUSTER_NOTHING_TO_SIGN`,
 * `CTO_E_TRANSACTION_REFUSED`, `CTO_E_TRANSACTION_EFFECT`
 */
export async function acceptSigned(
  context: CallContext,
  { chain }: CallChain,
  callId: string,
  wallet: Address,
  wire: string,
): Promise<Signature> {
  const { muster } = await requireCall(context, callId);
  if (muster === null) throw nothing(wallet, "no muster is under way");
  const book = storeOf(context).bookOf(callId);
  const { signature, messageBytes } = parseReturned(wallet, wire);
  if (accept(muster, wallet, signature, beganAt(muster)) === muster) return signature;
  // It would never be sent.
  if (new Date() >= muster.goal.endsAt) throw nothing(wallet, "the muster has ended");
  const handed = await readHanded(muster, wallet, book);
  requireReturned(handed.messageBytes, messageBytes, handed.lookupTables);
  accept(muster, wallet, signature, await readSharedHeight(chain, closesAtOf(muster)));
  await requireSimulation(chain, muster, handed, messageBytes);
  const kept = await book.writeReturned(handed.blockhash, wallet, wire as Base64EncodedWireTransaction);
  const counted = readWire(kept).signature;
  const height = await readSharedHeight(chain, closesAtOf(muster));
  await book.move((now) => {
    requirePresent(now, handed);
    return accept(now, wallet, counted, height);
  });
  if (counted !== signature) throw new CTOError("CTO_E_MUSTER_SIGNED_ALREADY", { wallet });
  return counted;
}

/** P2: what was signed is simulated, guards included, and its effect compared with what was handed out. */
async function requireSimulation(
  chain: CallChain["chain"],
  { members }: Muster,
  handed: Handed,
  messageBytes: Uint8Array,
): Promise<void> {
  const { wallet, lookupTables, blockhashSlot, leastTokens, tokenAccount, mayLeave } = handed;
  const signers = [wallet];
  const unsigned = { messageBytes, signers, size: messageBytes.length };
  const simulation = await chain.simulate(unsigned, {
    asSigned: true,
    notBefore: blockhashSlot,
    lookupTables,
  });
  requireSimulated(simulation);
  requireReceived({ minTokensOut: leastTokens }, tokenAccount, simulation.effects);
  const wallets = members.map((member) => member.wallet);
  const { ownAccounts: accounts, onTheWay } = handed;
  const meant = { buyer: wallet, payer: wallet, signers, wallets, mayLeave, accounts, onTheWay };
  const others = handed.venue === "jupiter" ? { ownAtMarkets: await ownAtMarkets(wallet) } : {};
  requireEffect(simulation.effects, { ...meant, ...others });
}
