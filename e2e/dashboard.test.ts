/** Tests the dashboard from the sign-in to a verified receipt, on a whole system. */
import { setTimeout } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "./chromium.ts";
import { expectSteady, openPage, screenshot, signIn, type Watched } from "./page.ts";
import { api, cto, fundAndLaunch, type System, startSystem } from "./system.ts";

let system: System;
let browser: Browser;
let watched: Watched;
let page: Page;
let mint: string;
let firstUrl: string;

beforeAll(async () => {
  system = await startSystem();
  browser = await launchChromium();
  watched = await openPage(browser, system);
  page = watched.page;
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

const go = async (entry: string): Promise<void> => {
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: entry, exact: true })
    .click();
  await page.getByRole("heading", { level: 1, name: entry }).waitFor();
};

const badge = (label: string) => page.locator(".title").getByText(label, { exact: true });

const halt = async (): Promise<void> => {
  await page.getByRole("button", { name: "Halt…" }).click();
  await page.getByLabel("Reason, for everyone to read").fill("a look before it goes on");
  await page.getByRole("dialog").getByRole("button", { name: "Halt" }).click();
  await page.getByText("Halted by").first().waitFor();
};

const resume = async (): Promise<void> => {
  await page.getByRole("button", { name: "Resume…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
  await page.getByText("Signing is on").waitFor();
};

/** Fills the form, and waits for the estimate. */
async function fillIn(amount: string): Promise<void> {
  await go("Operations");
  await page.getByRole("link", { name: "New operation" }).click();
  await page.getByLabel("User").selectOption("alice");
  await page.getByRole("textbox", { name: "Token", exact: true }).fill(mint);
  await page.getByLabel("Amount, SOL").fill(amount);
}

const create = () => page.getByRole("button", { name: "Create operation" });

describe("the dashboard", () => {
  it("refuses a wrong key, and lets a right one in", async () => {
    await page.goto("/");
    await page.getByLabel("API key").fill("cto_111111111111_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await screenshot(page, "sign-in-refused");
    await signIn(page, system);
    await page.getByText("No operations yet.").waitFor();
    await screenshot(page, "operations-empty");
  });

  it("keeps the key out of what scripts can read", async () => {
    const kept = await page.evaluate<string>(
      "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])",
    );
    expect(kept).not.toContain("cto_");
    const cookies = await page.context().cookies();
    expect(cookies.find(({ name }) => name === "cto_session")).toMatchObject({
      httpOnly: true,
      sameSite: "Strict",
    });
  });

  it("adds a user, and makes wallets", async () => {
    await go("Users");
    await page.getByRole("button", { name: "Add user…" }).click();
    await page.getByLabel("Id").fill("alice");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("link", { name: "Wallets of alice" }).click();
    await page.getByText("No wallets yet.").waitFor();
    for (const role of ["funding", "buyer"]) {
      await page.getByRole("button", { name: "Generate…" }).click();
      await page.getByLabel("Role").selectOption(role);
      await page.getByRole("button", { name: "Generate", exact: true }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await page.getByRole("row").nth(11).waitFor();
    await page.getByText("Low, below 0.1 SOL").waitFor();
    await screenshot(page, "wallets-low");
  });

  it("estimates live, warns of a shortage, and offers the button only once it may succeed", async () => {
    const address = await page
      .getByRole("row", { name: /funding/ })
      .locator("code")
      .getAttribute("title");
    mint = await fundAndLaunch(system, address ?? "");
    await fillIn("60");
    await page.getByText("1 wallet is short of funds.").waitFor();
    expect(await create().getAttribute("aria-disabled")).toBe("true");
    await create().click({ force: true });
    await screenshot(page, "new-operation-short");
    await page.getByLabel("Amount, SOL").fill("1");
    await page.getByText("Public: every transaction carries").waitFor();
    expect(await page.getByLabel("Estimated shares of the wallets").getByRole("row").count()).toBe(11);
    await screenshot(page, "new-operation");
  });

  it("creates one operation from two clicks, and shows it live to its end", async () => {
    await halt(); // The page must be open before the first leg starts.
    await page.evaluate("globalThis.shifts.length = 0");
    await create().dblclick();
    await badge("Halted").waitFor();
    firstUrl = page.url();
    await screenshot(page, "operation-halted");
    const { operations } = await api<{ operations: unknown[] }>(system, "GET", "/v1/operations");
    expect(operations).toHaveLength(1);
    await resume();
    // Chromium does not count shifts in the half second after a click. The answers come later, so it counts them all.
    await page.route(/\/v1\/operations\/op_\w+$/, async (route) => {
      await setTimeout(700);
      // The last one may still wait when the test is over, and then belongs to nobody.
      await route.continue().catch(() => undefined);
    });
    await badge("Completed").waitFor();
    await page.getByText("10 of 10 landed").waitFor();
    await expect
      .poll(() => page.getByLabel("Events, the newest first").getByText("Ended: completed").count())
      .toBe(1);
    const legs = await page
      .getByLabel("Wallets of the operation")
      .getByText(/^Landed/)
      .count();
    expect(legs).toBe(10);
    expect(page.url()).toBe(firstUrl);
    await screenshot(page, "operation-completed");
    await page.unroute(/\/v1\/operations\/op_\w+$/);
    await expectSteady(page);
  });

  it("opens the receipt, which the chain bears out", async () => {
    const id = firstUrl.split("/").at(-1) ?? "";
    await page.getByRole("link", { name: "Receipt" }).click();
    await page.waitForURL(`**/r/${id}`);
    expect(await page.locator("body").textContent()).toContain(id);
    await screenshot(page, "receipt");
    const { verification } = await cto<{ verification: { ok: boolean; memosVerified: number } }>(
      system,
      "receipt",
      id,
      "--verify",
    );
    expect(verification).toMatchObject({ ok: true, memosVerified: 10 });
    await page.goBack();
  });

  it("cancels another one before it begins", async () => {
    await halt();
    await fillIn("0.5");
    await page.getByText("Halted: it would be accepted").waitFor();
    await page.getByText("Public: every transaction carries").waitFor();
    await create().click();
    await page.getByRole("button", { name: "Cancel…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the operation" }).click();
    await badge("Cancelled").waitFor();
    await screenshot(page, "operation-cancelled");
    await resume();
  });

  it("lists both, and finds the one that is searched and filtered for", async () => {
    await go("Operations");
    const table = page.getByLabel("Operations", { exact: true });
    await expect.poll(() => table.getByRole("row").count()).toBe(3);
    await screenshot(page, "operations");
    await page.getByRole("checkbox", { name: "Cancelled" }).check();
    await expect.poll(() => table.getByRole("row").count()).toBe(2);
    expect(page.url()).toContain("status=cancelled");
    await page.getByRole("button", { name: "Clear all filters" }).click();
    await page.getByLabel("Search").fill(firstUrl.split("/").at(-1)?.slice(0, 12) ?? "");
    await expect.poll(() => table.getByRole("row").count()).toBe(2);
    await page.getByLabel("Search").fill("op_nothing");
    await page.getByText("No operation matches these filters.").waitFor();
  });

  it("says when the server cannot be reached, and goes on by itself", async () => {
    await page.context().setOffline(true);
    await page.getByText("No connection to the server since").waitFor();
    await screenshot(page, "no-connection");
    await page.context().setOffline(false);
    await page.getByText("No connection to the server since").waitFor({ state: "detached" });
  });

  it("signs out, and is out", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    expect((await page.request.get("/v1/me")).status()).toBe(401);
    expect(watched.complaints).toEqual([]);
  });
});
