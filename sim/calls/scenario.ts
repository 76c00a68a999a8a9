/** Draws the scenario of a call: its terms, and its members with what each of them does. */
import { createHash } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import type { Call } from "../../src/calls/terms.ts";
import type { Address } from "../../src/engine/ports.ts";
import { createRandom } from "../random.ts";
import { dateAt } from "../virtual-date.ts";

/**
 * - `honest`: signs what it is handed, and returns it.
 * - `alone`: sends its transaction itself, and does not return it.
 * - `both`: returns it, and sends it too.
 * - `other`: returns it, and sends another one with other guards. Its wallet holds enough for one of them.
 * - `twice`: returns two transactions with different guards, at once or one after the other.
 * - `astray`: sends the memo of another member's leg, and nothing else.
 * - `absent`: pledges, and never comes back.
 * - `leaves`: withdraws after it has signed.
 * - `sends`: its wallet can only sign and send. It asks for its transaction a second time.
 */
export const HABITS = [
  "honest",
  "alone",
  "both",
  "other",
  "twice",
  "astray",
  "absent",
  "leaves",
  "sends",
] as const;
export type Habit = (typeof HABITS)[number];

export type SimMember = {
  readonly wallet: Address;
  readonly lamports: bigint;
  readonly habit: Habit;
  /** How long it takes to sign, virtual ms. */
  readonly slowMs: number;
};

export type CallScenario = { readonly call: Call; readonly members: readonly SimMember[] };

const base58 = getBase58Decoder();

/** An address that nobody has a key of. */
const addressOf = (text: string): Address =>
  base58.decode(createHash("sha256").update(text).digest()) as Address;

const CALL_MINT = addressOf("the mint of simulated calls");

const SOL = 1_000_000_000n;
const RICH = 1_000_000_000_000n;

/** What the member's wallet holds at first. A pledge is at least 1 SOL, so half a SOL more does not pay for another one. */
export const balanceOf = ({ habit, lamports }: SimMember): bigint =>
  habit === "other" ? lamports + SOL / 2n : RICH;

const second = (ms: number): string =>
  dateAt(ms)
    .toISOString()
    .replace(/\.\d+Z$/, "Z");

export function drawCall(seed: number): CallScenario {
  const random = createRandom(seed, "call");
  const count = random.between(2, 6);
  const mood = random.pick(["all honest", "mostly honest", "mixed"] as const);
  const habitOf = (): Habit => {
    if (mood === "all honest" || (mood === "mostly honest" && random.chance(0.7))) return "honest";
    return random.chance(0.2) ? "leaves" : random.pick(HABITS);
  };
  const members = Array.from(
    { length: count },
    (_, at): SimMember => ({
      wallet: addressOf(`member ${at}`),
      lamports: BigInt(random.between(1, 3)) * SOL,
      habit: habitOf(),
      slowMs: random.between(500, random.pick([3_000, 25_000, 60_000])),
    }),
  );
  const leastWallets = random.between(1, count);
  const least = members.slice(0, leastWallets).reduce((sum, { lamports }) => sum + lamports, 0n);
  const closesMs = random.between(200, 900) * 1_000;
  const caller = addressOf("caller");
  const call = parseTerms({
    version: 1,
    callId: "call_1",
    cluster: addressOf("cluster"),
    mint: CALL_MINT,
    platform: "auto",
    maxPrice: random.pick(["0.00000102", "0.0000011", "0.000002", "0.0001"]),
    leastLamports: String(least),
    mostLamports: String(random.pick([30n * SOL, least + 3n * SOL])),
    leastWallets,
    perWallet: { leastLamports: String(SOL), mostLamports: String(3n * SOL) },
    opensAt: second(0),
    closesAt: second(closesMs),
    // Short ones end while a round is open, if the cluster slows down.
    musterSeconds: random.pick([90, 120, 180]),
    refuses: [],
    caller: { wallet: caller, wallets: [{ address: caller, tokens: "0" }], pastCalls: [] },
  });
  return { call, members };
}
