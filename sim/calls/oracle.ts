/**
 * Checks a simulated call from the chain, and from what its members did: no member twice, nothing that a member did not
 * sign, nothing sent below the least or of a member that had withdrawn, nothing above the most, and no second transaction
 * of a member while the first one may still land. It asks none of the muster's own rules.
 */
import type { Signature } from "@solana/kit";
import type { CallRecord } from "../../src/calls/call-record.ts";
import type { Handed } from "../../src/engine/calls/call-book.ts";
import type { Lifetime, Muster } from "../../src/engine/calls/muster.ts";
import type { Address } from "../../src/engine/ports.ts";
import { BLOCKHASH_LIFE, type Landing } from "../cluster.ts";
import { readTransaction, stepOf } from "../transaction.ts";
import { dateAt } from "../virtual-date.ts";
import type { World } from "../world.ts";
import type { CallScenario, SimMember } from "./scenario.ts";

/** Whether a block that is not final, or is yet to come, may include a transaction with this blockhash. */
function mayLand({ cluster }: World, blockhash: string): boolean {
  const origin = cluster.blockOf(blockhash);
  return origin !== undefined && cluster.view(0).finalizedHeight < origin.height + BLOCKHASH_LIFE + 1;
}

export class CallOracle {
  readonly violations: string[] = [];
  readonly #scenario: CallScenario;
  /** Who signed which transaction. */
  readonly #signed = new Map<Signature, Address>();
  readonly #byMembers = new Set<Signature>();
  /** What we sent: who pays for it, and with which blockhash. */
  readonly #byUs = new Map<Signature, { readonly wallet: Address; readonly blockhash: string }>();
  /** The blockhashes of what each wallet was handed. */
  readonly #handed = new Map<Address, string[]>();
  readonly #accepted = new Set<string>();
  readonly #withdrawn = new Set<Address>();
  sent = 0;
  landed = 0;

  constructor(scenario: CallScenario) {
    this.#scenario = scenario;
  }

  /** @param muster as it is after this */
  handedOut(world: World, { wallet, leg, legs, leastTokens, blockhash }: Handed, muster: Muster): void {
    const member = this.#memberOf(wallet);
    this.#requireCap(wallet, member?.lamports ?? 0n, leastTokens);
    if (muster.members[leg - 1]?.wallet !== wallet)
      this.#say(`${wallet} was handed leg ${leg} of another member`);
    if (muster.members.length !== legs) this.#say(`${wallet} was handed ${legs} legs, which are others now`);
    const before = this.#handed.get(wallet) ?? [];
    this.#handed.set(wallet, [...before, blockhash]);
    if (member?.habit === "sends") {
      if (before.length > 0) this.#say(`${wallet} only sends, and was handed its transaction twice`);
      if (!this.#isLeast(this.#sentWith(blockhash)))
        this.#say(`${wallet} only sends, and was handed its transaction before the least was sent`);
    }
    if (before.some((one) => one !== blockhash && mayLand(world, one)))
      this.#say(`${wallet} was handed a second transaction while the first one may still land`);
  }

  /** Called when a signature was accepted, at this block height as the server has read it. */
  accepted(
    wallet: Address,
    { blockhash, blockHeight, lastValidBlockHeight }: Lifetime,
    height: bigint,
  ): void {
    const key = `${wallet} ${blockhash}`;
    // The same signature again is accepted at any time.
    if (this.#accepted.has(key)) return;
    this.#accepted.add(key);
    if ((height - blockHeight) * 10n > (lastValidBlockHeight - blockHeight) * 6n)
      this.#say(`${wallet} was accepted later than after 60 % of its blockhash's life`);
  }

  /** The wallets of which we have sent something with this blockhash. */
  #sentWith(blockhash: string): ReadonlySet<Address> {
    return new Set(
      [...this.#byUs.values()].filter((one) => one.blockhash === blockhash).map(({ wallet }) => wallet),
    );
  }

  #memberOf(wallet: Address): SimMember | undefined {
    return this.#scenario.members.find((one) => one.wallet === wallet);
  }

  /** Whether these are enough wallets with enough lamports. */
  #isLeast(wallets: ReadonlySet<Address>): boolean {
    const { terms, leastLamports } = this.#scenario.call;
    const sum = [...wallets].reduce((all, wallet) => all + (this.#memberOf(wallet)?.lamports ?? 0n), 0n);
    return wallets.size >= terms.leastWallets && sum >= leastLamports;
  }

  signed(wallet: Address, signature: Signature): void {
    this.#signed.set(signature, wallet);
  }

  sentByMember(signature: Signature): void {
    this.#byMembers.add(signature);
  }

  withdrew(wallet: Address): void {
    this.#withdrawn.add(wallet);
  }

  /** Called with each transaction that a worker sends, and the call as it is journaled then. */
  sends(world: World, wire: Parameters<typeof readTransaction>[0], record: CallRecord | null): void {
    const { signature, feePayer, blockhash } = readTransaction(wire);
    const { call } = this.#scenario;
    if (!this.#signed.has(signature)) this.#say(`${signature} was sent, and its member did not sign it`);
    if (this.#withdrawn.has(feePayer)) this.#say(`${feePayer} was sent although it had withdrawn`);
    if (record?.muster?.released !== true) this.#say(`${signature} was sent before the release`);
    const signers = record?.muster?.members.filter(({ attempts }) =>
      attempts.some((attempt) => attempt.lifetime.blockhash === blockhash && attempt.signature !== null),
    );
    const accepted = signers?.find(({ wallet }) => wallet === feePayer)?.attempts.at(-1)?.signature;
    if (accepted !== undefined && accepted !== signature)
      this.#say(`${feePayer} was sent another transaction than the one that was accepted`);
    // A member that had withdrawn is neither sent nor counted.
    const inHand = new Set(
      (signers ?? []).map(({ wallet }) => wallet).filter((wallet) => !this.#withdrawn.has(wallet)),
    );
    if (!this.#isLeast(inHand))
      this.#say(`${signature} was sent when ${inHand.size} wallets had signed, below the least`);
    const endsAt = record?.muster?.goal.endsAt ?? call.closesAt;
    if (!this.#byUs.has(signature) && dateAt(world.scheduler.now) >= endsAt)
      this.#say(`${signature} was first sent after the muster's end`);
    this.#byUs.set(signature, { wallet: feePayer, blockhash });
    this.sent += 1;
  }

  /** @param landings everything on the final chain */
  conclude(landings: readonly Landing[], record: CallRecord | null, isKnowable: boolean): void {
    const { call } = this.#scenario;
    // A memo without a purchase is not a buy.
    const own = landings.filter(
      ({ failed, transaction }) =>
        !failed && transaction.mint !== null && stepOf(transaction).operationId === call.terms.callId,
    );
    this.landed = own.length;
    const count = new Map<Address, number>();
    for (const { transaction } of own) {
      const { feePayer, memoSigner, signature, lamports, least } = transaction;
      count.set(feePayer, (count.get(feePayer) ?? 0) + 1);
      const member = this.#memberOf(feePayer);
      if (this.#signed.get(signature) !== feePayer || memoSigner !== feePayer)
        this.#say(`${feePayer} bought without its signature`);
      if (lamports !== member?.lamports)
        this.#say(`${feePayer} spent ${lamports} instead of ${member?.lamports}`);
      this.#requireCap(feePayer, lamports, least);
      if (!this.#byUs.has(signature) && !this.#byMembers.has(signature))
        this.#say(`${signature} landed, and nobody sent it`);
    }
    for (const [wallet, times] of count) if (times > 1) this.#say(`${wallet} bought ${times} times`);
    const sum = own.reduce((all, { transaction }) => all + transaction.lamports, 0n);
    if (sum > call.mostLamports) this.#say(`${sum} lamports were spent, above the most`);
    if (record !== null) this.#compare(own, record, isKnowable);
  }

  /** A transaction that accepts fewer tokens pays more for each of them. The token has six decimals. */
  #requireCap(wallet: Address, lamports: bigint, least: bigint): void {
    const [whole = "0", fraction = ""] = this.#scenario.call.terms.maxPrice.split(".");
    const price = BigInt(whole + fraction.padEnd(18, "0"));
    // lamports / 10^9 <= least / 10^6 * price / 10^18
    if (lamports * 10n ** 15n > least * price) this.#say(`${wallet} may pay more than the price cap`);
  }

  #compare(own: readonly Landing[], record: CallRecord, isKnowable: boolean): void {
    if (record.ended === null) {
      this.#say(
        `the call did not come to its end: ${record.status}, round ${record.muster?.round}, ${record.waits}`,
      );
      return;
    }
    for (const { wallet, attempts, way } of record.muster?.members ?? []) {
      const hasLanded = own.some(({ transaction }) => transaction.feePayer === wallet);
      const phases = attempts.map(({ phase }) => phase);
      if (phases.includes("finalized") && !hasLanded)
        this.#say(`${wallet} counts as landed, and is not on chain`);
      const result = record.results.find((one) => one.wallet === wallet);
      if (hasLanded && result?.tokens === 0n) this.#say(`${wallet} has bought, and counts as if it had not`);
      if (!hasLanded && (result?.tokens ?? 0n) > 0n) this.#say(`${wallet} counts as a buyer, and is not`);
      const isDead = phases.every((phase) => phase === "dead");
      if (hasLanded && isDead) this.#say(`${wallet} counts as dead, and is on chain`);
      if (isKnowable && way === "signs" && phases.includes("needs_review"))
        this.#say(`${wallet} needs a review, although all endpoints have the evidence`);
    }
  }

  #say(violation: string): void {
    if (!this.violations.includes(violation)) this.violations.push(violation);
  }
}
