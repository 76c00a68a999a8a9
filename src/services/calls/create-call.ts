/**
 * Accepts the terms of a call, after comparing them with what is known here and on chain, and confirms that their hash
 * is published.
 */
import { randomUUID } from "node:crypto";
import { type Base64EncodedWireTransaction, getBase58Encoder } from "@solana/kit";
import { readWire, toWire } from "../../base/wire.ts";
import { type CallRecord, newRecord } from "../../calls/call-record.ts";
import { parseTerms } from "../../calls/parse-terms.ts";
import type { Call } from "../../calls/terms.ts";
import { formatCallMemo } from "../../engine/calls/call-memo.ts";
import type { Address, Signature, Survey } from "../../engine/ports.ts";
import { CTOError, isCTOError } from "../../errors/index.ts";
import type { ChainPorts } from "../../runtime/chain-ports.ts";
import { openClusterClient } from "../../runtime/cluster-client.ts";
import { verifyBytes } from "../../wallets/keypair.ts";
import { type CallChain, type CallContext, callersOf, powersIn, requireCall, storeOf } from "./context.ts";

/** The memo that publishes a call's terms, and a transaction with it alone, for the caller's wallet to sign and send. */
export type Announcement = {
  readonly memo: string;
  /** Base64, with empty signatures. */
  readonly transaction: string;
};

/** How the ids of operations begin. */
const OPERATIONS = "op_";

/** More than a memo of this length takes. */
const MEMO_UNITS = 100_000;

/**
 * Accepts the terms. The call opens when their memo is final: see {@link confirmAnnouncement}.
 *
 * @param input JSON that anyone may have written
 * @throws `CTO_E_CALLS_OFF`, `CTO_E_CALL_*`, `CTO_E_CALLER_NOT_NAMED`, `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`
 */
export async function createCall(
  context: CallContext,
  ports: ChainPorts,
  input: unknown,
): Promise<{ readonly record: CallRecord; readonly announcement: Announcement }> {
  const callers = callersOf(context);
  const call = parseTerms(input);
  const { callId, caller, closesAt } = call.terms;
  if (!callers.includes(caller.wallet))
    throw new CTOError("CTO_E_CALLER_NOT_NAMED", { wallet: caller.wallet });
  if (call.closesAt <= new Date())
    throw new CTOError("CTO_E_CALL_TIMES_CONTRADICT", { reason: `its deadline, ${closesAt}, has passed` });
  // The id of an operation's retry can be known before it exists, and its receipt would stand where the call's does.
  if (callId.startsWith(OPERATIONS))
    throw new CTOError("CTO_E_CALL_TERMS_INVALID", {
      problems: [`callId: must not begin with ${OPERATIONS}, as the ids of operations do`],
    });
  requireMuster(ports, call);
  await requireCluster(context, call);
  const survey = await ports.venues.survey(
    call.terms.mint,
    caller.wallets.map(({ address }) => address),
  );
  requireMint(call, survey);
  await requireHoldings(ports, call);
  await requirePastCalls(context, call);
  // A restore that is declared from now on holds the call.
  const restoredAt = (await context.journal.readRestore())?.at ?? null;
  const record: CallRecord = { ...newRecord(call, new Date()), restoredAt, powers: powersIn(survey) };
  const store = storeOf(context);
  const isTaken = (await context.journal.readOperation(callId)) !== null || !(await store.addCall(record));
  if (isTaken) throw new CTOError("CTO_E_CALL_EXISTS", { callId });
  await store.markOpen(callId);
  return { record, announcement: await announcementOf(ports, call) };
}

/** Two rounds must fit into the muster on this cluster: each of them lasts as long as a blockhash. */
function requireMuster({ chain }: CallChain, { terms: { musterSeconds } }: Call): void {
  const least = Math.ceil((2 * chain.blockhashLifeMs()) / 1_000);
  if (musterSeconds < least)
    throw new CTOError("CTO_E_CALL_TIMES_CONTRADICT", {
      reason: `a muster of ${musterSeconds} s is too short for two rounds, which take ${least} s on this cluster`,
    });
}

async function requireCluster({ config }: CallContext, { terms }: Call): Promise<void> {
  const ours = await (await openClusterClient(config)).genesisHash();
  if (terms.cluster !== ours) throw new CTOError("CTO_E_CALL_OTHER_CLUSTER", { named: terms.cluster, ours });
}

/** Enforces the caller's own rule about the powers of the mint's issuer. */
function requireMint({ terms: { mint, refuses } }: Call, survey: Survey): void {
  const powers = powersIn(survey).filter((power) => refuses.includes(power));
  if (powers.length > 0) throw new CTOError("CTO_E_CALL_MINT_REFUSED", { mint, powers });
}

const contradicts = (reason: string): CTOError =>
  new CTOError("CTO_E_CALL_DISCLOSURE_CONTRADICTS", { reason });

/** What the caller states about its holdings must be what the chain shows now, in all token accounts of each wallet. */
async function requireHoldings(
  { chain }: CallChain,
  { terms: { caller, mint } }: Call,
  isRight: (held: bigint, stated: bigint) => boolean = (held, stated) => held === stated,
): Promise<void> {
  const wallets = caller.wallets.map(({ address }) => address);
  const holdings = await chain.readHoldings(wallets, mint);
  for (const { address, tokens } of caller.wallets) {
    const held = holdings.get(address) ?? null;
    if (held === null)
      throw contradicts(`${address} has too many token accounts for its holdings to be read`);
    if (!isRight(held, BigInt(tokens)))
      throw contradicts(`${address} holds ${held} base units of the token, and the terms say ${tokens}`);
  }
}

/**
 * What the caller disclosed must still hold when the call is published: it may have sold since its creation, or have created several
 * calls and published another one. Anyone may send it some of the token meanwhile.
 */
async function requireDisclosed(context: CallContext, ports: CallChain, call: Call): Promise<void> {
  await requireHoldings(ports, call, (held, stated) => held >= stated);
  await requirePastCalls(context, call);
}

/**
 * A caller discloses all of its calls that are known here, also those that another one of its wallets has published, and no calls
 * of others: their record is not its own. Which wallets are its own, its terms say.
 */
async function requirePastCalls(context: CallContext, { terms: { callId, caller } }: Call): Promise<void> {
  const own = new Set(caller.wallets.map(({ address }) => address));
  for (const { call, announcement } of await storeOf(context).listCalls()) {
    const { callId: past, caller: by } = call.terms;
    if (announcement === null || past === callId) continue;
    if (own.has(by.wallet) && !caller.pastCalls.includes(past))
      throw contradicts(`the past call ${past} is not disclosed`);
    if (!own.has(by.wallet) && caller.pastCalls.includes(past))
      throw contradicts(
        `the past call ${past} is one of ${by.wallet}, which is not among the caller's wallets`,
      );
  }
}

/** Returns the memo that the caller has to publish, and an unsigned transaction with it. */
async function announcementOf({ chain }: CallChain, { terms, termsHash }: Call): Promise<Announcement> {
  const memo = formatCallMemo({ callId: terms.callId, termsHash });
  const { wallet } = terms.caller;
  const { slot: _slot, ...lifetime } = await chain.latestBlockhash();
  const unsigned = chain.compose({
    feePayer: wallet,
    transfers: [],
    setup: [],
    swap: [],
    memo: { text: memo, signer: wallet },
    cleanup: [],
    computeUnitLimit: MEMO_UNITS,
    computeUnitPrice: 0n,
    lifetime,
    lookupTables: {},
  });
  return { memo, transaction: toWire(unsigned.messageBytes, [null]) };
}

/**
 * Composes the announcement again, because the blockhash of an earlier one lives for 150 blocks only. Nothing is stored, and
 * only the caller's wallet can sign it, so anyone may ask.
 *
 * @throws `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`, `CTO_E_RPC_UNAVAILABLE`
 */
export async function composeAnnouncement(
  context: CallContext,
  ports: CallChain,
  callId: string,
): Promise<Announcement> {
  const { call } = await requireCall(context, callId);
  return announcementOf(ports, call);
}

/**
 * Sends the announcement that the caller's wallet has signed, for wallets that sign and do not send. It may be sent
 * again until it is final: the bytes are the same. Only transactions of the caller's wallet are sent, which it pays for.
 *
 * @param wire base64, from anyone
 * @returns its signature, for {@link confirmAnnouncement}
 * @throws `CTO_E_CALL_NOT_ANNOUNCED`, `CTO_E_CALL_DISCLOSURE_CONTRADICTS`, `CTO_E_CALL_UNKNOWN`, `CTO_E_CALLS_OFF`,
 * `CTO_E_RPC_UNAVAILABLE`
 */
export async function sendAnnouncement(
  context: CallContext,
  ports: CallChain,
  callId: string,
  wire: string,
): Promise<Signature> {
  const { chain } = ports;
  const { call, announcement } = await requireCall(context, callId);
  const { signature, isOwn } = parseSigned(wire, call.terms.caller.wallet);
  if (!isOwn) {
    const reason = `it is no transaction that ${call.terms.caller.wallet} alone has signed`;
    throw new CTOError("CTO_E_CALL_NOT_ANNOUNCED", { callId, reason });
  }
  const isDone = announcement !== null || (await chain.readFinal(signature)) !== null;
  if (announcement === null) await requireDisclosed(context, ports, call);
  if (!isDone) await chain.broadcast(wire as Base64EncodedWireTransaction, { preflight: false });
  return signature;
}

/** `isOwn`: the wallet's signature is the only one, and is of this message. */
function parseSigned(wire: string, wallet: Address): { signature: Signature; isOwn: boolean } {
  const none = { signature: "" as Signature, isOwn: false };
  try {
    const { signature, messageBytes } = readWire(wire as Base64EncodedWireTransaction);
    const bytes = Uint8Array.from(getBase58Encoder().encode(signature));
    const isWhole = toWire(messageBytes, [bytes]) === wire;
    return isWhole && verifyBytes(wallet, messageBytes, bytes) ? { signature, isOwn: true } : none;
  } catch (error) {
    if (isCTOError(error, "CTO_E_INTERNAL")) return none;
    throw error;
  }
}

/** How long a confirmation keeps others of the same caller waiting, if its server dies, ms. */
const CONFIRMING_MS = 15_000;

/**
 * Confirms that a final transaction publishes the terms: it has their memo, and the caller's wallet signed it. What the caller
 * disclosed must still hold.
 *
 * @param options.wasSent this server has just sent it, so that it exists and needs some seconds
 * @throws `CTO_E_CALL_NOT_ANNOUNCED`, `CTO_E_CALL_DISCLOSURE_CONTRADICTS`, `CTO_E_RPC_UNAVAILABLE`
 */
export async function confirmAnnouncement(
  context: CallContext,
  ports: CallChain,
  callId: string,
  signature: Signature,
  { wasSent = false }: { readonly wasSent?: boolean } = {},
): Promise<CallRecord> {
  const { chain } = ports;
  const { call, ...record } = await requireCall(context, callId);
  const transaction = await chain.readFinal(signature);
  const refuse = (reason: string): never => {
    throw new CTOError("CTO_E_CALL_NOT_ANNOUNCED", { callId, reason });
  };
  if (transaction === null)
    return refuse(
      wasSent
        ? `${signature} was sent, and is not final yet: ask again in some seconds`
        : `${signature} is not final yet, or does not exist`,
    );
  if (transaction.failed) return refuse(`${signature} has failed`);
  const memo = formatCallMemo({ callId, termsHash: call.termsHash });
  const { wallet } = call.terms.caller;
  if (!transaction.memos.some(({ text, signers }) => text === memo && signers.includes(wallet)))
    return refuse(`${signature} has no memo "${memo}" that ${wallet} signed`);
  const store = storeOf(context);
  const announce = async (): Promise<CallRecord> => {
    await store.markOpen(callId);
    await store.watch(callId);
    return store.changeCall(callId, (found) =>
      found.announcement === null ? { ...found, announcement: { signature, slot: transaction.slot } } : found,
    );
  };
  if (record.announcement !== null) return announce();
  // One at a time, because a caller may have several wallets: calls that are published together would not see each other.
  const { journal } = context;
  const lease = await journal.acquireLease("announce", randomUUID(), CONFIRMING_MS);
  if (lease === null) return refuse("another call is being confirmed; name it again");
  try {
    await requireDisclosed(context, ports, call);
    return await announce();
  } finally {
    await journal.releaseLease(lease);
  }
}
