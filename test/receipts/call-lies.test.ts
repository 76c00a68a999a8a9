/**
 * Tests that both verifiers rebuild a call from the chain alone. The receipt is of a whole system's call, with what members
 * may do beside it, and each lie changes one thing that the chain contradicts.
 */
import { lamports } from "@solana/kit";
import {
  getApproveCheckedInstruction,
  getCreateAssociatedTokenIdempotentInstruction,
  getTransferCheckedInstruction,
} from "@solana-program/token";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readWire, toWire } from "../../src/base/wire.ts";
import { SALES_AT_MOST } from "../../src/calls/largest-sales.ts";
import { hashOfTerms } from "../../src/calls/parse-terms.ts";
import type { Terms } from "../../src/calls/terms.ts";
import type { Address, Base64EncodedWireTransaction, Instruction } from "../../src/engine/ports.ts";
import { createChainReader, loadReceipt, type Receipt, verifyReceipt } from "../../src/receipts/index.ts";
import { lookAfterCall } from "../../src/services/calls/carry-out.ts";
import { tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import { type CallStage, type Member, openCallStage } from "../support/call-stage.ts";
import { signedBy } from "../support/signed-by.ts";
import { findPython, type PythonVerifier, startPython } from "../verifiers/python.ts";

const SOL = 1_000_000_000n;
const patiently = { timeout: 60_000, interval: 50 };
/** 64 bytes in base58: most have 88 characters, some 87 or fewer. */
const SIGNATURE = /^[1-9A-HJ-NP-Za-km-z]{64,88}$/;
const MAINNET = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d" as Address;
const python = findPython();

let calls: CallStage;
let receipt: Receipt;
let second: PythonVerifier | null = null;

/** Sends a transaction of the wallet with this memo, and perhaps an instruction. */
async function send(wallet: Member, text: string, swap: readonly Instruction[] = []): Promise<void> {
  const { chain } = calls.worker.ports;
  const { slot: _slot, ...lifetime } = await chain.latestBlockhash({ fresh: true });
  const { messageBytes } = chain.compose({
    feePayer: wallet.address,
    transfers: [],
    setup: [],
    swap,
    memo: { text, signer: wallet.address },
    cleanup: [],
    computeUnitLimit: 100_000,
    computeUnitPrice: 0n,
    lifetime,
    lookupTables: {},
  });
  const wire: Base64EncodedWireTransaction = signedBy(wallet, toWire(messageBytes, [null]));
  await calls.broadcast(wire);
  calls.stage.localnet.cluster.tick(40);
  const { signature } = readWire(wire);
  expect(await chain.watch(signature, { timeoutMs: 20_000, until: "finalized" })).toMatchObject({
    state: "finalized",
    failure: null,
  });
}

const accountOf = async (owner: Address) =>
  tokenAccountOf(owner, calls.stage.mint, await programOf(calls.stage.mint));
const programOf = async (mint: Address): Promise<Address> =>
  (calls.stage.localnet.cluster.account(mint)?.owner as Address | undefined) ?? expect.fail("no mint");

/** Returns what lets a wallet move one base unit from the lender to itself, in a transaction of its own with this memo. */
async function lender(holder: Member) {
  const { mint } = calls.stage;
  const programAddress = await programOf(mint);
  const decimals = await createChainReader(calls.stage.localnet.rpcUrl).decimals(mint);
  const [source] = await Promise.all([accountOf(holder.address)]);
  return async (wallet: Member, memo: string): Promise<void> => {
    const destination = await accountOf(wallet.address);
    const open = getCreateAssociatedTokenIdempotentInstruction({
      payer: holder.address as never,
      ata: destination,
      owner: wallet.address,
      mint,
      tokenProgram: programAddress,
    });
    const approve = getApproveCheckedInstruction(
      { source, mint, delegate: wallet.address, owner: holder.address as never, amount: 1n, decimals },
      { programAddress },
    );
    await send(holder, "a loan", [open as Instruction, approve as Instruction]);
    const take = getTransferCheckedInstruction(
      { source, mint, destination, authority: wallet.address as never, amount: 1n, decimals },
      { programAddress },
    );
    await send(wallet, memo, [take as Instruction]);
  };
}

beforeAll(async () => {
  calls = await openCallStage();
});
afterAll(async () => {
  second?.close();
  await calls?.close();
});

it("is carried out, with what members may do beside it", { timeout: 120_000 }, async () => {
  const { cluster, rpcUrl } = calls.stage.localnet;
  const own: Member = { ...calls.caller, way: "signs", version: 0 };
  cluster.airdrop(own.address, lamports(4n * SOL));
  const [one, two, absent] = [calls.member(5n), calls.member(5n), calls.member(5n)] as const;
  // The last pledge reaches the least, and those who sign reach it without the absent one: all four are members.
  const callId = await calls.publish({ leastLamports: String(3n * SOL + 5n) });
  await expect.poll(async () => (await calls.view(callId)).status, patiently).toBe("open");
  for (const member of [absent, own, one, two])
    await calls.pledge(callId, member, SOL + (member === two ? 5n : 0n));
  const legOf = async ({ address }: Member): Promise<string> => {
    const members = (await calls.view(callId)).muster?.members ?? [];
    return members.find(({ wallet }) => wallet === address)?.memo ?? expect.fail(`${address} is no member`);
  };
  for (const member of [own, one, two])
    await expect
      .poll(() => calls.sign(callId, member).catch(({ code }) => code), patiently)
      .toMatch(SIGNATURE);
  await calls.handOut(callId, absent);
  const landedIn = async (): Promise<number> =>
    ((await calls.view(callId)).muster?.members ?? []).filter(({ phase }) => phase === "finalized").length;
  await expect.poll(landedIn, patiently).toBe(3);
  // Whoever has a key can sign the memo without a purchase: with one base unit from another wallet, alone, and another member's.
  const moveOne = await lender(two);
  await moveOne(absent, await legOf(absent));
  await send(absent, await legOf(absent));
  await send(one, await legOf(one));
  await send(one, await legOf(two));
  await send(two, `cto:1:${callId}:fund:1/1`);
  cluster.tick(200);
  await expect.poll(async () => (await calls.view(callId)).status, patiently).toBe("landed");
  // After the end, too.
  await moveOne(one, await legOf(one));
  await moveOne(one, `cto:1:${callId}:recover:1/4`);
  const mint = calls.stage.mint;
  const program = await programOf(mint);
  const [source, destination] = await Promise.all([accountOf(own.address), accountOf(one.address)]);
  const decimals = await createChainReader(rpcUrl).decimals(mint);
  const transfer = getTransferCheckedInstruction(
    { source, mint, destination, authority: own.address as never, amount: 7n, decimals },
    { programAddress: program },
  );
  await send(own, "a sale", [transfer as Instruction]);
  cluster.tick(600);
  await lookAfterCall(calls.context, calls.worker.ports, callId, {
    funderOf: async () => one.address,
    isSalesLookDue: async () => true,
  });
  receipt = await loadReceipt(calls.context, callId, createChainReader(rpcUrl));
  if (python !== null) second = startPython(python, rpcUrl);
});

const judge = async (judged: unknown) => {
  const reader = createChainReader(calls.stage.localnet.rpcUrl);
  const ours = await verifyReceipt(judged as Receipt, reader);
  return { ours, theirs: second === null ? ours : await second.verify(judged) };
};

it("is confirmed by both, although members have signed its memos without a purchase", async () => {
  expect(receipt).toMatchObject({
    status: "completed",
    settled: true,
    partial: true,
    call: { signed: { wallets: 3 }, dropped: 0, released: true, leastLanded: true, salesUnread: [] },
    legs: [{ status: "failed" }, { caller: true }, { status: "finalized" }, { status: "finalized" }],
  });
  expect(receipt.call?.sales).toMatchObject([{ wallet: calls.caller.address, tokens: "7" }]);
  const { ours, theirs } = await judge(receipt);
  expect(ours).toMatchObject({ problems: [], ok: true, memosVerified: 3, transactions: 3 });
  expect(theirs).toMatchObject({ problems: [], ok: true, memosVerified: 3, transactions: 3 });
  const moved = expect.stringContaining("and brought 1 token units");
  for (const { mentions = [] } of [ours, theirs]) {
    expect(mentions).toHaveLength(7);
    expect(mentions.filter((one) => moved.asymmetricMatch(one))).toHaveLength(3);
  }
});

type Part = Record<string, unknown>;

/** Changes one value of a receipt, at a path; undefined removes it. */
function changed(path: string, change: (value: unknown, lie: Receipt) => unknown): Receipt {
  const lie = structuredClone(receipt);
  const names = path.split(".");
  const last = names.pop() ?? "";
  const holder = names.reduce<Part>((part, name) => part[name] as Part, lie as unknown as Part);
  const value = change(holder[last], lie);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return lie;
}

/** States other terms with their own hash, which is not the one on chain. */
const restated = (changes: (terms: Terms) => Partial<Terms>): Receipt =>
  changed("call", (call) => {
    const { terms, ...rest } = call as NonNullable<Receipt["call"]>;
    const other = { ...terms, ...changes(terms) };
    return { ...rest, terms: other, termsHash: hashOfTerms(other) };
  });

const legAt = (lie: Receipt, at: number) => lie.legs[at] ?? expect.fail("no leg");
const more = (value: unknown): unknown =>
  typeof value === "number" ? value + 1 : String(BigInt(String(value)) + 1n);
const gone = (): undefined => undefined;
const firstOf = (sales: unknown): Part => (sales as Part[])[0] ?? expect.fail("no sale");

it.each<[string, () => Receipt]>([
  ["states a higher cap than was published", () => restated(() => ({ maxPrice: "2" }))],
  ["states a cap of nothing", () => restated(() => ({ maxPrice: "0" }))],
  ["states a cap that takes years to write out", () => restated(() => ({ maxPrice: "1e999999999999" }))],
  ["states other terms under the published hash", () => changed("call.terms.leastWallets", () => 2)],
  ["states terms of another call", () => restated(() => ({ callId: "call_2" }))],
  ["leaves out what publishes the terms", () => changed("call.announcement", gone)],
  [
    "names another transaction as the one that publishes them",
    () => changed("call.announcement", (_, lie) => legAt(lie, 1).signature),
  ],
  [
    "names another caller, who has signed no memo",
    () => restated(({ caller }) => ({ caller: { ...caller, wallet: legAt(receipt, 2).address as Address } })),
  ],
  ["does not mark the caller's wallet", () => changed("legs.1.caller", gone)],
  ["marks a member's wallet as the caller's", () => changed("legs.2.caller", () => true)],
  ["changes an amount", () => changed("legs.2.lamports", more)],
  ["changes the tokens", () => changed("legs.2.tokens", more)],
  ["changes a slot", () => changed("legs.2.slot", more)],
  ["changes a memo", () => changed("legs.2.memo", (_, lie) => legAt(lie, 3).memo)],
  [
    "says that a member landed who has only signed a memo",
    () => changed("legs.0", (own, lie) => ({ ...legAt(lie, 2), ...(own as Part), status: "finalized" })),
  ],
  ["denies what landed", () => changed("legs.3.status", () => "failed")],
  ["counts more pledges", () => changed("call.pledged.wallets", more)],
  ["counts more pledged lamports", () => changed("call.pledged.lamports", more)],
  ["counts more signatures", () => changed("call.signed.wallets", more)],
  ["counts more signed lamports", () => changed("call.signed.lamports", more)],
  ["counts another number as dropped", () => changed("call.dropped", more)],
  ["denies that the least landed", () => changed("call.leastLanded", () => false)],
  ["counts the funders otherwise", () => changed("call.funders.distinct", more)],
  ["changes a sale", () => changed("call.sales.0.tokens", more)],
  ["moves a sale", () => changed("call.sales.0.slot", more)],
  [
    "blames a member for the caller's sale",
    () => changed("call.sales.0.wallet", (_, lie) => legAt(lie, 2).address),
  ],
  [
    "invents a sale",
    () =>
      changed("call.sales", (sales, lie) => [
        firstOf(sales),
        { ...firstOf(sales), signature: legAt(lie, 2).signature },
      ]),
  ],
  ["lists a sale twice", () => changed("call.sales", (sales) => [firstOf(sales), firstOf(sales)])],
  ["says that sales are left off, while there is room", () => changed("call.salesLeftOff", () => true)],
  ["is of a token with other decimals", () => changed("decimals", () => 3)],
])("that %s is refused by both", async (_, lie) => {
  const { ours, theirs } = await judge(lie());
  expect(ours.problems, "ours").not.toEqual([]);
  expect(theirs.problems, "theirs").not.toEqual([]);
  expect([ours.ok, theirs.ok]).toEqual([false, false]);
});

it("that states another cluster is refused by both, which ask the endpoint for its own", async () => {
  const { ours, theirs } = await judge(restated(() => ({ cluster: MAINNET })));
  expect(ours.problems.join("; ")).toContain(MAINNET);
  expect(theirs.problems.join("; ")).toContain("another cluster");
});

it("that denies what landed, and does not name it, is refused by both, which find it", async () => {
  const bought = legAt(receipt, 3);
  const lie = changed("legs.3", (own) => {
    const { signature, slot, tokens, price, ...rest } = own as Part;
    return { ...rest, status: "failed" };
  });
  const { ours, theirs } = await judge(lie);
  expect(ours.problems).toContain(`leg 4 is failed, but ${bought.signature} landed`);
  expect(theirs.problems.join()).toContain("leg 4 is failed, but");
});

it("that lists sales without number is refused by both, which read no more than may be listed", async () => {
  const length = 5 * SALES_AT_MOST;
  const { signature: bought } = legAt(receipt, 2);
  const lie = changed("call.sales", (sales) => Array(length).fill({ ...firstOf(sales), signature: bought }));
  const { ours, theirs } = await judge(lie);
  for (const { problems } of [ours, theirs]) {
    expect(problems.filter((problem) => problem.includes(`${length} sales are listed`))).toHaveLength(1);
    expect(problems.filter((problem) => problem.includes(`${bought}`))).toHaveLength(SALES_AT_MOST);
  }
});

it("of a caller that has published the terms again is confirmed, and refused by both once it has published other terms", async () => {
  const own: Member = { ...calls.caller, way: "signs", version: 0 };
  const memo = `cto:1:${receipt.operationId}:call:`;
  // Whoever else writes it says nothing.
  await send(calls.member(1n), `${memo}${"1".repeat(64)}`);
  await send(own, `${memo}${receipt.call?.termsHash}`);
  expect(await judge(receipt)).toMatchObject({ ours: { problems: [] }, theirs: { problems: [] } });
  await send(own, `${memo}${"2".repeat(64)}`);
  const { ours, theirs } = await judge(receipt);
  for (const { problems } of [ours, theirs])
    expect(problems).toEqual([expect.stringContaining("publishes other terms")]);
});
