/**
 * Tests an open call in real Chromium: ten members with ten kinds of wallets, from the terms to the receipt. On today's
 * Solana too few sign, as one of them is late, and nobody pays anything; on the older cluster the same one is in time. The
 * test makes the blocks, so that "20 seconds slow" means the blocks of 20 seconds on each kind of cluster.
 */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LIGHTHOUSE } from "../src/base/guards.ts";
import type { MachineName } from "../src/localnet/index.ts";
import { MEMO_PROGRAM } from "../src/localnet/programs.ts";
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
  request,
  sign,
  termsOfAll,
  untilSigned,
  visit,
  withdraw,
} from "./call-members.ts";
import { launchChromium } from "./chromium.ts";
import { expectAccessible, openPage, screenshot } from "./page.ts";
import { register } from "./test-wallet.ts";

/** The base fee of one signature. */
const FEE = 5_000n;
/** The blocks of 20 seconds. */
const TWENTY_SECONDS = { today: 100, tower: 50 } as const;
/** A server reads the height anew when its last reading is 4 s old. */
const READ_ANEW_MS = 4_500;
/** The blocks of a blockhash's life. */
const LIFE = 150;
/** So many that what a server has read is not too old: it would begin a round with a blockhash that has expired. */
const FEW_BLOCKS = 2;
const patiently = { timeout: 90_000, interval: 200 };

type Name = keyof ReturnType<typeof habits>;

let slow: ReturnType<typeof gate>;
let calls: CallStage;
let browser: Browser;
let url: string;
let members: ReturnType<typeof habits>;
let names: Name[];
let guests: Record<Name, Guest>;

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
/** With what it waits for, if it waits. */
async function statusOf(callId: string): Promise<string> {
  const { status, waits } = await calls.view(callId);
  return waits === null ? status : `${status}: ${waits}`;
}
const roundOf = async (callId: string) => (await calls.view(callId)).muster?.round ?? 0;

/** Opens a system on this kind of cluster, and a page for each member. */
async function open(machine: MachineName): Promise<void> {
  calls = await openCallStage({
    cluster: machine,
    // Slow blocks: the test makes those that it needs, and members have time on a busy machine.
    localnet: { slotMs: 2_000 },
    webRoot: resolve("dist/web"),
  });
  // There is no binary of Lighthouse here. A program that accepts the guard's bytes stands in its place.
  const memo = cluster().account(MEMO_PROGRAM);
  if (memo === null) throw new Error("the localnet has no memo program");
  cluster().setAccount({ ...memo, address: LIGHTHOUSE });
  url = await calls.app.listen({ host: "127.0.0.1", port: 0 });
  slow = gate();
  members = habits(slow, (wire) => calls.worker.ports.chain.broadcast(wire, { preflight: false }));
  names = Object.keys(members) as Name[];
  const opened = await Promise.all(
    names.map(async (name) => [name, await openGuest(browser, calls, url, members[name])] as const),
  );
  guests = Object.fromEntries(opened) as Record<Name, Guest>;
}

beforeAll(async () => {
  browser = await launchChromium();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await calls?.close();
});
afterAll(async () => {
  await browser?.close();
});

/** The caller publishes its call on the page, with its own wallet. */
async function published(step: string): Promise<{ callId: string; host: Guest }> {
  const callId = await calls.create(termsOfAll());
  const { page, complaints } = await openPage(browser, { url, adminKey: "", home: "" });
  const wallet = {
    ...calls.caller,
    habit: { name: "The caller", versions: [0] as const },
    asked: { texts: [], transactions: 0 },
  };
  const host = { wallet, page, complaints };
  await register(page, wallet);
  await visit(host, callId);
  await screenshot(page, `call-${step}-publish`);
  await page.getByRole("button", { name: "Publish the terms" }).click({ clickCount: 2 });
  await becomes(() => statusOf(callId), FEW_BLOCKS).toBe("open");
  await page.locator("[role=status]", { hasText: /^Open$/ }).waitFor();
  expect(wallet.asked.transactions).toBe(1);
  return { callId, host };
}

/** Everybody pledges. The last pledge reaches the least, so the muster begins with all of them. */
async function musterOf(callId: string, step: string): Promise<void> {
  for (const name of names) {
    await visit(guests[name], callId);
    if (name === "sends") await screenshot(guests.underfunded.page, `call-${step}-pledged`);
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

describe("a call that ten wallets join", { timeout: 300_000 }, () => {
  it("costs nobody anything when too few sign, but the caller its memo", async () => {
    await open("today");
    const had = balanceOf(calls.caller.address);
    const { callId, host } = await published("few");
    const before = balances();
    await musterOf(callId, "few");
    const { underfunded, absent, honest, double, sends } = guests;
    await underfunded.page.getByText("This wallet is no member of the muster").waitFor();
    expect(double.wallet.asked.texts).toHaveLength(1);
    await absent.page.goto("about:blank");
    await host.page.getByText("1 wallet with 4 SOL: not covered").waitFor();
    await screenshot(host.page, "call-muster-wide");
    await signAll(callId, "few");
    // A page that is opened anew finds its state again.
    await visit(honest, callId);
    await untilSigned(honest);
    await request(sends);
    await sends.page.getByText("It is asked after the least was sent.").waitFor();
    await sign(guests.slow);
    cluster().tick(TWENTY_SECONDS.today);
    await sleep(READ_ANEW_MS);
    slow.open();
    await refusal(guests.slow, "CTO_E_MUSTER_SIGNED_LATE");
    await screenshot(guests.slow.page, "call-few-late");
    // The second round asks again, and nobody answers.
    await becomes(() => roundOf(callId), FEW_BLOCKS).toBe(2);
    await honest.page.getByText("This is the second round, and the last one.").waitFor();
    await screenshot(honest.page, "call-few-second-round");
    expect(await statusOf(callId)).toBe("mustering");
    cluster().tick(LIFE);
    await becomes(() => statusOf(callId), FEW_BLOCKS).toBe("lapsed");
    await host.page.locator("[role=status]", { hasText: "Over: nothing was bought" }).waitFor();
    await screenshot(host.page, "call-lapsed");
    expect(landed(callId).size).toBe(0);
    expect(balances()).toEqual(before);
    expect(had - balanceOf(calls.caller.address)).toBe(FEE);
    expect(graveOf(host)).toEqual([]);
    await host.page.context().close();
  });

  it("lands for all that signed when enough did, and leads to the receipt", async () => {
    await open("tower");
    const { callId, host } = await published("enough");
    await host.page.context().close();
    const before = balances();
    await musterOf(callId, "enough");
    const { absent, honest, sends } = guests;
    await absent.page.goto("about:blank");
    await signAll(callId, "enough");
    await request(sends);
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
