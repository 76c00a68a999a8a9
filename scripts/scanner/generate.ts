/**
 * Generates a pretended chain for the example scanner: open calls and operations, hidden bundles, and people who buy by
 * themselves. It writes records only: nothing here has a key, a wire format or a connection. The labels are kept apart
 * from what the scanner gets.
 */
import type { DisclosedItem, ScannedTransaction } from "../../examples/scanner.ts";
import { createRandom, type Random } from "../../sim/random.ts";
import { formatMemo } from "../../src/engine/transaction/memo-text.ts";

export type Label = {
  readonly kind: "open" | "hidden";
  readonly shape: string;
  readonly signatures: readonly string[];
};

export type PretendedChain = {
  readonly transactions: readonly ScannedTransaction[];
  readonly feed: readonly DisclosedItem[];
  readonly labels: readonly Label[];
};

const SOL = 1_000_000_000;
/** About a week. */
const SLOTS = 1_500_000;

type World = {
  readonly random: Random;
  readonly transactions: ScannedTransaction[];
  readonly feed: DisclosedItem[];
  readonly labels: Label[];
  readonly exchanges: readonly string[];
  readonly mints: readonly string[];
  /** Names that say nothing about what they are. */
  readonly name: () => string;
};

function openWorld(seed: number, operations: number): World {
  const random = createRandom(seed, "scanner");
  const name = (): string =>
    `${Math.floor(random.next() * 2 ** 48).toString(36)}${Math.floor(random.next() * 2 ** 48).toString(36)}`;
  const many = (count: number): string[] => Array.from({ length: count }, name);
  return {
    random,
    transactions: [],
    feed: [],
    labels: [],
    exchanges: many(6),
    // Several operations share a token, so that the token alone gives nothing away.
    mints: many(Math.max(3, Math.ceil(operations / 6))),
    name,
  };
}

function pay(world: World, slot: number, from: string, to: string, lamports: number): void {
  world.transactions.push({
    signature: world.name(),
    slot,
    signers: [from],
    memos: [],
    transfers: [{ from, to, lamports: BigInt(lamports) }],
    bought: [],
  });
}

type Purchase = {
  readonly slot: number;
  readonly wallet: string;
  readonly mint: string;
  readonly lamports: number;
  readonly memo?: string;
  /** Who pays in the same transaction, as an open operation of mode `standard` does. */
  readonly funding?: string;
  readonly memoSigner?: string;
};

function buy(
  world: World,
  { slot, wallet, mint, lamports, memo, funding, memoSigner = wallet }: Purchase,
): string {
  const signature = world.name();
  const amount = BigInt(lamports);
  world.transactions.push({
    signature,
    slot,
    signers: [...(funding === undefined ? [] : [funding]), wallet],
    memos: memo === undefined ? [] : [{ text: memo, signers: [memoSigner] }],
    transfers: funding === undefined ? [] : [{ from: funding, to: wallet, lamports: amount }],
    bought: [{ wallet, mint, lamports: amount }],
  });
  return signature;
}

const anySlot = ({ random }: World): number => random.between(200_000, SLOTS);
const someMint = ({ random, mints }: World): string => mints[random.between(0, mints.length - 1)] ?? "";
const someExchange = ({ random, exchanges }: World): string =>
  exchanges[random.between(0, exchanges.length - 1)] ?? "";

/** A wallet of somebody: an exchange or a friend has funded it some time ago. */
function ordinaryWallet(world: World, before: number): string {
  const { random, name } = world;
  const wallet = name();
  const at = random.between(1, before - 1);
  // Some are as new as a bundle's: a friend has set them up today.
  const isNew = random.chance(0.03) && before > 3_000;
  if (isNew) {
    const friend = name();
    pay(world, before - random.between(2_000, 2_900), someExchange(world), friend, 60 * SOL);
    pay(world, before - random.between(100, 1_900), friend, wallet, random.between(SOL, 9 * SOL));
  } else if (random.chance(0.8)) pay(world, at, someExchange(world), wallet, random.between(SOL, 50 * SOL));
  else {
    const friend = name();
    pay(world, random.between(1, at), someExchange(world), friend, 60 * SOL);
    pay(world, at, friend, wallet, random.between(SOL, 50 * SOL));
  }
  return wallet;
}

const idOf = ({ name }: World): string => `op_${name()}`;

/** Members join with wallets of their own; the muster lands within seconds. Some are the caller's own, and marked. */
function openCall(world: World): void {
  const { random } = world;
  const mint = someMint(world);
  const slot = anySlot(world);
  const id = idOf(world);
  const count = random.between(4, 30);
  const members = Array.from({ length: count }, () => ordinaryWallet(world, slot));
  if (random.chance(0.4)) {
    const caller = ordinaryWallet(world, slot - 1_000);
    for (let own = random.between(1, 6); own > 0 && members.length > 0; own -= 1) {
      members.pop();
      const wallet = world.name();
      pay(world, slot - random.between(10, 900), caller, wallet, 5 * SOL);
      members.unshift(wallet);
    }
  }
  // Some sign and do not land.
  const landed = members.filter(() => random.chance(0.95));
  const signatures = landed.map((wallet) => {
    const memo = formatMemo({
      operationId: id,
      kind: "buy",
      leg: members.indexOf(wallet) + 1,
      legs: members.length,
    });
    return buy(world, {
      slot: slot + random.between(0, 60),
      wallet,
      mint,
      lamports: random.between(SOL, 5 * SOL),
      memo,
    });
  });
  world.feed.push({ _cto: { id, mint, wallets: members.map((wallet) => ({ wallet })) } });
  world.labels.push({ kind: "open", shape: "call", signatures });
}

/** One operator's wallets, funded in the same transactions by one wallet: the plainest bundle, and disclosed. */
function openOperation(world: World): void {
  const { random } = world;
  const mint = someMint(world);
  const slot = anySlot(world);
  const id = idOf(world);
  const funding = ordinaryWallet(world, slot);
  const legs = random.between(4, 40);
  const wallets = Array.from({ length: legs }, () => world.name());
  const signatures = wallets.map((wallet, at) =>
    buy(world, {
      slot: slot + at * 2,
      wallet,
      mint,
      lamports: SOL,
      funding,
      memo: formatMemo({ operationId: id, kind: "buy", leg: at + 1, legs }),
    }),
  );
  world.feed.push({ _cto: { id, mint, wallets: wallets.map((wallet) => ({ wallet })) } });
  world.labels.push({ kind: "open", shape: "operation", signatures });
}

/** No memo; fresh wallets behind intermediaries; staggered in time, with drawn amounts. */
function hiddenBundle(world: World): void {
  const { random, name } = world;
  const mint = someMint(world);
  const slot = anySlot(world);
  const owner = ordinaryWallet(world, slot - 5_000);
  const count = random.between(6, 30);
  // Few bundles have enough exchange accounts to give every intermediary a source of its own.
  const isApart = random.chance(0.04);
  const perHop = isApart ? 2 : random.between(3, 15);
  const depth = random.between(1, 2);
  const wallets: string[] = [];
  while (wallets.length < count) {
    let from = isApart ? someExchange(world) : owner;
    for (let hop = 1; hop <= depth; hop += 1) {
      const next = name();
      pay(world, slot - random.between(2_000 - hop * 500, 3_000 - hop * 500), from, next, 20 * SOL);
      from = next;
    }
    for (let own = 0; own < perHop && wallets.length < count; own += 1) {
      const wallet = name();
      pay(world, slot - random.between(20, 900), from, wallet, random.between(SOL, 4 * SOL));
      wallets.push(wallet);
    }
  }
  const copied = random.chance(0.15) ? (world.feed.at(-1)?._cto.id ?? null) : null;
  const signatures = wallets.map((wallet, at) =>
    buy(world, {
      slot: slot + random.between(0, 6_000),
      wallet,
      mint,
      lamports: random.between(SOL / 10, 3 * SOL),
      // Some copy the memo of an open call, which does not list them.
      ...(copied === null
        ? {}
        : { memo: formatMemo({ operationId: copied, kind: "buy", leg: at + 1, legs: wallets.length }) }),
    }),
  );
  world.labels.push({ kind: "hidden", shape: isApart ? "apart" : `through ${depth}`, signatures });
}

/** People who buy by themselves, many of them soon after one another. */
function strangers(world: World): void {
  const mint = someMint(world);
  const slot = anySlot(world);
  for (let left = world.random.between(5, 40); left > 0; left -= 1)
    buy(world, {
      slot: slot + world.random.between(0, 9_000),
      wallet: ordinaryWallet(world, slot),
      mint,
      lamports: world.random.between(SOL / 10, 5 * SOL),
    });
}

/** @param operations open and hidden ones together */
export function generate(seed: number, operations: number): PretendedChain {
  const world = openWorld(seed, operations);
  for (let made = 0; made < operations; made += 1) {
    const draw = world.random.next();
    if (draw < 0.3) openCall(world);
    else if (draw < 0.5) openOperation(world);
    else hiddenBundle(world);
    strangers(world);
  }
  const { transactions, feed, labels } = world;
  return { transactions: transactions.toSorted((one, other) => one.slot - other.slot), feed, labels };
}
