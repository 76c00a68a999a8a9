/**
 * Tests what goes wrong between the browser and the server: a session that ends in the middle, a server that restarts,
 * one that is slow. The page keeps its content, and says what of it is old. Also tests the command palette.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./chromium.ts";
import { expectNoViolations, openPage, signIn, type Watched } from "./page.ts";
import { type StagedSystem, startStagedSystem } from "./stage.ts";
import { api, untilOver } from "./system.ts";

let system: StagedSystem;
let browser: Browser;
let watched: Watched;
let page: Page;
let id: string;

beforeAll(async () => {
  system = await startStagedSystem({ tokenName: { symbol: "CALL", name: "Call To Others" } });
  const ask = { userId: "alice", userChatId: 0, tokenAddress: system.stage.mint, buyAmount: "0.3" };
  const made = await api<{ id: string }>(system, "POST", "/v1/operations", {
    ...ask,
    mode: "prefunded",
    platform: "auto",
  });
  id = await untilOver(system, made.id);
  browser = await launchChromium();
  watched = await openPage(browser, system, { reducedMotion: "reduce" });
  page = watched.page;
  await signIn(page, system);
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

const enterKey = async (): Promise<void> => {
  await page.getByText("The session has ended. Sign in again; the same page opens.").waitFor();
  await page.getByLabel("API key").fill(system.adminKey);
  await page.getByRole("button", { name: "Sign in" }).click();
};

it("shows how much of a token each wallet holds, with the token's unverified name", async () => {
  await page.goto("/app/wallets?user=alice");
  await page.getByRole("columnheader", { name: "CALL" }).waitFor();
  const { wallets } = await api<{ wallets: { role: string; balance: { tokens: string } }[] }>(
    system,
    "GET",
    `/v1/users/alice/wallets?balances=true&token=${system.stage.mint}`,
  );
  const units = BigInt(wallets.find(({ role }) => role === "buyer")?.balance.tokens ?? "0");
  expect(units).toBeGreaterThan(0n);
  await page.getByRole("row", { name: /buyer/ }).first().getByTitle(`${units} base units`).waitFor();
  await page.getByText("unverified").waitFor();
  await expectNoViolations(page, "token balances");
});

it("goes anywhere by keyboard: Ctrl+K, a part of a name or of an id, Enter", async () => {
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Go to" }).waitFor();
  await page.keyboard.type("limits");
  await expectNoViolations(page, "the command palette");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Limits" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Go to" }).waitFor();
  await page.keyboard.type(id.slice(0, 12));
  await page.getByRole("option", { name: /completed/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/app/operations/${id}`);
  await page.getByRole("heading", { name: "Where the time went" }).waitFor();
  // Reduced motion was requested, so nothing moves.
  expect(await page.evaluate<number>("document.getAnimations().length")).toBe(0);
});

it("asks for the key again when the session ends, and goes on with the same form", async () => {
  await page.goto("/app/operations/new");
  await page.getByLabel("User").selectOption("alice");
  await page.getByLabel("Amount, SOL").fill("0.77");
  await page.context().clearCookies();
  await enterKey();
  await page.getByRole("heading", { level: 1, name: "New operation" }).waitFor();
  expect(await page.getByLabel("Amount, SOL").inputValue()).toBe("0.77");
  expect(await page.getByLabel("User").inputValue()).toBe("alice");
});

it("keeps a page while the server is down, says how old it is, and goes on by itself", async () => {
  await page.goto(`/app/operations/${id}`);
  await page.getByText("Ended: completed").waitFor();
  await system.stopServer();
  await page.getByText(/No connection to the server since .* was read before/).waitFor();
  await page.getByText("Ended: completed").waitFor();
  // Also a page that reads once tries again by itself.
  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
  await system.startServer();
  await page.getByText("No connection to the server since").waitFor({ state: "detached" });
  await page.getByText("(this session)").waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});

it("keeps a page while a proxy answers in place of the server, which is away", async () => {
  await page.goto("/app/overview");
  await page.getByText("Landing rate").waitFor();
  const away = { status: 502, contentType: "text/html", body: "<h1>Bad Gateway</h1>" };
  await page.route("**/v1/**", (route) => route.fulfill(away));
  await page.getByText(/No connection to the server since/).waitFor();
  // Neither this page nor one that is opened now calls it an error.
  await page.getByText("Landing rate").waitFor();
  await page.getByRole("link", { name: "Limits", exact: true }).first().click();
  await page.getByRole("heading", { level: 1, name: "Limits" }).waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
  await page.unroute("**/v1/**");
  await page.getByText("SOL per operation").waitFor();
  await page.getByText("No connection to the server since").waitFor({ state: "detached" });
});

it("says so when something else answers, and keeps the other pages usable when one cannot be drawn", async () => {
  await page.route("**/v1/overview", (route) => route.fulfill({ contentType: "text/html", body: "Sign in" }));
  await page.goto("/app/overview");
  await page.getByText("Something between this browser and the server").waitFor();
  await page.unroute("**/v1/overview");
  await page.getByText("Landing rate").waitFor();
  await page.route("**/v1/limits", (route) => route.fulfill({ json: { everyone: [], own: 7, spending: 1 } }));
  await page.getByRole("link", { name: "Limits", exact: true }).first().click();
  await page.getByText("This is a bug of the dashboard.").waitFor();
  await page.unroute("**/v1/limits");
  await page.getByRole("link", { name: "Queue", exact: true }).click();
  await page.getByText("Services it depends on").waitFor();
});

it("offers to load the page again when the server was replaced by another version", async () => {
  await page.route("**/v1/me", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...((await answer.json()) as object), version: "99.0.0" } });
  });
  await page.getByText("The server was replaced by another version.").waitFor();
  await page.unrouteAll({ behavior: "wait" });
  const loaded = page.waitForEvent("load");
  await page.getByRole("button", { name: "Reload this page" }).click();
  await loaded;
  await page.getByText("Services it depends on").waitFor();
});

it("says that the server is slow while an answer is late", async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/v1/overview", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/app/overview");
  await page.getByText(/The server has been slow since/).waitFor();
  release();
  await page.getByText(/The server has been slow since/).waitFor({ state: "detached" });
  await page.getByText("Landing rate").waitFor();
  // The browser itself logs the status 502 of the test.
  expect(watched.complaints.filter((text) => !text.includes("status of 502"))).toEqual([]);
});
