/**
 * Opens a stage for open calls: a caller, members with own wallets that we have no key of, a server and a worker. All
 * requests pass through the HTTP API, as those of a page do.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { lamports } from "@solana/kit";
import { toBase58 } from "../../src/base/base58.ts";
import { readWire } from "../../src/base/wire.ts";
import type { Signable, Statement } from "../../src/calls/pledge.ts";
import type { Config } from "../../src/config.ts";
import type { Address, Base64EncodedWireTransaction, Signature } from "../../src/engine/ports.ts";
import type { CTOContext } from "../../src/runtime/context.ts";
import { buildApp } from "../../src/server/app.ts";
import type { ServerApp } from "../../src/server/server-context.ts";
import { createApiKey } from "../../src/services/api-keys.ts";
import type { CallView } from "../../src/services/calls/view.ts";
import { generateKeypair, type Keypair, privateKeyOfSeed, signBytes } from "../../src/wallets/keypair.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { signedBy } from "./signed-by.ts";
import { openStage, type Stage, type StageOptions } from "./stage.ts";

const SOL = 1_000_000_000n;

export type SignedStatement = { readonly statement: Signable; readonly signature: string };

export type Member = Keypair & { readonly way: "signs" | "sends"; readonly version: 0 | 1 };

export type CallStage = {
  readonly stage: Stage;
  readonly context: CTOContext;
  readonly worker: CTOWorker;
  readonly caller: Keypair;
  readonly app: ServerApp;
  /** Creates a wallet with this much SOL. */
  member(sol: bigint, way?: Member["way"], version?: Member["version"]): Member;
  /** Sends a transaction. Throws if it is refused for another reason than that the node lags. */
  broadcast(wire: Base64EncodedWireTransaction): Promise<void>;
  /** Creates a call of 3 to 9 SOL by at least 3 wallets, which the caller has still to publish. Returns its id. */
  create(changes?: Record<string, unknown>): Promise<string>;
  /** Publishes a call of 3 to 9 SOL by at least 3 wallets, and returns its id. */
  publish(changes?: Record<string, unknown>): Promise<string>;
  pledge(callId: string, member: Member, lamports?: bigint): Promise<void>;
  withdraw(callId: string, member: Member): Promise<void>;
  view(callId: string): Promise<CallView>;
  /**
   * Returns the member's unsigned transaction. Rejects with `{ code }` if it is refused, as the next two do.
   * @param proof the signed request; by default the member signs one
   */
  handOut(callId: string, member: Member, proof?: SignedStatement | null): Promise<string>;
  /** The statement that the member has signed last, as it was sent. */
  signedOf(member: Member): SignedStatement | null;
  /** Lets the member sign that it asks for its transaction. */
  request(callId: string, member: Member): Promise<SignedStatement>;
  giveBack(callId: string, member: Member, transaction: string): Promise<Signature>;
  /** Takes what is handed out, signs it, and returns it. */
  sign(callId: string, member: Member): Promise<Signature>;
  /** Sends a request, with the operator's key. */
  ask(method: "GET" | "POST", path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
};

const second = (ms: number): string =>
  new Date(Math.floor(ms / 1_000) * 1_000).toISOString().replace(".000Z", "Z");

/** On a busy machine, the node that simulates may know neither the newest blockhash nor a new wallet's money yet. */
const LAGS = ["BlockhashNotFound", "AccountNotFound"];
/** Who lags longer than this many slots does not lag: the blockhash is dead, because a test ticked after it was read. */
const LAG_SLOTS = 64;
/** The server answers in less on a busy machine, too. A test then names the request that hangs. */
const ANSWER_MS = 60_000;

type Options = StageOptions & {
  /** The folder of the built pages. Default: there are none. */
  readonly webRoot?: string;
  readonly config?: Partial<Config>;
};

export async function openCallStage({ webRoot = "/nowhere", ...options }: Options = {}): Promise<CallStage> {
  // Slower slots than elsewhere: members have 60 % of a blockhash's life to sign, on a busy machine too. The tests tick.
  const stage = await openStage({ buyers: 1, localnet: { slotMs: 200 }, ...options });
  const caller = generateKeypair();
  const config = { ...stage.config, ...options.config, CTO_CALLERS: [caller.address as string] };
  const context: CTOContext = { ...stage.context, config };
  const worker = await createCTOWorker({ context });
  const { chain } = worker.ports;
  const app = await buildApp(context, { version: "0.0.0-test", webRoot });
  const { secret } = await createApiKey(context, { name: "operator", scopes: ["operate"] });
  const ask = async (method: "GET" | "POST", path: string, body?: unknown) => {
    const asked = app.inject({
      method,
      url: `/v1/calls${path}`,
      headers: { authorization: `Bearer ${secret}` },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const late = new AbortController();
    const answer = await Promise.race([
      asked,
      sleep(ANSWER_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(`no answer in ${ANSWER_MS} ms: ${method} ${path}`);
      }),
    ]).finally(() => late.abort());
    return { status: answer.statusCode, body: answer.json<unknown>() };
  };
  const done = async <Body>(...asked: Parameters<typeof ask>): Promise<Body> => {
    const { status, body } = await ask(...asked);
    if (status >= 400) throw body;
    return body as Body;
  };
  const view = (callId: string): Promise<CallView> => done("GET", `/${callId}`);
  const signed = new Map<Address, SignedStatement>();
  const signedOf = ({ address }: Member): SignedStatement | null => signed.get(address) ?? null;
  const handOut: CallStage["handOut"] = async (callId, member, proof) => {
    const path = `/${callId}/members/${member.address}/transaction`;
    const own = async () => (proof === undefined ? request(callId, member) : (proof ?? undefined));
    const body = member.way === "sends" ? await own() : undefined;
    return (await done<{ transaction: string }>("POST", path, body)).transaction;
  };
  const giveBack = async (callId: string, { address }: Member, transaction: string): Promise<Signature> =>
    (await done<{ signature: Signature }>("POST", `/${callId}/members/${address}/signed`, { transaction }))
      .signature;
  const give = (address: Address, sol: bigint): Promise<unknown> =>
    stage.localnet.cluster.airdrop(address, lamports(sol * SOL));
  await give(caller.address, 1n);
  let number = 0;
  let nonces = 0;

  const signAs = async (callId: string, member: Member, kind: Signable["kind"], amount: bigint) => {
    const { terms, termsHash } = await view(callId);
    nonces += 1;
    const common = {
      callId,
      termsHash,
      wallet: member.address,
      expiresAt: kind === "request" ? second(Date.now() + 60_000) : terms.closesAt,
      nonce: `nonce-of-a-test-${nonces}`,
    };
    const statement: Signable =
      kind === "pledge" ? { kind, ...common, lamports: String(amount) } : { kind, ...common };
    const { text } = await done<{ text: string }>("POST", `/${callId}/statement`, { statement });
    const signature = toBase58(signBytes(privateKeyOfSeed(member.seed), new TextEncoder().encode(text)));
    return { statement, signature };
  };
  const request = (callId: string, member: Member) => signAs(callId, member, "request", 0n);
  const say = async (callId: string, member: Member, kind: Statement["kind"], amount: bigint) => {
    const { statement, signature } = await signAs(callId, member, kind, amount);
    signed.set(member.address, { statement, signature });
    await done("POST", `/${callId}/pledges`, {
      statement,
      signature,
      way: member.way,
      version: member.version,
    });
  };

  const create = async (changes: Record<string, unknown> = {}): Promise<string> => {
    number += 1;
    const callId = `call_${number}`;
    const now = Date.now();
    await done("POST", "", {
      version: 1,
      callId,
      cluster: stage.localnet.cluster.ledger.genesisHash,
      mint: stage.mint,
      platform: "auto",
      maxPrice: "1",
      leastLamports: String(3n * SOL),
      mostLamports: String(9n * SOL),
      leastWallets: 3,
      perWallet: { leastLamports: String(SOL), mostLamports: String(2n * SOL) },
      opensAt: second(now),
      closesAt: second(now + 600_000),
      musterSeconds: 300,
      refuses: ["freeze"],
      caller: {
        wallet: caller.address,
        wallets: [{ address: caller.address, tokens: "0" }],
        pastCalls: Array.from({ length: number - 1 }, (_, at) => `call_${at + 1}`),
      },
      ...changes,
    });
    return callId;
  };

  const broadcast = async (wire: Base64EncodedWireTransaction): Promise<void> => {
    for (let left = LAG_SLOTS; ; left -= 1) {
      const answer = await chain.broadcast(wire, { preflight: true });
      if (answer === "sent") return;
      if (left === 0 || !LAGS.includes(String(answer.refused.error))) throw new Error(answer.refused.message);
      stage.localnet.cluster.tick();
    }
  };

  /** The server keeps a blockhash for some seconds, and the ticks of a test end its life. Then we ask for another one. */
  async function announce(callId: string): Promise<Signature> {
    for (let left = 20; ; left -= 1) {
      // The answer to a new call has this transaction, too. A caller that comes later asks for a fresh one.
      const { transaction } = await done<{ transaction: string }>("POST", `/${callId}/memo`);
      const wire = signedBy(caller, transaction);
      try {
        await broadcast(wire);
        return readWire(wire).signature;
      } catch (error) {
        if (left === 0) throw error;
        await sleep(500);
      }
    }
  }

  return {
    stage,
    context,
    worker,
    caller,
    app,
    broadcast,
    member(sol, way = "signs", version = 0) {
      const wallet = generateKeypair();
      if (sol > 0n) give(wallet.address, sol);
      return { ...wallet, way, version };
    },
    create,
    async publish(changes) {
      const callId = await create(changes);
      const signature = await announce(callId);
      stage.localnet.cluster.tick(40);
      await chain.watch(signature, { timeoutMs: 10_000, until: "finalized" });
      await done("POST", `/${callId}/announcement`, { signature });
      return callId;
    },
    pledge: (callId, member, amount = SOL) => say(callId, member, "pledge", amount),
    withdraw: (callId, member) => say(callId, member, "withdrawal", 0n),
    view,
    handOut,
    signedOf,
    request,
    giveBack,
    sign: async (callId, member) => giveBack(callId, member, signedBy(member, await handOut(callId, member))),
    ask,
    async close() {
      await app.close();
      await worker.close();
      await stage.close();
    },
  };
}
