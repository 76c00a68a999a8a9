/** Tests the main flow of the dashboard with the keyboard alone. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./chromium.ts";
import { tabTo } from "./keyboard.ts";
import { openPage } from "./page.ts";
import { prepareUser, type System, startSystem } from "./system.ts";

let system: System;
let browser: Browser;

beforeAll(async () => {
  system = await startSystem();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

it("signs in, creates an operation, watches it and opens its receipt by keyboard alone", async () => {
  const { mint } = await prepareUser(system, "keyboard");
  const { page, complaints, close } = await openPage(browser, system);
  const type = (text: string): Promise<void> => page.keyboard.type(text);
  const press = (key: string): Promise<void> => page.keyboard.press(key);
  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name });
  const focused = () => page.evaluate<string>("document.activeElement.textContent");

  await page.goto("/");
  // The page focuses the key's field when it opens.
  await expect.poll(() => page.evaluate<string>("document.activeElement.id")).toBe("key");
  await type(system.adminKey);
  await press("Enter");
  await heading("Overview").waitFor();

  await tabTo(page, "Skip to the content");
  await press("Enter");
  await tabTo(page, "New operation");
  await press("Enter");
  await heading("New operation").waitFor();
  await expect.poll(focused).toBe("New operation"); // A new page focuses its heading.

  await tabTo(page, "User");
  await page.getByRole("option", { name: "keyboard" }).waitFor({ state: "attached" });
  await type("keyboard");
  await tabTo(page, "Token");
  await type(mint);
  await tabTo(page, "Amount, SOL");
  await type("0.25");
  await page.getByText("Public: every transaction carries").waitFor();
  await tabTo(page, "Create operation");
  await press("Enter");

  await heading(/^Operation op_/).waitFor();
  await expect.poll(focused).toMatch(/^Operation op_/);
  await page.locator(".title").getByText("Completed", { exact: true }).waitFor();

  // A dialog gets the focus. Escape closes it and returns the focus to the button that opened it.
  await page.locator("h1").focus();
  await press("Shift+Tab");
  await tabTo(page, "Receipt");
  await press("Enter");
  await page.waitForURL("**/r/op_*");
  await page.goBack();
  await heading(/^Operation op_/).waitFor();
  await page.locator(".brand").focus();
  await tabTo(page, "Halt…");
  await press("Enter");
  await page.getByRole("dialog").waitFor();
  await press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await focused()).toBe("Halt…");

  expect(complaints).toEqual([]);
  await close();
});
