/**
 * Plays one member of a call and its wallet: it pledges, takes what is handed out, signs it, and returns or sends it, as
 * its habit says. It uses the moves that the server uses.
 */
import { createHash } from "node:crypto";
import { type Base64EncodedWireTransaction, getBase58Decoder, type Signature } from "@solana/kit";
import type { CallStore } from "../../src/calls/call-store.ts";
import type { Handed } from "../../src/engine/calls/call-book.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import { accept, handOut, withdraw } from "../../src/engine/calls/muster-moves.ts";
import { CTOError, isCTOError } from "../../src/errors/index.ts";
import { readTransaction } from "../transaction.ts";
import { dateAt } from "../virtual-date.ts";
import type { World } from "../world.ts";
import type { CallOracle } from "./oracle.ts";
import type { CallScenario, SimMember } from "./scenario.ts";

const base58 = getBase58Decoder();

/** Signs a message. Another number of guards makes another transaction of the same buy. */
export function signMessage(
  messageBytes: Uint8Array,
  guards: number,
): { signature: Signature; wire: Base64EncodedWireTransaction } {
  const text = Buffer.from(messageBytes).toString() + " ".repeat(guards);
  const signature = base58.decode(createHash("sha512").update(text).digest()) as Signature;
  const wire = Buffer.from(JSON.stringify({ signature, message: text })).toString("base64");
  return { signature, wire: wire as Base64EncodedWireTransaction };
}

/** The block height as an up-to-date node has it. */
const heightOf = ({ cluster }: World): bigint => BigInt(cluster.view(0).tip.height - 1);

export async function playMember(
  world: World,
  store: CallStore,
  { call }: CallScenario,
  member: SimMember,
  oracle: CallOracle,
): Promise<void> {
  const { scheduler } = world;
  const { callId } = call.terms;
  const { wallet, habit, slowMs } = member;
  const book = store.bookOf(callId);
  const ask = (handed: Handed): Promise<boolean> =>
    tried(async () => {
      oracle.handedOut(world, handed, await book.move(handingOut(world, handed)));
    });
  await pledge(world, store, call, member);
  if (habit === "absent") return;
  const done = new Set<string>();
  for (;;) {
    await scheduler.sleep(world.latency.between(300, 1_500));
    const record = await store.readCall(callId);
    if (record === null || record.ended !== null) return;
    const blockhash = record.muster?.lifetime?.blockhash;
    if (blockhash === undefined || done.has(blockhash)) continue;
    const handed = await book.readHanded({ muster: record.muster?.number ?? 1, blockhash }, wallet);
    if (handed === null || !(await ask(handed))) continue;
    done.add(blockhash);
    if (habit === "sends") await ask(handed);
    await scheduler.sleep(slowMs);
    await act(world, store, { callId, handed, habit, member }, oracle);
  }
}

/** As the server does it: what another round has left is handed out no more. */
const handingOut =
  (world: World, { wallet, blockhash, muster: of }: Handed) =>
  (muster: Muster): Muster => {
    if (muster.number !== of || muster.lifetime?.blockhash !== blockhash)
      throw new CTOError("CTO_E_MUSTER_NOTHING_TO_SIGN", { wallet, reason: "another round has begun" });
    return handOut(muster, wallet, { now: dateAt(world.scheduler.now), height: heightOf(world) });
  };

async function pledge(
  world: World,
  store: CallStore,
  call: CallScenario["call"],
  member: SimMember,
): Promise<void> {
  await world.scheduler.sleep(world.latency.between(0, 5_000));
  const { callId, closesAt } = call.terms;
  const statement = {
    kind: "pledge" as const,
    callId,
    termsHash: call.termsHash,
    wallet: member.wallet,
    expiresAt: closesAt,
    nonce: "simulated-nonce-1",
    lamports: String(member.lamports),
  };
  const { signature } = signMessage(Buffer.from(`pledge of ${member.wallet}`), 0);
  const way = member.habit === "sends" ? "sends" : "signs";
  await store.addArrival(callId, { statement, signature, at: dateAt(world.scheduler.now), way, version: 1 });
}

type Act = {
  readonly callId: string;
  readonly handed: Handed;
  readonly habit: SimMember["habit"];
  readonly member: SimMember;
};

async function act(
  world: World,
  store: CallStore,
  { callId, handed, habit }: Act,
  oracle: CallOracle,
): Promise<void> {
  if (habit === "astray") return sendAnothersMemo(world, handed, oracle);
  const { signature, wire } = signMessage(handed.messageBytes, world.latency.between(0, 2));
  oracle.signed(handed.wallet, signature);
  const sendsAlone = habit === "alone" || habit === "both" || habit === "sends";
  if (sendsAlone) {
    world.trace.note("member", `${handed.leg} sends its own`);
    oracle.sentByMember(signature);
    world.cluster.submit(readTransaction(wire));
  }
  if (habit === "alone" || habit === "sends") return;
  const first = giveBack(world, store, { callId, handed, signature, wire }, oracle);
  if (habit === "twice") {
    // Two pages of the member, or one after the other.
    if (world.latency.chance(0.5)) await first;
    const second = signMessage(handed.messageBytes, 3);
    oracle.signed(handed.wallet, second.signature);
    await giveBack(world, store, { callId, handed, ...second }, oracle);
  }
  await first;
  if (habit === "other") {
    const other = signMessage(handed.messageBytes, 3);
    oracle.signed(handed.wallet, other.signature);
    oracle.sentByMember(other.signature);
    world.cluster.submit(readTransaction(other.wire));
  }
  if (habit !== "leaves") return;
  const left = await tried(() => store.bookOf(callId).move((muster) => withdraw(muster, handed.wallet)));
  if (left) oracle.withdrew(handed.wallet);
}

/** Anyone can write a memo without a purchase. This one has the number of another member. */
function sendAnothersMemo(world: World, { messageBytes, leg, legs }: Handed, oracle: CallOracle): void {
  const message = JSON.parse(Buffer.from(messageBytes).toString()) as Record<string, unknown>;
  const memo = String(message.memo).replace(`:${leg}/`, `:${(leg % legs) + 1}/`);
  const bare = { ...message, memo, mint: null, lamports: "0", tokens: "0", least: "0", rent: "0" };
  const { signature, wire } = signMessage(Buffer.from(JSON.stringify(bare)), 0);
  oracle.sentByMember(signature);
  if (legs > 1) world.cluster.submit(readTransaction(wire));
}

type Returned = {
  readonly callId: string;
  readonly handed: Handed;
  readonly signature: Signature;
  readonly wire: Base64EncodedWireTransaction;
};

async function giveBack(
  world: World,
  store: CallStore,
  { callId, handed: { blockhash, wallet }, signature, wire }: Returned,
  oracle: CallOracle,
): Promise<void> {
  const book = store.bookOf(callId);
  const height = heightOf(world);
  await tried(async () => {
    accept(await book.read(), wallet, signature, height);
    await world.scheduler.sleep(world.latency.between(0, 200)); // The simulation.
    const kept = readTransaction(await book.writeReturned(blockhash, wallet, wire)).signature;
    const now = heightOf(world);
    const after = await book.move((muster) =>
      muster.lifetime?.blockhash === blockhash ? accept(muster, wallet, kept, now) : muster,
    );
    if (after.lifetime?.blockhash === blockhash) oracle.accepted(wallet, after.lifetime, now);
  });
}

/** Returns false if a rule refuses it. */
async function tried(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!isCTOError(error)) throw error;
    return false;
  }
}
