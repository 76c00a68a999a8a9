/**
 * The judge. It reads the chain and the accepted requests, and nothing of the engine's mind; only in the end it holds
 * what the journal claims about each leg against the chain. It computes shares and reads memos by rules of its own.
 */
import type { Address, Step } from "../src/engine/ports.ts";
import type { Block, Cluster, Landing } from "./cluster.ts";
import type { Accepted, Scenario } from "./scenario.ts";
import type { SimTransaction } from "./transaction.ts";

const MEMO = /^cto:1:([A-Za-z0-9_-]+):(buy|fund|recover):(\d+)\/(\d+)$/;

/** What the journal says of one step when all is over. */
export type Claim = Pick<Step, "operationId" | "kind" | "leg" | "status">;

const keyOf = ({ operationId, kind, leg }: Pick<Claim, "operationId" | "kind" | "leg">): string =>
  kind === "buy" ? `${operationId}#${leg}` : `${operationId}.${kind}#${leg}`;

/** The floor of each share, and the lamports left over to the first legs, one each. */
export function sharesOf({ request: { buyLamports, weights }, buyers }: Accepted): bigint[] {
  const parts = weights ?? buyers.map(() => 1);
  const sum = BigInt(parts.reduce((all, part) => all + part, 0));
  const shares = parts.map((part) => (buyLamports * BigInt(part)) / sum);
  const rest = Number(buyLamports - shares.reduce((all, share) => all + share, 0n));
  return shares.map((share, at) => (at < rest ? share + 1n : share));
}

type Seen = Landing & { readonly block: Block };

/** What a leg's funding may be more than its share: three fees, a rent, and what a wallet must hold, roughly. */
const MOST_AHEAD = 5_000_000n;

export class Oracle {
  readonly #requests = new Map<string, Accepted>();
  readonly #wallets: Scenario["wallets"];
  readonly #balances: Scenario["balances"];
  /** By step: every block, on any fork, that has a transaction of it, failed ones included. */
  readonly #seen = new Map<string, Seen[]>();
  readonly #limits = new Map<string, bigint>();
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

  /** Every block of every fork passes here. */
  see(block: Block, cluster: Cluster): void {
    for (const landing of block.landings) {
      const step = this.#check(landing);
      if (step === null) continue;
      const key = keyOf(step);
      const earlier = this.#seen.get(key) ?? [];
      this.#seen.set(key, [...earlier, { ...landing, block }]);
      if (landing.failed) continue;
      // On one fork: two different transactions, or one transaction twice, are both a double.
      if (earlier.some((other) => !other.failed && cluster.isAncestor(other.block, block))) {
        this.violations.push(`${key} landed twice on one fork, the second time at height ${block.height}`);
      }
      if (step.kind === "recover") this.#checkReturn(step, landing, block, cluster);
    }
  }

  /** Memo, wallets and amounts are what was asked for. Answers the step. */
  #check({ transaction }: Landing): Omit<Claim, "status"> | null {
    const { memo, memoSigner, signature } = transaction;
    const [, id = "", kind = "", place, places] = MEMO.exec(memo) ?? [];
    const accepted = this.#requests.get(id);
    const say = (what: string): null => {
      this.violations.push(`transaction ${signature.slice(0, 8)} ${what}: "${memo}"`);
      return null;
    };
    if (accepted === undefined) return say("has no memo of an accepted operation");
    const leg = Number(place);
    const step = { operationId: id, kind: kind as Claim["kind"], leg };
    if (kind === "fund") {
      const wrong = this.#wrongFunding(accepted, transaction);
      return wrong === null ? step : say(wrong);
    }
    const buyer = accepted.buyers[leg - 1];
    if (Number(places) !== accepted.buyers.length) return say(`says ${places} legs`);
    if (buyer !== memoSigner) return say("is signed by another wallet");
    const wrong =
      kind === "buy" ? this.#wrongBuy(accepted, leg, transaction) : this.#wrongReturn(accepted, transaction);
    return wrong === null ? step : say(wrong);
  }

  #wrongBuy(accepted: Accepted, leg: number, { lamports, mint, transfers, memoSigner }: SimTransaction) {
    if (sharesOf(accepted)[leg - 1] !== lamports) return `spends ${lamports} lamports`;
    if (mint !== accepted.request.tokenAddress) return `buys ${mint}`;
    const funding = this.#fundingOf(accepted);
    const isOwn = transfers.every(({ from, to }) => from === funding && to === memoSigner);
    return isOwn ? null : "moves money elsewhere";
  }

  /** Straight from the user's funding wallet to each buyer, once, what its share needs. */
  #wrongFunding(accepted: Accepted, { lamports, memoSigner, transfers }: SimTransaction) {
    const funding = this.#fundingOf(accepted);
    if (accepted.request.mode !== "standard" || memoSigner !== funding) return "funds from another wallet";
    if (lamports !== 0n || transfers.length !== accepted.buyers.length) return "is no funding of all buyers";
    const shares = sharesOf(accepted);
    const isRight = transfers.every(({ from, to, lamports: amount }, at) => {
      const share = shares[at] ?? 0n;
      return from === funding && to === accepted.buyers[at] && amount > share && amount <= share + MOST_AHEAD;
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

  /** No more goes back than the funding had brought to this wallet, and the leg's buys have left of it on this fork. */
  #checkReturn(
    { operationId, leg }: Omit<Claim, "status">,
    { transaction }: Landing,
    block: Block,
    cluster: Cluster,
  ) {
    const { memoSigner: wallet } = transaction;
    const before = (operation: string, kind: Claim["kind"], step: number): Seen[] =>
      (this.#seen.get(keyOf({ operationId: operation, kind, leg: step })) ?? []).filter((seen) =>
        cluster.isAncestor(seen.block, block),
      );
    const funds = before(operationId, "fund", 1);
    const spent = funds.some(({ failed }) => !failed) ? before(operationId, "buy", leg) : [];
    const left = [...funds, ...spent].reduce((sum, seen) => sum + gainOf(wallet, seen), 0n);
    const returned = transaction.transfers.reduce((sum, { lamports }) => sum + lamports, 0n);
    if (returned > left)
      this.violations.push(`${operationId}#${leg} returned ${returned} lamports, having ${left} left`);
  }

  /** When nothing can land any more: claims and spending against the final chain. */
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

  /** Fees and rents of buys and fundings on the final chain. Returns cost, too, but no limit refuses them. */
  #costsOf(userId: string, tip: Block, cluster: Cluster): bigint {
    const all = [...this.#seen.values()].flat().filter(({ block }) => cluster.isAncestor(block, tip));
    return all.reduce((sum, { transaction: { memo, fee }, failed, isUnrun, changes }) => {
      const [, id = "", kind] = MEMO.exec(memo) ?? [];
      if (kind === "recover" || this.#requests.get(id)?.request.userId !== userId) return sum;
      // A fork may leave a rent to a buy whose survey had seen the account that another buy opened.
      const opened = failed || cluster.forks > 0 ? [] : changes.filter(isOpened);
      return opened.reduce((rents, { after }) => rents + after, sum + (isUnrun ? 0n : fee));
    }, 0n);
  }

  /** A buyer wallet keeps what it had in the beginning, but for what it has paid for itself. */
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
      // Between the plan of a buy and its block a rent may rise, and its wallet have SOL of its own: nobody can know (ADR 0025).
      const unforeseen = all
        .filter(({ transaction }) => transaction.memoSigner === address)
        .reduce((sum, seen) => sum + unforeseenRent(seen), 0n);
      if (has < own - unforeseen)
        this.violations.push(`${address} has ${has} lamports, and had ${own} of its own`);
    }
  }

  /** It was asked to; or a fork has taken back the funding and left the buy, and the funding was not made again. */
  #paysForItself({ memo }: SimTransaction, isOnChain: (seen: Seen) => boolean): boolean {
    const [, id = ""] = MEMO.exec(memo) ?? [];
    if (this.#requests.get(id)?.request.mode === "prefunded") return true;
    const funds = this.#seen.get(keyOf({ operationId: id, kind: "fund", leg: 1 })) ?? [];
    const landed = funds.filter(({ failed }) => !failed);
    return landed.length > 0 && !landed.some(isOnChain);
  }
}

/** A token account that came into being. */
const isOpened = ({ before, tokenOwner }: Landing["changes"][number]): boolean =>
  before === 0n && tokenOwner !== undefined;

/** By how much the account that a buy has opened was dearer than planned. */
function unforeseenRent({ transaction, failed, changes }: Landing): bigint {
  const paid = failed ? 0n : changes.filter(isOpened).reduce((sum, { after }) => sum + after, 0n);
  return paid > transaction.rent ? paid - transaction.rent : 0n;
}

const gainOf = (wallet: Address, { changes }: Landing): bigint =>
  changes
    .filter(({ address }) => address === wallet)
    .reduce((sum, { before, after }) => sum + after - before, 0n);
