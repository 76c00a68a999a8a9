/** Tests API keys in the dashboard: a secret is shown only once, and revoking a key ends the sessions that used it. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./chromium.ts";
import { expectAccessible, openPage, screenshot, signIn, type Watched } from "./page.ts";
import { type StagedSystem, startStagedSystem } from "./stage.ts";
import { api } from "./system.ts";

let system: StagedSystem;
let browser: Browser;
let watched: Watched;
let page: Page;
let secret: string;

beforeAll(async () => {
  system = await startStagedSystem();
  browser = await launchChromium();
  watched = await openPage(browser, system, { permissions: ["clipboard-read", "clipboard-write"] });
  page = watched.page;
  await signIn(page, system);
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

const row = () => page.getByRole("row", { name: /a friend's bot/ });

const inPage = (): Promise<string> =>
  page.evaluate<string>(
    "JSON.stringify([document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }])",
  );

it("shows a new key's secret once, and copies it", async () => {
  await page.goto("/app/keys");
  await page.getByRole("button", { name: "New API key…" }).click();
  const form = page.getByRole("dialog", { name: "New API key" });
  await form.getByLabel("Name").fill("a friend's bot");
  await form.getByRole("checkbox", { name: /^operate/ }).check();
  await form.getByLabel("Only for this user").fill("alice");
  await form.getByRole("button", { name: "Create" }).click();
  const shown = page.getByRole("dialog", { name: "API key a friend's bot" });
  secret = (await shown.locator("code").textContent()) ?? "";
  expect(secret).toMatch(/^cto_[1-9A-HJ-NP-Za-km-z]{12}_/);
  await shown.getByRole("button", { name: /^Copy the API key/ }).click();
  await expect.poll(() => page.evaluate<string>("navigator.clipboard.readText()")).toBe(secret);
  await screenshot(page, "key-made");
  await expectAccessible(page, "a key that was made");
  await page.keyboard.press("Escape"); // An accidental Escape must not close the dialog, because the secret is shown only once.
  expect(await shown.isVisible()).toBe(true);
  await page.setViewportSize({ width: 360, height: 780 });
  await screenshot(page, "key-made-narrow");
  await page.setViewportSize({ width: 1280, height: 900 });
  await shown.getByRole("button", { name: "I have stored it" }).click();
  await shown.waitFor({ state: "detached" });
});

it("shows the key from then on without its secret", async () => {
  await row().getByText("Valid").waitFor();
  expect(await row().textContent()).toContain("operate");
  expect(await row().textContent()).toContain("alice");
  expect(await inPage()).not.toContain(secret);
  await page.reload();
  await row().getByText("Valid").waitFor();
  expect(await inPage()).not.toContain(secret);
  // The audit log names keys, and not their ids: who made it, and which one.
  await page.getByRole("link", { name: "Audit log" }).click();
  const made = page.getByRole("row", { name: /e2e admin api-key\.created a friend's bot/ });
  await made.waitFor();
  expect(await made.textContent()).not.toContain(secret.split("_")[1] ?? "");
  await page.getByRole("link", { name: "API keys" }).click();
});

it("shows a key that may only read no button that changes anything, and says so on pages that it may not use", async () => {
  const { secret: reader } = await api<{ secret: string }>(system, "POST", "/v1/api-keys", {
    name: "reader",
    scopes: ["read"],
    userId: "alice",
  });
  const { page: own, complaints, close } = await openPage(browser, system);
  await signIn(own, { ...system, adminKey: reader });
  const buttons = own.getByRole("main").getByRole("button", {
    name: /…$|^(Disable|Enable|Create|Airdrop|Make|Return|Set|Change|Test|Remove|Link|Unlink)/,
  });
  for (const [path, until] of [
    ["overview", "Landing rate"],
    ["operations", "No operations yet."],
    ["wallets", "together"],
    ["sweep", "What would go back now"],
    ["limits", "Taken or reserved"],
    ["operations/new", "needs a key with the scope operate"],
    ["webhooks", "needs a key with the scope operate"],
    ["telegram", "needs a key with the scope operate"],
    ["users", "needs a key with the scope admin"],
    ["keys", "needs a key with the scope admin"],
    ["audit", "needs a key with the scope admin"],
  ]) {
    await own.goto(`/app/${path}`);
    await own
      .getByText(until ?? "")
      .first()
      .waitFor();
    expect(await buttons.allTextContents(), path).toEqual([]);
    expect(await own.getByRole("link", { name: "New operation" }).count(), path).toBe(0);
  }
  expect(complaints).toEqual([]);
  await close();
});

it("revokes it after a question, and ends the session that it had opened", async () => {
  const friend = await openPage(browser, system);
  await signIn(friend.page, { ...system, adminKey: secret });
  expect(await friend.page.getByRole("link", { name: "API keys" }).count()).toBe(0);

  await row().getByRole("button", { name: "Revoke… a friend's bot" }).click();
  const question = page.getByRole("dialog", { name: "Revoke a friend's bot" });
  await screenshot(page, "key-revoke");
  await question.getByRole("button", { name: "Back" }).click();
  await row().getByText("Valid").waitFor();
  await row().getByRole("button", { name: "Revoke… a friend's bot" }).click();
  await question.getByRole("button", { name: "Revoke", exact: true }).click();
  await row().getByText("Revoked").waitFor();

  // The friend's page shows the sign-in by itself, after its next poll.
  await friend.page.getByLabel("API key").waitFor();
  await friend.page.getByText("The session has ended.").waitFor();
  await screenshot(friend.page, "session-ended");
  await expectAccessible(friend.page, "an ended session");
  expect((await friend.page.request.get("/v1/me")).status()).toBe(401);
  expect(friend.complaints).toEqual([]);
  await friend.close();
  expect(watched.complaints).toEqual([]);
});
