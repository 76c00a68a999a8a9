/** Tests limits in the dashboard: a user changes them for everyone and for one user, and they then refuse operations. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./chromium.ts";
import { expectAccessible, openPage, screenshot, signIn, type Watched } from "./page.ts";
import { type StagedSystem, startStagedSystem } from "./stage.ts";

let system: StagedSystem;
let browser: Browser;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  system = await startStagedSystem();
  browser = await launchChromium();
  watched = await openPage(browser, system);
  page = watched.page;
  await signIn(page, system);
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

const PER_OPERATION = "SOL per operation";
const dialog = () => page.getByRole("dialog");
const amount = (name: string) => dialog().getByRole("textbox", { name });
const set = () => dialog().getByRole("button", { name: "Set these limits" });

const choose = (name: string, option: string) =>
  dialog().getByRole("combobox", { name }).selectOption({ label: option });

/** Returns a limit's cells in the table, column by column. */
const cells = (name: string) =>
  page
    .getByRole("region", { name: "Limits" })
    .getByRole("row", { name: new RegExp(`^${name}`) })
    .getByRole("cell")
    .allTextContents();

it("refuses a wrong number beside its field, and says what is expected", async () => {
  await page.goto("/app/limits?user=alice");
  await page.getByRole("button", { name: "Change for everyone…" }).click();
  await choose(PER_OPERATION, "at most");
  expect(await set().isDisabled()).toBe(true);
  await amount(PER_OPERATION).fill("1,5");
  const error = amount(PER_OPERATION).locator("xpath=ancestor::div[contains(@class, 'limit-row')]//p");
  expect(await error.textContent()).toContain("A positive decimal number");
  expect(await amount(PER_OPERATION).getAttribute("aria-invalid")).toBe("true");
  expect(await amount(PER_OPERATION).getAttribute("aria-describedby")).toBe(await error.getAttribute("id"));
  await choose("Slippage, bps", "at most");
  await amount("Slippage, bps").fill("10001");
  await dialog().getByText("0 to 10000").waitFor();
  await amount("Slippage, bps").press("Enter"); // Enter acts like the button, and is refused in the same way.
  await screenshot(page, "limits-refused");
  await expectAccessible(page, "refused limits");
  expect(await cells(PER_OPERATION)).toEqual(["not set", "not set", "not set"]);
});

it("changes the limits for everyone, and shows them", async () => {
  await amount("Slippage, bps").fill("800");
  await amount(PER_OPERATION).fill("1.5");
  await amount(PER_OPERATION).press("Enter");
  await dialog().waitFor({ state: "detached" });
  await expect.poll(() => cells(PER_OPERATION)).toEqual(["1.5 SOL", "not set", "1.5 SOL"]);
  expect(await cells("Slippage, bps")).toEqual(["800", "not set", "800"]);
});

it("changes one user's, which go before everyone's", async () => {
  await page.getByRole("button", { name: "Change for alice…" }).click();
  await choose(PER_OPERATION, "at most");
  await amount(PER_OPERATION).fill("0.55");
  await choose("Slippage, bps", "no limit");
  await set().click();
  await dialog().waitFor({ state: "detached" });
  await expect.poll(() => cells(PER_OPERATION)).toEqual(["1.5 SOL", "0.55 SOL", "0.55 SOL"]);
  expect(await cells("Slippage, bps")).toEqual(["800", "no limit", "no limit"]);
  await screenshot(page, "limits-changed");
  // The form shows the stored value when it opens again.
  await page.getByRole("button", { name: "Change for alice…" }).click();
  expect(await amount(PER_OPERATION).inputValue()).toBe("0.55");
  await page.keyboard.press("Escape");
});

it("says on the new-operation page that a limit is passed, before the button is live", async () => {
  await page.goto("/app/operations/new");
  await page.getByLabel("User").selectOption("alice");
  await page.getByRole("textbox", { name: "Token", exact: true }).fill(system.stage.mint);
  await page.getByLabel("Amount, SOL").fill("0.6");
  await page.getByText("It would be refused, see below.").waitFor();
  const alert = page.getByRole("alert");
  expect(await alert.textContent()).toMatch(
    /The limit on an operation is 0\.55 SOL, and the operation asks for 0\.6 SOL/,
  );
  const create = page.getByRole("button", { name: "Create operation" });
  expect(await create.getAttribute("aria-disabled")).toBe("true");
  await screenshot(page, "new-operation-limit");
  await expectAccessible(page, "above the limit");
  await page.getByLabel("Amount, SOL").fill("0.5");
  await page.getByText("Public: every transaction carries").waitFor();
  expect(await create.getAttribute("aria-disabled")).toBe("false");
  await create.click();
  await page.locator(".title").getByText("Completed", { exact: true }).waitFor();
});

it("counts what the user has spent within the day", async () => {
  await page.goto("/app/limits?user=alice");
  await page.getByText("Taken or reserved of alice within 24 hours: 0.5").waitFor();
  await page.getByRole("button", { name: "Change for alice…" }).click();
  await choose("SOL per user in 24 hours", "at most");
  await amount("SOL per user in 24 hours").fill("0.8");
  await set().click();
  await dialog().waitFor({ state: "detached" });
  await page.goto("/app/operations/new");
  await page.getByLabel("User").selectOption("alice");
  await page.getByRole("textbox", { name: "Token", exact: true }).fill(system.stage.mint);
  await page.getByLabel("Amount, SOL").fill("0.4");
  await page.getByText("It would be refused, see below.").waitFor();
  expect(await page.getByRole("alert").textContent()).toMatch(
    /The limit on a user within 24 hours is 0\.8 SOL, and the operation asks for 0\.4 SOL and 0\.0\d+ SOL of costs, beside 0\.5\d* SOL already spent or reserved: 0\.2\d+ SOL fit/,
  );
});

it("fits a narrow window, and nothing was logged", async () => {
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto("/app/limits?user=alice");
  await page.getByRole("button", { name: "Change for alice…" }).click();
  await amount(PER_OPERATION).waitFor();
  await screenshot(page, "limits-narrow");
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  expect(await page.evaluate<number>(overflow)).toBeLessThanOrEqual(0);
  expect(watched.complaints.filter((text) => !text.includes("status of 422"))).toEqual([]);
});
