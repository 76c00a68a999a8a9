/** Draws the scenario of a seed: users, wallets, balances, limits, operations, cancellations, recoveries and retries. */
import {
  type Address,
  type Lamports,
  type Mode,
  type OperationRequest,
  walletMinimum,
} from "../src/engine/ports.ts";
import { machineOf } from "./cluster.ts";
import { createRandom } from "./random.ts";
import { LONG_TOKEN, TOKEN } from "./transaction.ts";
import { dateAt } from "./virtual-date.ts";

/** An accepted request, with the data that the oracle needs to check it. */
export type Accepted = {
  readonly id: string;
  readonly request: OperationRequest;
  /** Virtual ms. */
  readonly at: number;
  readonly cancelAt: number | null;
  /** The times of the recovery requests, virtual ms. A caller repeats a request that came too early. */
  readonly recoverAt: readonly number[];
  /** The times of the retry requests, virtual ms. A caller repeats a request that came too early. */
  readonly retryAt: readonly number[];
  /** The operation whose missing legs this one buys again; null for the drawn operations. */
  readonly retryOf: string | null;
  /** In the order of the legs. */
  readonly buyers: readonly Address[];
};

export type SimWallet = {
  readonly id: string;
  readonly userId: string;
  readonly role: "funding" | "buyer";
  readonly address: Address;
};

export type Scenario = {
  readonly users: readonly string[];
  readonly wallets: readonly SimWallet[];
  readonly accepted: readonly Accepted[];
  /** The initial balance of each wallet, lamports. */
  readonly balances: ReadonlyMap<Address, bigint>;
  /** The daily limit of each user; null: no limit. */
  readonly limits: ReadonlyMap<string, Lamports | null>;
  /** The time in which a caller halts all signing, virtual ms. */
  readonly halt: { readonly at: number; readonly until: number } | null;
};

/** The part of a seed that we run. The shrinker reduces it. */
export type Bounds = { readonly operations: number; readonly legs: number };
export const FULL: Bounds = { operations: 3, legs: 4 };

/** A balance that is enough for all operations of a seed, lamports. */
const RICH = 1_000_000_000_000n as Lamports;

export function drawScenario(seed: number, bounds: Bounds): Scenario {
  const random = createRandom(seed, "scenario");
  const users = random.chance(0.5) ? ["user1"] : ["user1", "user2"];
  const wallets = users.flatMap((userId) => {
    const buyers = random.between(1, FULL.legs);
    return Array.from({ length: Math.min(buyers, bounds.legs) + 1 }, (_, at): SimWallet => {
      const id = `${userId}-w${at}`;
      return { id, userId, role: at === 0 ? "funding" : "buyer", address: `address-${id}` as Address };
    });
  });
  const count = random.between(1, FULL.operations);
  const accepted = Array.from({ length: count }, (_, at): Accepted => {
    const userId = random.pick(["user1", users.at(-1) ?? "user1"] as const);
    const mode: Mode = random.pick(["standard", "prefunded"] as const);
    const weight = random.between(1, 3);
    const buyers = wallets.filter((wallet) => wallet.userId === userId && wallet.role === "buyer");
    const request: OperationRequest = {
      userId,
      userChatId: 1,
      tokenAddress: TOKEN,
      buyLamports: BigInt(random.between(1_000_000, 2_000_000_000)) as Lamports,
      mode,
      platform: "auto",
      priority: 0,
      slippageBps: 100,
      ...(random.chance(0.3) ? { weights: buyers.map((_wallet, index) => 1 + index * weight) } : {}),
      parallelism: random.between(1, 4),
    };
    const arrival = random.between(0, 30_000);
    return {
      id: `op${at + 1}`,
      request,
      at: arrival,
      cancelAt: arrival + random.between(0, 40_000),
      recoverAt: [],
      retryAt: [],
      retryOf: null,
      buyers: buyers.map(({ address }) => address),
    };
  });
  const recovered = drawRetries(seed, drawRecoveries(seed, accepted));
  const kept = recovered.slice(0, bounds.operations);
  const balances = drawBalances(seed, wallets, recovered);
  return { users, wallets, accepted: kept, balances, ...drawRules(seed, users, accepted) };
}

/**
 * Draws the operations that must fund ahead, and the times of their recovery requests: none, one, two, or two at the
 * same time.
 */
function drawRecoveries(seed: number, accepted: readonly Accepted[]): Accepted[] {
  const random = createRandom(seed, "recoveries");
  return accepted.map((operation): Accepted => {
    const { request, at } = operation;
    const tokenAddress = random.chance(0.4) ? LONG_TOKEN : request.tokenAddress;
    const first = at + random.between(0, 120_000);
    const again = first + random.pick([0, 5, 2_000, 60_000] as const);
    const asked = random.pick<number[]>([[], [first], [first, again]]);
    return { ...operation, request: { ...request, tokenAddress }, recoverAt: asked };
  });
}

/**
 * Draws the start times, the end times, and the times of the retry requests: none, one, two, or two at the same time.
 * Most of them come while the operation is still under way.
 */
function drawRetries(seed: number, accepted: readonly Accepted[]): Accepted[] {
  const random = createRandom(seed, "retries");
  return accepted.map((operation): Accepted => {
    const { request, at } = operation;
    const starts = at + random.between(-5_000, 40_000);
    const ends = Math.max(at, starts) + random.between(1, 60_000);
    const times = {
      ...(random.chance(0.1) ? { notBefore: dateAt(starts) } : {}),
      ...(random.chance(0.15) ? { expiresAt: dateAt(ends) } : {}),
    };
    const first = at + random.between(0, 90_000);
    const again = first + random.pick([0, 5, 2_000, 30_000] as const);
    const retryAt = random.pick<number[]>([[], [], [first], [first, again]]);
    return { ...operation, request: { ...request, ...times }, retryAt };
  });
}

/**
 * Draws the balances. Wallets that pay themselves are rich. The others have nothing, the wallet minimum, or some SOL of
 * their own.
 */
function drawBalances(
  seed: number,
  wallets: readonly SimWallet[],
  accepted: readonly Accepted[],
): ReadonlyMap<Address, bigint> {
  const random = createRandom(seed, "balances");
  return new Map(
    wallets.map(({ role, userId, address }) => {
      const pays = accepted.some(({ request }) => request.userId === userId && request.mode === "prefunded");
      const own = random.pick<bigint>([0n, walletMinimum(machineOf(seed)), 5_000_000n, RICH]);
      return [address, role === "funding" || pays ? RICH : own];
    }),
  );
}

/** Draws the limits and the halt from a separate stream, so that they do not change the callers' requests. */
function drawRules(
  seed: number,
  users: readonly string[],
  accepted: readonly Accepted[],
): Pick<Scenario, "limits" | "halt"> {
  const random = createRandom(seed, "rules");
  const limitOf = (userId: string): Lamports | null => {
    const asked = accepted
      .filter(({ request }) => request.userId === userId)
      .reduce((sum, { request }) => sum + request.buyLamports, 0n);
    const percent = random.between(30, 110);
    return random.chance(0.4) ? (((asked * BigInt(percent)) / 100n) as Lamports) : null;
  };
  const at = random.between(5_000, 60_000);
  const until = at + random.between(1_000, 60_000);
  return {
    limits: new Map(users.map((userId) => [userId, limitOf(userId)])),
    halt: random.chance(0.2) ? { at, until } : null,
  };
}
