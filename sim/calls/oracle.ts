/**
 * Checks a simulated call from the chain, and from what its members did: no member twice, nothing that a member did not
 * sign, nothing sent below the least or of a member that had withdrawn, nothing above the most.
 */
import type { Signature } from "@solana/kit";
import type { CallRecord } from "../../src/calls/call-record.ts";
import type { Handed } from "../../src/engine/calls/call-book.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import type { Address } from "../../src/engine/ports.ts";
import type { Landing } from "../cluster.ts";
import { readTransaction, stepOf } from "../transaction.ts";
import { dateAt } from "../virtual-date.ts";
import type { World } from "../world.ts";
import type { CallScenario } from "./scenario.ts";

export class CallOracle {
  readonly violations: string[] = [];
  readonly #scenario: CallScenario;
  /** Who signed which transaction. */
  readonly #signed = new Map<Signature, Address>();
  readonly #byMembers = new Set<Signature>();
  readonly #byUs = new Set<Signature>();
  readonly #withdrawn = new Set<Address>();
  sent = 0;
  landed = 0;

  constructor(scenario: CallScenario) {
    this.#scenario = scenario;
  }

  handedOut({ wallet, leg, legs, leastTokens }: Handed, muster: Muster | null): void {
    const lamports = this.#scenario.members.find((one) => one.wallet === wallet)?.lamports ?? 0n;
    this.#requireCap(wallet, lamports, leastTokens);
    if (muster?.members[leg - 1]?.wallet !== wallet)
      this.#say(`${wallet} was handed leg ${leg} of another member`);
    if (muster?.members.length !== legs) this.#say(`${wallet} was handed ${legs} legs, which are others now`);
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
    const sum = (signers ?? []).reduce((all, { lamports }) => all + lamports, 0n);
    if (sum < call.leastLamports || (signers?.length ?? 0) < call.terms.leastWallets)
      this.#say(`${signature} was sent when ${sum} lamports were signed, below the least`);
    if (!this.#byUs.has(signature) && dateAt(world.scheduler.now) > call.closesAt)
      this.#say(`${signature} was first sent after the deadline`);
    this.#byUs.add(signature);
    this.sent += 1;
  }

  /** @param landings everything on the final chain */
  conclude(landings: readonly Landing[], record: CallRecord | null, isKnowable: boolean): void {
    const { call, members } = this.#scenario;
    const own = landings.filter(
      ({ failed, transaction }) => !failed && stepOf(transaction).operationId === call.terms.callId,
    );
    this.landed = own.length;
    const count = new Map<Address, number>();
    for (const { transaction } of own) {
      const { feePayer, memoSigner, signature, lamports, least } = transaction;
      count.set(feePayer, (count.get(feePayer) ?? 0) + 1);
      const member = members.find(({ wallet }) => wallet === feePayer);
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
