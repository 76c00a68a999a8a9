/**
 * The judge. It reads the chain and the accepted requests, and nothing of the engine's mind; only in the end it holds
 * what the journal claims about each leg against the chain. It computes shares and reads memos by rules of its own.
 */
import type { StepStatus } from "../src/engine/ports.ts";
import type { Block, Cluster, Landing } from "./cluster.ts";
import type { Accepted } from "./scenario.ts";

const MEMO = /^cto:1:([A-Za-z0-9_-]+):buy:(\d+)\/(\d+)$/;

/** What the journal says of one leg when all is over. */
export type Claim = { readonly operationId: string; readonly leg: number; readonly status: StepStatus };

/** The floor of each share, and the lamports left over to the first legs, one each. */
export function sharesOf({ request: { buyLamports, weights }, buyers }: Accepted): bigint[] {
  const parts = weights ?? buyers.map(() => 1);
  const sum = BigInt(parts.reduce((all, part) => all + part, 0));
  const shares = parts.map((part) => (buyLamports * BigInt(part)) / sum);
  const rest = Number(buyLamports - shares.reduce((all, share) => all + share, 0n));
  return shares.map((share, at) => (at < rest ? share + 1n : share));
}

export class Oracle {
  readonly #requests = new Map<string, Accepted>();
  /** By `operation#leg`: every block, on any fork, in which a buy of it succeeded. */
  readonly #landed = new Map<string, { readonly block: Block; readonly signature: string }[]>();
  readonly #limits = new Map<string, bigint>();
  readonly violations: string[] = [];

  limit(userId: string, lamports: bigint): void {
    this.#limits.set(userId, lamports);
  }

  accept(accepted: Accepted): void {
    this.#requests.set(accepted.id, accepted);
  }

  /** Every block of every fork passes here. */
  see(block: Block, cluster: Cluster): void {
    for (const landing of block.landings) {
      const key = this.#check(landing);
      if (key === null || landing.failed) continue;
      const earlier = this.#landed.get(key) ?? [];
      const { signature } = landing.transaction;
      // On one fork: two different transactions, or one transaction twice, are both a double buy.
      if (earlier.some((other) => cluster.isAncestor(other.block, block))) {
        this.violations.push(`${key} landed twice on one fork, the second time at height ${block.height}`);
      }
      this.#landed.set(key, [...earlier, { block, signature }]);
    }
  }

  /** Memo, buyer and amount are what was asked for. Answers `operation#leg`. */
  #check({ transaction: { memo, memoSigner, lamports, signature } }: Landing): string | null {
    const [, id = "", leg, legs] = MEMO.exec(memo) ?? [];
    const accepted = this.#requests.get(id);
    const say = (what: string): null => {
      this.violations.push(`transaction ${signature.slice(0, 8)} ${what}`);
      return null;
    };
    if (accepted === undefined) return say(`has no memo of an accepted operation: "${memo}"`);
    if (Number(legs) !== accepted.buyers.length) return say(`says ${legs} legs: "${memo}"`);
    if (accepted.buyers[Number(leg) - 1] !== memoSigner) return say(`is signed by another wallet: "${memo}"`);
    if (sharesOf(accepted)[Number(leg) - 1] !== lamports)
      return say(`spends ${lamports} lamports: "${memo}"`);
    return `${id}#${leg}`;
  }

  /** When nothing can land any more: claims and spending against the final chain. */
  conclude(cluster: Cluster, claims: readonly Claim[]): void {
    const { tip } = cluster.view(0);
    const onChain = (key: string): number =>
      (this.#landed.get(key) ?? []).filter(({ block }) => cluster.isAncestor(block, tip)).length;
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
      const spent = spentBy.get(userId) ?? 0n;
      if (spent > limit) this.violations.push(`${userId} spent ${spent} lamports, the limit being ${limit}`);
    }
    for (const { operationId, leg, status } of claims) {
      const key = `${operationId}#${leg}`;
      const count = onChain(key);
      const isLanded = status === "confirmed" || status === "finalized";
      const isDead = status === "failed" || status === "cancelled" || status === "ready";
      if (isLanded && count !== 1)
        this.violations.push(`${key} is ${status}, but is on chain ${count} times`);
      if (isDead && count !== 0) this.violations.push(`${key} is ${status}, but is on chain`);
    }
  }
}
