/**
 * Plays the caller and the members of a call. Each act passes through the worker's process, which may die of it; then the
 * sweep makes it again, as a page does that loads anew from another server.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { toBase58 } from "../src/base/base58.ts";
import { readWire } from "../src/base/wire.ts";
import type { CallRecord } from "../src/calls/call-record.ts";
import type { Signable, Statement } from "../src/calls/pledge.ts";
import { isLeastSent } from "../src/engine/calls/muster.ts";
import type { Signature } from "../src/engine/ports.ts";
import { isCTOError } from "../src/errors/index.ts";
import type { ChainPorts } from "../src/runtime/chain-ports.ts";
import { requireCall } from "../src/services/calls/context.ts";
import { composeAnnouncement } from "../src/services/calls/create-call.ts";
import { statementText } from "../src/services/calls/join.ts";
import { type Keypair, privateKeyOfSeed, signBytes } from "../src/wallets/keypair.ts";
import { signedBy } from "../test/support/signed-by.ts";
import { actOnCall, type CallAct } from "./call-acts.ts";
import type { Party, PartyMember } from "./call-party.ts";
import type { WorkerProcess } from "./processes.ts";
import type { Scene } from "./world.ts";

const POLL_MS = 40;
/** A worker that does not answer for so long is given up: it is held, stopped or gone. */
const ANSWER_MS = 5_000;

/** How long a member's request for its transaction is valid. */
const REQUEST_MS = 600_000;

/** The rules that may refuse an act. That a member has not proved itself is no such rule: the play signs each request. */
const RULES = /^CTO_E_MUSTER_(?!NOT_PROVED$)/;

/** Each of these says that an act was carried out before, although its answer was lost. */
const DONE_BEFORE = ["CTO_E_CALL_EXISTS", "CTO_E_PLEDGE_REPLAYED"];

export class CallPlay {
  readonly #scene: Scene;
  readonly #party: Party;
  readonly #ports: ChainPorts;
  /** Null once it did not answer. */
  #worker: WorkerProcess | null;
  readonly #until: number;

  /** @param ports straight to the cluster: not through the run's gate, which counts the worker's calls */
  constructor(scene: Scene, party: Party, ports: ChainPorts, worker: WorkerProcess, until: number) {
    this.#scene = scene;
    this.#party = party;
    this.#ports = ports;
    this.#worker = worker;
    this.#until = until;
  }

  get #isTime(): boolean {
    return performance.now() < this.#until;
  }

  /** Plays the call from its creation to its end. Returns it as it stands then; null if it was not created in time. */
  async play(): Promise<CallRecord | null> {
    const { terms } = this.#party;
    await this.#act({ name: "create", terms });
    const signature = await this.#publish();
    await this.#act({ name: "confirm", callId: terms.callId, signature });
    let last = await this.#read();
    while (this.#isTime && last?.status !== "open" && (last?.ended ?? null) === null)
      last = await this.#look();
    for (const member of this.#party.members) await this.#pledge(member);
    const rounds = new Set<string>();
    let hasSent = false;
    while (this.#isTime) {
      last = await this.#look();
      if (last === null) continue;
      if (last.ended !== null) return last;
      const { muster } = last;
      const blockhash = muster?.lifetime?.blockhash;
      if (muster === null || blockhash === undefined) continue;
      if (!rounds.has(blockhash)) {
        rounds.add(blockhash);
        for (const member of this.#party.members) if (member.way === "signs") await this.#sign(member);
      } else if (isLeastSent(muster) && !hasSent) {
        hasSent = true;
        for (const member of this.#party.members) if (member.way === "sends") await this.#send(member);
      }
    }
    return last;
  }

  async #look(): Promise<CallRecord | null> {
    await sleep(POLL_MS);
    return this.#read();
  }

  /** Null if there is none yet, or the journal's server is restarting. */
  #read(): Promise<CallRecord | null> {
    return requireCall(this.#scene.context, this.#party.terms.callId).catch(() => null);
  }

  /** The caller's wallet sends the memo itself, until it is final. */
  async #publish(): Promise<Signature> {
    const { chain } = this.#ports;
    const { caller, terms } = this.#party;
    let last: unknown = "it was not seen";
    while (this.#isTime) {
      try {
        const { transaction } = await composeAnnouncement(this.#scene.context, this.#ports, terms.callId);
        const wire = signedBy(caller, transaction);
        await chain.broadcast(wire, { preflight: false });
        const { signature } = readWire(wire);
        const { state } = await chain.watch(signature, { timeoutMs: 10_000, until: "finalized" });
        if (state === "finalized") return signature;
      } catch (error) {
        last = error;
        await sleep(POLL_MS);
      }
    }
    throw new Error(`the memo of the terms did not become final: ${String(last)}`);
  }

  async #pledge(member: PartyMember): Promise<void> {
    const { callId, closesAt } = this.#party.terms;
    const statement: Statement = {
      kind: "pledge",
      callId,
      termsHash: this.#party.termsHash,
      wallet: member.address,
      expiresAt: closesAt,
      nonce: "nonce-of-the-sweep",
      lamports: String(member.lamports),
    };
    const text = statementText(this.#scene.context, statement);
    const signature = signText(member, text);
    await this.#act({ name: "pledge", callId, body: { statement, signature, way: member.way, version: 0 } });
  }

  async #sign({ address: wallet, ...member }: PartyMember): Promise<void> {
    const { callId } = this.#party.terms;
    const unsigned = await this.#act({ name: "hand-out", callId, wallet, proof: undefined });
    if (unsigned === null) return;
    const transaction = signedBy({ address: wallet, ...member }, unsigned);
    await this.#act({ name: "return", callId, wallet, transaction });
  }

  async #send(member: PartyMember): Promise<void> {
    const { callId } = this.#party.terms;
    const proof = this.#requestOf(member);
    const unsigned = await this.#act({ name: "hand-out", callId, wallet: member.address, proof });
    if (unsigned === null) return;
    const wire = signedBy(member, unsigned);
    this.#party.sent.add(readWire(wire).signature);
    await this.#ports.chain.broadcast(wire, { preflight: false });
  }

  #requestOf(member: PartyMember): unknown {
    const statement: Signable = {
      kind: "request",
      callId: this.#party.terms.callId,
      termsHash: this.#party.termsHash,
      wallet: member.address,
      expiresAt: `${new Date(Date.now() + REQUEST_MS).toISOString().slice(0, 19)}Z`,
      nonce: "nonce-of-a-request",
    };
    return { statement, signature: signText(member, statementText(this.#scene.context, statement)) };
  }

  /** @returns null if a rule refuses it */
  async #act(act: CallAct): Promise<string | null> {
    const answer = await this.#ask(act);
    if (answer !== null) return answer;
    let last: unknown = "no time was left";
    while (this.#isTime) {
      try {
        return await actOnCall(this.#scene.context, this.#ports, act);
      } catch (error) {
        if (isCTOError(error) && DONE_BEFORE.includes(error.code)) return "";
        if (isCTOError(error) && RULES.test(error.code)) return null;
        last = error;
        await sleep(POLL_MS);
      }
    }
    throw new Error(`"${act.name}" did not succeed: ${String(last)}`);
  }

  /** @returns null if the worker did not do it, or its answer was lost */
  async #ask(act: CallAct): Promise<string | null> {
    const worker = this.#worker;
    if (worker === null || worker.dead) return null;
    const late = sleep(ANSWER_MS).then(() => {
      this.#worker = null;
      return null;
    });
    const asked = worker.order({ type: "call", act }, "acted").then(
      ({ result }) => result,
      () => null,
    );
    return Promise.race([asked, late]);
  }
}

const signText = ({ seed }: Keypair, text: string): string =>
  toBase58(signBytes(privateKeyOfSeed(seed), new TextEncoder().encode(text)));
