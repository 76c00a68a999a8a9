/**
 * Tests the path of a new user by clicks alone, without a terminal: from a fresh localnet to the receipt of a first
 * operation, and a sweep.
 */
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./chromium.ts";
import { openPage, screenshot, signIn, type Watched } from "./page.ts";
import { api, type System, startSystem } from "./system.ts";

let system: System;
let browser: Browser;
let watched: Watched;

beforeAll(async () => {
  system = await startSystem();
  browser = await launchChromium();
  watched = await openPage(browser, system);
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

const badge = (label: string) => watched.page.locator(".title").getByText(label, { exact: true });
const go = (entry: string): Promise<void> =>
  watched.page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: entry, exact: true })
    .click();

it("makes a user, wallets, SOL and a token, and buys it", async () => {
  const { page } = watched;
  await signIn(page, system);
  await go("Overview");
  await page.getByRole("heading", { name: "The first operation" }).waitFor();
  await screenshot(page, "overview-first");
  await page.getByRole("link", { name: "Add a user" }).click();
  await page.getByRole("button", { name: "Add user…" }).click();
  await page.getByLabel("Id").fill("first");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("link", { name: "Wallets of first" }).click();
  // Two clicks make one set of wallets.
  await page.getByRole("button", { name: "Make a funding wallet and 10 buyers" }).dblclick();
  await page.getByText("11 wallets, together").waitFor();
  await page.getByRole("button", { name: "Airdrop 50 SOL" }).dblclick();
  await page
    .getByRole("row", { name: /funding/ })
    .getByTitle("50000000000 lamports", { exact: true })
    .waitFor();
  // The overview marks what is done, and leads to what is next.
  await go("Overview");
  await expect.poll(() => page.locator(".first-steps .done").count()).toBe(3);
  await screenshot(page, "overview-first-steps");
  await page.getByRole("link", { name: "Create an operation" }).click();
  await expect.poll(() => page.getByLabel("User").inputValue()).toBe("first");
  await page.getByRole("button", { name: "Make a token to try" }).click();
  // The form makes up for too little SOL, and says what is missing.
  await page.getByText("Fill in the amount.").waitFor();
  await page.getByLabel("Amount, SOL").fill("60");
  await page.getByRole("button", { name: "Airdrop what is missing" }).click();
  await page.getByText("Public: every transaction carries").waitFor();
  await page.getByLabel("Amount, SOL").fill("1");
  await page.getByText("Public: every transaction carries").waitFor();
  await page.getByRole("button", { name: "Create operation" }).click();
  await badge("Completed").waitFor();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as JSON" }).click();
  const events = JSON.parse(await readFile(await (await saved).path(), "utf8")) as { type: string }[];
  expect(events.filter(({ type }) => type === "leg").length).toBeGreaterThanOrEqual(10);
  await page.getByRole("link", { name: "Receipt" }).click();
  await page.getByText("10 wallets bought").first().waitFor();
  // All ten wallets must fit on one screen: each is one line with closed details.
  const table = await page.locator("table").boundingBox();
  expect(table?.height).toBeLessThan(900);
  expect(await page.locator("details[open]").count()).toBe(0);
  await screenshot(page, "receipt-folded");
  // On paper every address and signature is printed in full.
  const paper = (await page.pdf({ format: "A4" })).toString("latin1");
  const pages = paper.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  expect(pages).toBeGreaterThan(0);
  expect(pages).toBeLessThanOrEqual(5);
});

it("shows on the overview what was spent, and in the list how many landed", async () => {
  const { page } = watched;
  await page.goto("/app/overview");
  await page.getByText("10 of 10 wallets").waitFor();
  await screenshot(page, "overview");
  // Every count opens the list of what it counts.
  const rows = page.getByLabel("Operations", { exact: true }).getByRole("row");
  await page.getByRole("link", { name: "0 under way" }).click();
  await page.waitForURL(({ search }) => search === "?status=waiting&status=active");
  await page.getByText("No operation matches these filters.").waitFor();
  await go("Overview");
  await page.getByRole("link", { name: "10 of 10 wallets" }).click();
  await page.waitForURL(({ search }) => search === "?status=completed&status=failed");
  await page.getByText("10 of 10 landed").waitFor();
  expect(await rows.count()).toBe(2);
  await go("Queue");
  await page.locator("dd a[href='/admin/queues/queue/cto?status=failed']").waitFor();
});

it("shows a cancelled and a failed operation as what they are", async () => {
  const { page } = watched;
  const { operations } = await api<{ operations: { tokenAddress: string }[] }>(
    system,
    "GET",
    "/v1/operations",
  );
  const ask = {
    userId: "first",
    userChatId: 0,
    tokenAddress: operations[0]?.tokenAddress,
    buyAmount: "1",
    platform: "auto",
  };
  const { id: failed } = await api<{ id: string }>(system, "POST", "/v1/operations", {
    ...ask,
    mode: "standard",
    maxPrice: "0.000000000000000001",
  });
  await page.goto(`/app/operations/${failed}`);
  await badge("Failed").waitFor();
  const progress = page.getByRole("region", { name: "Progress" });
  await progress.getByText("failed here").waitFor();
  expect(await progress.getByRole("progressbar").getAttribute("value")).toBe("0");
  expect(await progress.locator("li.good").filter({ hasText: "CTO Operation Completed" }).count()).toBe(0);
  expect(await page.getByText("landed yet").count()).toBe(0);
  await screenshot(page, "operation-failed-look");
  await api(system, "POST", "/v1/halt", { reason: "so that it waits" });
  const { id: waiting } = await api<{ id: string }>(system, "POST", "/v1/operations", {
    ...ask,
    mode: "standard",
  });
  await api(system, "POST", `/v1/operations/${waiting}/cancel`, {});
  await api(system, "DELETE", "/v1/halt");
  await page.goto(`/app/operations/${waiting}`);
  await badge("Cancelled").waitFor();
  await progress.getByText("stopped here").waitFor();
  await screenshot(page, "operation-cancelled-look");
});

it("retries what failed, as a new operation", async () => {
  const { page } = watched;
  await page.getByRole("button", { name: "Retry…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retry" }).dblclick();
  await page.getByText("Retry of").waitFor();
  await badge("Completed").waitFor();
});

it("sweeps what the wallets hold back to the funding wallet", async () => {
  const { page } = watched;
  const { wallets } = await api<{ wallets: { role: string; address: string }[] }>(
    system,
    "GET",
    "/v1/users/first/wallets",
  );
  const buyer = wallets.find(({ role }) => role === "buyer");
  await api(system, "POST", "/v1/localnet/airdrop", { address: buyer?.address, lamports: "2000000000" });
  await page.goto("/app/sweep?user=first");
  await page.getByRole("button", { name: "Return it…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Return it" }).dblclick();
  await badge("Completed").waitFor();
  // A sweep buys nothing: its page counts what came back, and offers no retry.
  await page
    .getByRole("region", { name: "Progress" })
    .getByText(/^(\d+) of \1 returned$/)
    .waitFor();
  const phases = page.getByRole("region", { name: "Progress" }).getByRole("listitem");
  await expect.poll(() => phases.locator(".icon + span").allInnerTexts()).toHaveLength(3);
  expect(await phases.filter({ hasText: "Platform Detection" }).count()).toBe(0);
  expect(await page.getByRole("button", { name: "Retry…" }).count()).toBe(0);
  expect(await page.getByRole("heading", { name: "Price paid against quote and reference" }).count()).toBe(0);
  // Two clicks on each of the buttons made one operation: the first one, a failed, a cancelled, a retry and a sweep.
  const { operations } = await api<{ operations: unknown[] }>(system, "GET", "/v1/operations");
  expect(operations).toHaveLength(5);
  expect(watched.complaints).toEqual([]);
});
