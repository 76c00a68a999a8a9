/**
 * Tests an open call in real Chromium: ten members with ten kinds of wallets, from the terms to the receipt. Once too
 * few sign, and nobody pays anything; once enough do. The cluster's blocks are made by the test, so that "20 seconds
 * slow" means the blocks of 20 seconds on each kind of cluster.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MEMO_PROGRAM } from "../src/localnet/programs.ts";
import { LIGHTHOUSE } from "../src/policy/guards.ts";
import { type CallStage, openCallStage } from "../test/support/call-stage.ts";
import { landings } from "../test/support/ledger.ts";
import {
  expectHandedOnce,
  type Guest,
  gate,
  graveOf,
  habits,
  openGuest,
  pledge,
  refusal,
  sign,
  untilSigned,
  visit,
  withdraw,
} from "./call-members.ts";
import { launchChromium } from "./chromium.ts";
import { expectAccessible, expectSteady, openPage, screenshot } from "./page.ts";
import { register } from "./test-wallet.ts";

const SOL = 1_000_000_000n;
/** The base fee of one signature. */
const FEE = 5_000n;
/** The blocks of 20 seconds. */
const TWENTY_SECONDS = { today: 100, tower: 50 } as const;
const HOSTILE = { symbol: "<b>X</b>", name: "<img src=x onerror=alert(1)>" };
const OPERATOR = "Own terms of <script>alert(2)</script> this operator.";
const patiently = { timeout: 90_000, interval: 200 };
const at = (ms: number): string => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}Z`;

/** All five that sign pledge 4 SOL each, and all five are needed. */
const terms = () => ({
  leastLamports: String(20n * SOL),
  mostLamports: String(30n * SOL),
  leastWallets: 5,
  perWallet: { leastLamports: String(SOL), mostLamports: String(4n * SOL) },
  closesAt: at(3_600_000),
  musterSeconds: 1_200,
});

type Name = keyof ReturnType<typeof habits>;

const slow = gate();
let folder: string;
let calls: CallStage;
let browser: Browser;
let url: string;
let guests: Record<Name, Guest>;
const members = habits(slow, (wire) => calls.worker.ports.chain.broadcast(wire, { preflight: false }));
const names = Object.keys(members) as Name[];

const cluster = () => calls.stage.localnet.cluster;
const balanceOf = (address: Guest["wallet"]["address"]): bigint => cluster().account(address)?.lamports ?? 0n;
const balances = (): Map<Name, bigint> =>
  new Map(names.map((name) => [name, balanceOf(guests[name].wallet.address)]));
const landed = (callId: string) => landings(cluster(), callId);

/** Polls, and makes this many blocks before each look. */
const becomes = (look: () => Promise<unknown>, blocks = 0) =>
  expect.poll(async () => {
    if (blocks > 0) cluster().tick(blocks);
    return look();
  }, patiently);
const statusOf = async (callId: string) => (await calls.view(callId)).status;
const roundOf = async (callId: string) => (await calls.view(callId)).muster?.round ?? 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cto-call-"));
  const file = join(folder, "terms.txt");
  await writeFile(file, OPERATOR);
  calls = await openCallStage({
    // Slow blocks: the test makes those that it needs, and members have time on a busy machine.
    localnet: { slotMs: 2_000 },
    tokenName: HOSTILE,
    webRoot: resolve("dist/web"),
    config: { CTO_CALL_TERMS_FILE: file },
  });
  // There is no binary of Lighthouse here. A program that accepts the guard's bytes stands in its place.
  const memo = cluster().account(MEMO_PROGRAM);
  if (memo === null) throw new Error("the localnet has no memo program");
  cluster().setAccount({ ...memo, address: LIGHTHOUSE });
  url = await calls.app.listen({ host: "127.0.0.1", port: 0 });
  browser = await launchChromium();
  const opened = await Promise.all(
    names.map(async (name) => [name, await openGuest(browser, calls, url, members[name])] as const),
  );
  guests = Object.fromEntries(opened) as Record<Name, Guest>;
});
afterAll(async () => {
  await browser?.close();
  await calls?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Everybody pledges. The last pledge reaches the least, so the muster begins with all of them. */
async function musterOf(callId: string): Promise<void> {
  for (const name of names) {
    await visit(guests[name], callId);
    await pledge(guests[name], members[name].pledges, name === "double" ? 2 : 1);
  }
  await becomes(() => roundOf(callId)).toBe(1);
}

/** All but the slow one do what they do in a muster. */
async function signAll(callId: string, step: string): Promise<void> {
  const { honest, guarding, old, double, swapping, withdrawing } = guests;
  await honest.page.getByRole("heading", { name: "What your wallet will be asked to sign" }).waitFor();
  await screenshot(honest.page, `call-${step}-to-sign`);
  for (const guest of [honest, guarding, old]) {
    await sign(guest);
    await untilSigned(guest);
  }
  const before = double.wallet.asked.transactions;
  await sign(double, 2);
  await untilSigned(double);
  expect(double.wallet.asked.transactions - before).toBe(1);
  await sign(swapping);
  await refusal(swapping, "CTO_E_MUSTER_MESSAGE_CHANGED");
  await screenshot(swapping.page, `call-${step}-refused`);
  await sign(withdrawing);
  await untilSigned(withdrawing);
  await withdraw(withdrawing);
  expect(landed(callId).size).toBe(0);
}

describe("the page of a call", () => {
  it("is a statement without JavaScript, and shows hostile texts as texts", async () => {
    const callId = await calls.create(terms());
    const still = await browser.newContext({
      javaScriptEnabled: false,
      baseURL: url,
      viewport: { width: 390, height: 844 },
    });
    const page = await still.newPage();
    await page.goto(`/c/${callId}`);
    const { termsHash, memo } = await calls.view(callId);
    for (const text of [termsHash, memo, calls.caller.address, "Own terms of <script>alert(2)</script>"])
      await page.getByText(text).first().waitFor();
    await page.getByText("Joining needs JavaScript").waitFor();
    await screenshot(page, "call-statement-narrow");
    await still.close();
    const wide = await openPage(
      browser,
      { url, adminKey: "", home: "" },
      { viewport: { width: 1440, height: 900 } },
    );
    await wide.page.goto(`/c/${callId}`);
    await wide.page.getByText("No wallet of this browser has announced itself").waitFor();
    await wide.page.getByText("nobody has checked this one").waitFor();
    expect(await wide.page.locator("main img, main script, main b").count()).toBe(0);
    await expectSteady(wide.page);
    await expectAccessible(wide.page, "a call before its publication");
    for (const colorScheme of ["light", "dark"] as const) {
      await wide.page.emulateMedia({ colorScheme });
      await screenshot(wide.page, `call-announced-${colorScheme}`);
    }
    expect(wide.complaints).toEqual([]);
    await wide.page.goto("/c/no-such-call");
    await wide.page.getByRole("heading", { name: "There is no such call" }).waitFor();
    await wide.close();
  });

  it("costs nobody anything when too few sign, but the caller its memo", async () => {
    const callId = await calls.create(terms());
    const caller = await openPage(browser, { url, adminKey: "", home: "" });
    const wallet = {
      ...calls.caller,
      habit: { name: "The caller", versions: [0] as const },
      asked: { texts: [], transactions: 0 },
    };
    const host = { wallet, page: caller.page, complaints: caller.complaints };
    await register(caller.page, wallet);
    const had = balanceOf(calls.caller.address);
    await visit(host, callId);
    await screenshot(caller.page, "call-publish");
    await caller.page.getByRole("button", { name: "Publish the terms" }).click({ clickCount: 2 });
    await becomes(() => statusOf(callId), 2).toBe("open");
    await caller.page.locator("[role=status]", { hasText: /^Open$/ }).waitFor();
    expect(wallet.asked.transactions).toBe(1);
    const before = balances();
    await musterOf(callId);
    const { underfunded, absent, honest, double, sends } = guests;
    await underfunded.page.getByText("This wallet is no member of the muster").waitFor();
    expect(double.wallet.asked.texts).toHaveLength(1);
    await absent.page.goto("about:blank");
    await caller.page.getByText("1 wallet with 4 SOL: not covered").waitFor();
    await screenshot(caller.page, "call-muster-wide");
    await signAll(callId, "few");
    // A page that is opened anew finds its state again.
    await visit(honest, callId);
    await untilSigned(honest);
    await sends.page.getByText("It is asked after the least was sent.").waitFor();
    await sign(guests.slow);
    cluster().tick(TWENTY_SECONDS.today);
    slow.open();
    await refusal(guests.slow, "CTO_E_MUSTER_SIGNED_LATE");
    await screenshot(guests.slow.page, "call-few-late");
    await becomes(() => statusOf(callId), 20).toBe("lapsed");
    await caller.page.locator("[role=status]", { hasText: "Over: nothing was bought" }).waitFor();
    await screenshot(caller.page, "call-lapsed");
    expect(landed(callId).size).toBe(0);
    expect(balances()).toEqual(before);
    expect(had - balanceOf(calls.caller.address)).toBe(FEE);
    expect(graveOf(host)).toEqual([]);
    await caller.close();
  });

  it("lands for all that signed when enough did, and leads to the receipt", async () => {
    const callId = await calls.publish(terms());
    await becomes(() => statusOf(callId), 1).toBe("open");
    const before = balances();
    await musterOf(callId);
    const { absent, honest, sends } = guests;
    await absent.page.goto("about:blank");
    await signAll(callId, "enough");
    await sign(guests.slow);
    cluster().tick(TWENTY_SECONDS.tower);
    slow.open();
    await becomes(async () => (await calls.view(callId)).muster?.released).toBe(true);
    await expectHandedOnce(browser, sends, callId);
    await sends.page.getByRole("button", { name: "Sign and send in my wallet" }).click({ clickCount: 2 });
    await sends.page.getByText("Your wallet was asked to sign and send it.").waitFor();
    await screenshot(sends.page, "call-enough-sends");
    await becomes(() => statusOf(callId), 20).toBe("landed");
    expect(sends.wallet.asked.transactions).toBe(1);
    const { muster, totals } = await calls.view(callId);
    expect(totals.landed).toBe(6);
    const bought = ["sends", "honest", "guarding", "old", "slow", "double"];
    const wallets = new Map(names.map((name) => [guests[name].wallet.address as string, name]));
    const shown = muster?.members.filter(({ phase }) => phase === "finalized") ?? [];
    expect(new Set(shown.map(({ wallet }) => wallets.get(wallet)))).toEqual(new Set(bought));
    expect([...landed(callId).values()]).toEqual(shown.map(() => 1));
    const after = balances();
    for (const name of names)
      if (!bought.includes(name)) expect(after.get(name), name).toBe(before.get(name));
    await honest.page.getByRole("heading", { name: /^6 of 9 wallets bought/ }).waitFor();
    await expectAccessible(honest.page, "a call that has landed");
    const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await honest.page.evaluate<number>(overflow)).toBe(0);
    await screenshot(honest.page, "call-landed-narrow");
    await honest.page.getByRole("link", { name: "The receipt" }).click();
    await honest.page.getByText("Hash of the terms").waitFor();
    await screenshot(honest.page, "call-receipt");
    for (const name of names) expect(graveOf(guests[name]), name).toEqual([]);
  });
});
