/**
 * Tests what a person can do after a leg did not land: read which token it was, even if its name is hostile, return the
 * unspent funds, and buy the leg again. Each happens once, and the page shows it.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseSol } from "../src/contract/amount.ts";
import { failing } from "../test/support/failing.ts";
import { makeHeavy } from "../test/support/heavy.ts";
import { launchChromium } from "./chromium.ts";
import { expectAccessible, openPage, screenshot, signIn, type Watched } from "./page.ts";
import { type StagedSystem, startStagedSystem } from "./stage.ts";
import { api, untilOver } from "./system.ts";

const HOSTILE = {
  symbol: "\u202eUSD\u0421\u200b",
  name: '<img src=x onerror="alert(1)"> [Official](https://evil.com) ✅',
};
const SHOWN = "USD(U+0421)";

let system: StagedSystem;
let browser: Browser;
let watched: Watched;
let page: Page;
let id: string;
let previewed: bigint;
let isFailing = true;

beforeAll(async () => {
  const heavy = await makeHeavy();
  system = await startStagedSystem({
    buyerSol: 0n,
    tokenName: HOSTILE,
    // The last wallet's buy fails on chain until it is retried, so that its funding stays in the wallet.
    worker: ({ buyers }) => ({
      wrapPorts: (ports) => {
        const sound = heavy(ports);
        const last = failing(
          sound,
          buyers.slice(-1).map(({ address }) => address),
        );
        const open: typeof ports.venues.open = (...given) => (isFailing ? last : sound).venues.open(...given);
        return { ...last, venues: { ...last.venues, open } };
      },
    }),
  });
  browser = await launchChromium();
  watched = await openPage(browser, system);
  page = watched.page;
  const ask = { userId: "alice", userChatId: 0, tokenAddress: system.stage.mint, buyAmount: "0.3" };
  const created = await api<{ id: string }>(system, "POST", "/v1/operations", {
    ...ask,
    mode: "standard",
    platform: "auto",
  });
  id = await untilOver(system, created.id);
  await signIn(page, system);
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

const button = () => page.getByRole("button", { name: "Return unspent funds…" });
const dialog = () => page.getByRole("dialog", { name: "Return unspent funds" });
const balances = (): bigint[] =>
  system.stage.buyers.map(({ address }) => system.stage.localnet.cluster.account(address)?.lamports ?? 0n);

it("shows a hostile name cleaned, unverified and beside the address, in the list, the operation and the receipt", async () => {
  const row = page.locator("table.operations tbody tr").first();
  await row.getByText(SHOWN).waitFor();
  await row.getByText("unverified").waitFor();
  await screenshot(page, "token-list");
  await page.goto(`/r/${id}`);
  await page.getByText(`calls itself ${SHOWN}`).waitFor();
  expect(await page.locator("img").count()).toBe(0);
  await screenshot(page, "token-receipt");
  await page.goto(`/app/operations/${id}`);
  await page.getByText("‹img src=x onerror='alert(1)'›").first().waitFor();
  expect(await page.locator("img").count()).toBe(0);
  await screenshot(page, "token-operation");
  await expectAccessible(page, "an operation on a token with a hostile name");
});

it("offers the return where money was left, and says what it would do", async () => {
  expect(balances().at(-1)).toBeGreaterThan(100_000_000n);
  await page.goto(`/app/operations/${id}`);
  await page.getByText("2 of 3 landed").waitFor();
  await button().click();
  await dialog().getByText("What a wallet had before, and what it bought, is not touched.").waitFor();
  const text = await dialog()
    .getByText(/^Would go back now: .* from 3 of 3 wallets; fees of about /)
    .textContent();
  const [, sol] = /now: ([\d.]+)\sSOL/.exec(text ?? "") ?? [];
  previewed = parseSol(sol ?? "");
  expect(previewed).toBe(balances().reduce((all, one) => all + one, 0n));
  await screenshot(page, "recover");
  await expectAccessible(page, "the question before a return");
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
  expect(balances().at(-1)).toBeGreaterThan(100_000_000n);
});

it("returns it, and shows how much, by which steps and events", async () => {
  const before = balances().reduce((all, one) => all + one, 0n);
  await button().press("Enter");
  await dialog().getByRole("button", { name: "Return the funds" }).click();
  await dialog()
    .getByText(/^Done\. Returned so far: 0\.1\d* SOL/)
    .waitFor();
  expect(balances()).toEqual([0n, 0n, 0n]);
  const { recovery } = await api<{ recovery: { returnedLamports: string } }>(
    system,
    "GET",
    `/v1/operations/${id}`,
  );
  expect(BigInt(recovery.returnedLamports)).toBe(before);
  expect(before).toBe(previewed);
  await screenshot(page, "recover-done");
  await expectAccessible(page, "a return that is done");
  await dialog().getByRole("button", { name: "Close" }).click();

  await button().waitFor({ state: "detached" }); // All funds are back.
  const outcome = page.getByRole("region", { name: "Outcome" });
  await outcome.getByText("Returned to the funding wallet").waitFor();
  await page.getByRole("region", { name: "Steps and attempts" }).getByText("Return of leg 3").waitFor();
  const events = page.getByLabel("Events, the newest first");
  await events.getByText("Leg 3: return of funds landed").first().waitFor();
  await page.setViewportSize({ width: 360, height: 780 });
  await screenshot(page, "recovered-narrow");
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  expect(await page.evaluate<number>(overflow)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1280, height: 900 });
});

it("buys again what did not land, once, and links both operations", async () => {
  isFailing = false;
  const retry = page.getByRole("button", { name: "Retry…" });
  await retry.click();
  await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
  await page.waitForURL(({ pathname }) => pathname.includes("/op_") && !pathname.endsWith(id));
  const retryId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await untilOver(system, retryId);
  await page.getByText("1 of 1 landed").waitFor();
  await page.getByText("as in the operation that it retries").waitFor();
  await screenshot(page, "retry");
  const linkTo = (other: string) => page.locator(`a[href="/app/operations/${other}"]`);
  await linkTo(id).click();
  await page.waitForURL(`**/app/operations/${id}`);
  await linkTo(retryId).waitFor();
  expect(await retry.count()).toBe(0);
  expect(watched.complaints).toEqual([]);
});
