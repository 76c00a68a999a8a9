/**
 * Tests the import, disabling and enabling of a wallet in the dashboard: after the import, the private key is nowhere
 * in the page.
 */
import { generateKeyPairSync } from "node:crypto";
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

/** Creates a new key in the format of `solana-keygen`. */
function newKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { d = "", x = "" } = privateKey.export({ format: "jwk" });
  return JSON.stringify([...Buffer.from(d, "base64url"), ...Buffer.from(x, "base64url")]);
}

const dialog = () => page.getByRole("dialog", { name: "Import a wallet for alice" });
const keyField = () => dialog().getByRole("textbox", { name: "Private key" });

/** Returns everything that a script or an extension could find in the page. */
const found = (): Promise<string> =>
  page.evaluate<string>(`JSON.stringify([
    document.documentElement.outerHTML,
    [...document.querySelectorAll("input, textarea")].map(({ value }) => value),
    { ...localStorage }, { ...sessionStorage }, history.state, location.href,
  ])`);

it("says in plain words why a key is refused, and does not keep it", async () => {
  await page.goto("/app/wallets?user=alice");
  await page.getByRole("button", { name: "Import…" }).click();
  const broken = newKey().replace(/\d+\]$/, "255,256]");
  await keyField().fill(broken);
  await screenshot(page, "wallet-import");
  await dialog().getByRole("button", { name: "Import" }).click();
  await dialog().getByText("The private key cannot be read").waitFor();
  expect(await keyField().inputValue()).toBe("");
  expect(await page.evaluate("document.activeElement.id")).toBe(await keyField().getAttribute("id"));
  expect(await found()).not.toContain(broken.slice(1, 40));
  await screenshot(page, "wallet-import-refused");
  await expectAccessible(page, "a refused import");

  await keyField().fill(`0x${"ab".repeat(32)}`);
  await dialog().getByRole("button", { name: "Import" }).click();
  await dialog().getByText("looks like one of Ethereum, not of Solana").waitFor();
});

it("hides the key from onlookers, and from what fills in and stores passwords", async () => {
  expect(await keyField().getAttribute("type")).toBe("text");
  expect(await keyField().getAttribute("autocomplete")).toBe("off");
  const shown = await keyField().evaluate(
    (field) =>
      (
        globalThis as unknown as { getComputedStyle(of: unknown): { webkitTextSecurity: string } }
      ).getComputedStyle(field).webkitTextSecurity,
  );
  expect(shown).toBe("disc");
});

it("imports a wallet, and its key is nowhere in the page then", async () => {
  const key = newKey();
  await keyField().fill(key);
  await dialog().getByLabel("Label").fill("from the old bot");
  const asked = page.waitForRequest((request) => request.url().endsWith("/wallets/import"));
  await dialog().getByRole("button", { name: "Import" }).click();
  expect((await asked).postDataJSON()).toMatchObject({ privateKey: key, role: "buyer" });
  await dialog().waitFor({ state: "detached" });
  await page.getByRole("row", { name: /from the old bot/ }).waitFor();
  expect(await found()).not.toContain(key.slice(1, 40));
  await page.getByRole("button", { name: "Import…" }).click();
  expect(await keyField().inputValue()).toBe("");
  await keyField().fill(key);
  await dialog().getByRole("button", { name: "Import" }).click();
  await dialog().getByText("CTO_E_WALLET_EXISTS").waitFor();
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
  expect(await found()).not.toContain(key.slice(1, 40));
});

it("disables a wallet, which then takes no part, and enables it again", async () => {
  const row = () => page.getByRole("row", { name: /from the old bot/ });
  const position = (await row().getByRole("cell").first().textContent())?.trim() ?? "";
  await row()
    .getByRole("button", { name: `Disable wallet ${position}` })
    .click();
  await row().getByText("Disabled", { exact: true }).waitFor();
  const enable = row().getByRole("button", { name: `Enable wallet ${position}` });
  // The focus stays on the same button for keyboard users.
  await expect.poll(() => enable.evaluate((one) => one.ownerDocument.activeElement === one)).toBe(true);
  await screenshot(page, "wallet-disabled");
  const { context } = system.stage;
  const stored = async () =>
    (await context.journal.listWallets("alice")).find(({ label }) => label === "from the old bot");
  expect((await stored())?.disabledAt).toBeDefined();
  await enable.press("Enter");
  await row()
    .getByRole("button", { name: `Disable wallet ${position}` })
    .waitFor();
  expect((await stored())?.disabledAt).toBeUndefined();
  await expectAccessible(page, "wallets");
});

it("fits a narrow window, and nothing was logged", async () => {
  await page.setViewportSize({ width: 360, height: 780 });
  await page.getByRole("button", { name: "Import…" }).click();
  await screenshot(page, "wallet-import-narrow");
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  expect(await page.evaluate<number>(overflow)).toBeLessThanOrEqual(0);
  // The browser itself logs refused requests.
  expect(watched.complaints.filter((text) => !/status of (400|409)/.test(text))).toEqual([]);
});
