/**
 * Judges a simulation. The oracle reads only the chain and the accepted requests, not the engine's state. At the end it
 * also compares the journal's status of each step with the chain. It computes shares and parses memos with its own code.
 */
import type { Address, Step } from "../src/engine/ports.ts";
import type { Block, Cluster, Landing } from "./cluster.ts";
import type { Accepted, Scenario } from "./scenario.ts";
import type { SimTransaction } from "./transaction.ts";

const MEMO = /^cto:1:([A-Za-z0-9_-]+):(buy|fund|recover):(\d+)\/(\d+)$/;

/** A step in the journal at the end of the simulation. */
export type Claim = Pick<Step, "operationId" | "kind" | "number" | "status">;

const keyOf = ({ operationId, kind, number }: Pick<Claim, "operationId" | "kind" | "number">): string =>
  kind === "buy" ? `${operationId}#${number}` : `${operationId}.${kind}#${number}`;

/** Returns the legs' shares: each is rounded down, and the first legs get one of the remaining lamports each. */
export function sharesOf({ request: { buyLamports, weights }, buyers }: Accepted): bigint[] {
  const parts = weights ?? buyers.map(() => 1);
  const sum = BigInt(parts.reduce((all, part) => all + part, 0));
  const shares = parts.map((part) => (buyLamports * BigInt(part)) / sum);
  const rest = Number(buyLamports - shares.reduce((all, share) => all + share, 0n));
  return shares.map((share, at) => (at < rest ? share + 1n : share));
}

type Seen = Landing & { readonly block: Block };

/** The most that a leg's funding may exceed its share: roughly three fees, a rent, and a wallet's minimum balance. */
const MOST_AHEAD = 5_000_000n;

export class Oracle {
  readonly #requests = new Map<string, Accepted>();
  readonly #wallets: Scenario["wallets"];
  readonly #balances: Scenario["balances"];
  /** By step: its transactions in every block of any fork, including failed ones. */
  readonly #seen = new Map<string, Seen[]>();
  readonly #limits = new Map<string, bigint>();
  /** By original operation and wallet: the buys of that operation and of its retries. One of them may land. */
  readonly #purchases = new Map<string, Seen[]>();
  readonly violations: string[] = [];

  constructor({ wallets, balances }: Pick<Scenario, "wallets" | "balances">) {
    this.#wallets = wallets;
    this.#balances = balances;
  }

  limit(userId: string, lamports: bigint): void {
    this.#limits.set(userId, lamports);
  }

  accept(accepted: Accepted): void {
    this.#requests.set(accepted.id, accepted);
  }

  /** Checks a block. The simulation calls this for every block of every fork that includes a transaction. */
  see(block: Block, cluster: Cluster): void {
    for (const landing of block.landings) {
      const step = this.#check(landing);
      if (step === null) continue;
      const key = keyOf(step);
      const earlier = this.#seen.get(key) ?? [];
      this.#seen.set(key, [...earlier, { ...landing, block }]);
      if (landing.failed) continue;
      // On one fork, a step must land once: two transactions, or one transaction twice, are both a violation.
      if (earlier.some((other) => !other.failed && cluster.isAncestor(other.block, block))) {
        this.violations.push(`${key} landed twice on one fork, the second time at height ${block.height}`);
      }
      if (step.kind === "recover") this.#checkReturn(step, landing, block, cluster);
      if (step.kind === "buy") this.#checkRetries(step.operationId, { ...landing, block }, cluster);
    }
  }

  /** Checks that a wallet buys in an operation or in its retry, not in both, on one fork. */
  #checkRetries(operationId: string, seen: Seen, cluster: Cluster): void {
    const purchase = `${this.#originalOf(operationId)} ${seen.transaction.memoSigner}`;
    const earlier = this.#purchases.get(purchase) ?? [];
    this.#purchases.set(purchase, [...earlier, seen]);
    const isElsewhere = ({ transaction: { memo } }: Seen): boolean => MEMO.exec(memo)?.[1] !== operationId;
    if (earlier.some((other) => isElsewhere(other) && cluster.isAncestor(other.block, seen.block)))
      this.violations.push(`${purchase} bought in an operation and in its retry ${operationId}`);
  }

  /** Returns the operation that was retried first. */
  #originalOf(id: string): string {
    const retryOf = this.#requests.get(id)?.retryOf ?? null;
    return retryOf === null ? id : this.#originalOf(retryOf);
  }

  /** Checks that memo, wallets and amounts are as requested. Returns the step, or null after a violation. */
  #check({ transaction }: Landing): Omit<Claim, "status"> | null {
    const { memo, memoSigner, signature } = transaction;
    const [, id = "", kind = "", place, places] = MEMO.exec(memo) ?? [];
    const accepted = this.#requests.get(id);
    const say = (what: string): null => {
      this.violations.push(`transaction ${signature.slice(0, 8)} ${what}: "${memo}"`);
      return null;
    };
    if (accepted === undefined) return say("has no memo of an accepted operation");
    const number = Number(place);
    const step = { operationId: id, kind: kind as Claim["kind"], number };
    if (kind === "fund") {
      const wrong = this.#wrongFunding(accepted, transaction);
      return wrong === null ? step : say(wrong);
    }
    const buyer = accepted.buyers[number - 1];
    if (Number(places) !== accepted.buyers.length) return say(`says ${places} legs`);
    if (buyer !== memoSigner) return say("is signed by another wallet");
    const wrong =
      kind === "buy"
        ? this.#wrongBuy(accepted, number, transaction)
        : this.#wrongReturn(accepted, transaction);
    return wrong === null ? step : say(wrong);
  }

  #wrongBuy(accepted: Accepted, leg: number, { lamports, mint, transfers, memoSigner }: SimTransaction) {
    if (sharesOf(accepted)[leg - 1] !== lamports) return `spends ${lamports} lamports`;
    if (mint !== accepted.request.tokenAddress) return `buys ${mint}`;
    const funding = this.#fundingOf(accepted);
    const isOwn = transfers.every(({ from, to }) => from === funding && to === memoSigner);
    return isOwn ? null : "moves money elsewhere";
  }

  /**
   * Checks a funding: it must pay buyers at most once each and in their order, directly from the user's funding wallet,
   * the amount that the share needs. It may leave out a buyer whose buy was given up; see `#checkFunded`.
   */
  #wrongFunding(accepted: Accepted, { lamports, memoSigner, transfers }: SimTransaction) {
    const funding = this.#fundingOf(accepted);
    if (accepted.request.mode !== "standard" || memoSigner !== funding) return "funds from another wallet";
    if (lamports !== 0n || transfers.length === 0) return "is no funding of buyers";
    const shares = sharesOf(accepted);
    let last = -1;
    const isRight = transfers.every(({ from, to, lamports: amount }) => {
      const at = accepted.buyers.findIndex((buyer, index) => index > last && buyer === to);
      const share = shares[at] ?? 0n;
      last = at === -1 ? accepted.buyers.length : at;
      return at !== -1 && from === funding && amount > share && amount <= share + MOST_AHEAD;
    });
    return isRight ? null : "funds with another amount or another wallet";
  }

  #wrongReturn(accepted: Accepted, { feePayer, lamports, memoSigner, transfers }: SimTransaction) {
    const funding = this.#fundingOf(accepted);
    const isOwn = transfers.every(({ from, to }) => from === memoSigner && to === funding);
    return isOwn && feePayer === funding && lamports === 0n ? null : "returns money elsewhere";
  }

  #fundingOf({ request: { userId } }: Accepted): Address | undefined {
    return this.#wallets.find((wallet) => wallet.userId === userId && wallet.role === "funding")?.address;
  }

  /** Checks a return: it must not exceed the funding of this wallet minus what the leg's buys spent on this fork. */
  #checkReturn(
    { operationId, number: leg }: Omit<Claim, "status">,
    { transaction }: Landing,
    block: Block,
    cluster: Cluster,
  ) {
    const { memoSigner: wallet } = transaction;
    const before = (operation: string, kind: Claim["kind"], step: number): Seen[] =>
      (this.#seen.get(keyOf({ operationId: operation, kind, number: step })) ?? []).filter((seen) =>
        cluster.isAncestor(seen.block, block),
      );
    const funds = before(operationId, "fund", 1);
    const spent = funds.some(({ failed }) => !failed) ? before(operationId, "buy", leg) : [];
    const left = [...funds, ...spent].reduce((sum, seen) => sum + gainOf(wallet, seen), 0n);
    const returned = transaction.transfers.reduce((sum, { lamports }) => sum + lamports, 0n);
    if (returned > left)
      this.violations.push(`${operationId}#${leg} returned ${returned} lamports, having ${left} left`);
  }

  /** Compares the journal's claims and the spending with the final chain. Called when nothing can land any more. */
  conclude(cluster: Cluster, claims: readonly Claim[]): void {
    const { tip } = cluster.view(0);
    const onChain = (key: string): number =>
      (this.#seen.get(key) ?? []).filter(({ block, failed }) => !failed && cluster.isAncestor(block, tip))
        .length;
    const spentBy = new Map<string, bigint>();
    for (const [id, accepted] of this.#requests) {
      const shares = sharesOf(accepted);
      const spent = shares.reduce((sum, share, at) => sum + share * BigInt(onChain(`${id}#${at + 1}`)), 0n);
      if (spent > accepted.request.buyLamports)
        this.violations.push(`${id} spent ${spent} lamports, more than asked`);
      const { userId } = accepted.request;
      spentBy.set(userId, (spentBy.get(userId) ?? 0n) + spent);
    }
    for (const [userId, limit] of this.#limits) {
      const left = (spentBy.get(userId) ?? 0n) + this.#costsOf(userId, tip, cluster);
      if (left > limit)
        this.violations.push(`${left} lamports left ${userId}'s wallets, the limit being ${limit}`);
    }
    this.#checkOwn(tip, cluster);
    this.#checkFunded(tip, cluster);
    for (const { status, ...step } of claims) {
      const key = keyOf(step);
      const count = onChain(key);
      const isLanded = status === "confirmed" || status === "finalized";
      const isDead = status === "failed" || status === "cancelled" || status === "ready";
      if (isLanded && count !== 1)
        this.violations.push(`${key} is ${status}, but is on chain ${count} times`);
      if (isDead && count !== 0) this.violations.push(`${key} is ${status}, but is on chain`);
    }
  }

  /**
   * Sums the fees and rents of buys and fundings on the final chain. Returns also cost fees, but no limit refuses a
   * return.
   */
  #costsOf(userId: string, tip: Block, cluster: Cluster): bigint {
    const all = [...this.#seen.values()].flat().filter(({ block }) => cluster.isAncestor(block, tip));
    return all.reduce((sum, { transaction: { memo, fee }, failed, isUnrun, changes }) => {
      const [, id = "", kind] = MEMO.exec(memo) ?? [];
      if (kind === "recover" || this.#requests.get(id)?.request.userId !== userId) return sum;
      // After a fork, a buy may pay a rent that it did not plan: its survey saw an account that another buy had opened, and
      // the fork dropped that other buy.
      const opened = failed || cluster.forks > 0 ? [] : changes.filter(isOpened);
      return opened.reduce((rents, { after }) => rents + after, sum + (isUnrun ? 0n : fee));
    }, 0n);
  }

  /** Checks that an operation's funding paid every buyer that has bought in it, if both are on the final chain. */
  #checkFunded(tip: Block, cluster: Cluster): void {
    const landed = (key: string): Seen | undefined =>
      (this.#seen.get(key) ?? []).find(({ block, failed }) => !failed && cluster.isAncestor(block, tip));
    for (const [id, { buyers }] of this.#requests) {
      const funding = landed(`${id}.fund#1`);
      if (funding === undefined) continue;
      const paid = new Set(funding.transaction.transfers.map(({ to }) => to));
      for (const [at, buyer] of buyers.entries())
        if (landed(`${id}#${at + 1}`) !== undefined && !paid.has(buyer))
          this.violations.push(`${id}#${at + 1} was bought, but the funding of ${id} leaves it out`);
    }
  }

  /** Checks that a buyer wallet keeps its initial balance, minus what it paid for its own transactions. */
  #checkOwn(tip: Block, cluster: Cluster): void {
    const isOnChain = ({ block }: Seen): boolean => cluster.isAncestor(block, tip);
    const all = [...this.#seen.values()].flat().filter(isOnChain);
    for (const { address, role } of this.#wallets) {
      if (role === "funding") continue;
      const own = all
        .filter(({ transaction: { feePayer } }) => feePayer === address)
        .filter(({ transaction }) => this.#paysForItself(transaction, isOnChain))
        .reduce((sum, seen) => sum + gainOf(address, seen), this.#balances.get(address) ?? 0n);
      const has = tip.ledger.lamports.get(address) ?? 0n;
      // The rent may rise after a buy was planned and before its block. Then a wallet with SOL of its own pays the
      // difference. The engine cannot foresee this (ADR 0025).
      const unforeseen = all
        .filter(({ transaction }) => transaction.memoSigner === address)
        .reduce((sum, seen) => sum + unforeseenRent(seen), 0n);
      if (has < own - unforeseen)
        this.violations.push(`${address} has ${has} lamports, and had ${own} of its own`);
    }
  }

  /**
   * Returns true if the wallet pays itself: the operation is `prefunded`, or a fork dropped the funding of this wallet but
   * not its transaction, and no funding of it landed again. `#checkFunded` refuses this for a buy that landed.
   */
  #paysForItself({ memo, memoSigner }: SimTransaction, isOnChain: (seen: Seen) => boolean): boolean {
    const [, id = ""] = MEMO.exec(memo) ?? [];
    if (this.#requests.get(id)?.request.mode === "prefunded") return true;
    const funds = this.#seen.get(keyOf({ operationId: id, kind: "fund", number: 1 })) ?? [];
    const paid = funds.filter(
      ({ failed, transaction: { transfers } }) => !failed && transfers.some(({ to }) => to === memoSigner),
    );
    return paid.length > 0 && !paid.some(isOnChain);
  }
}

/** Returns true if the transaction created this token account. */
const isOpened = ({ before, tokenOwner }: Landing["changes"][number]): boolean =>
  before === 0n && tokenOwner !== undefined;

/** Returns how much the rent of a buy's new account exceeded the planned rent. */
function unforeseenRent({ transaction, failed, changes }: Landing): bigint {
  const paid = failed ? 0n : changes.filter(isOpened).reduce((sum, { after }) => sum + after, 0n);
  return paid > transaction.rent ? paid - transaction.rent : 0n;
}

const gainOf = (wallet: Address, { changes }: Landing): bigint =>
  changes
    .filter(({ address }) => address === wallet)
    .reduce((sum, { before, after }) => sum + after - before, 0n);
