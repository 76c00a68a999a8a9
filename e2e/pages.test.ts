/**
 * Tests every page in light, dark and narrow: axe reports no serious violation, the layout is steady, and nothing
 * scrolls sideways.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "./chromium.ts";
import { expectNoViolations, expectSteady, openPage, screenshot, signIn } from "./page.ts";
import { api, prepareUser, type System, startSystem, untilOver } from "./system.ts";

let system: System;
const USER = "pages";
let browser: Browser;
/** The ids of a completed and of a failed operation. */
const ids = { completed: "", failed: "" };

type Created = { id: string };

beforeAll(async () => {
  system = await startSystem();
  browser = await launchChromium();
  const { mint } = await prepareUser(system, USER);
  const ask = { userId: USER, userChatId: 0, tokenAddress: mint, buyAmount: "1", platform: "auto" };
  const completed = await api<Created>(system, "POST", "/v1/operations", { ...ask, mode: "standard" });
  ids.completed = await untilOver(system, completed.id);
  // The buyers have almost no SOL, so this operation fails at its check of funds.
  const failed = await api<Created>(system, "POST", "/v1/operations", { ...ask, mode: "prefunded" });
  ids.failed = await untilOver(system, failed.id);
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

type Visit = {
  readonly name: string;
  readonly path: () => string;
  /** A text that the page shows when its data has loaded. */
  readonly until: string | RegExp;
  readonly act?: (page: Page) => Promise<void>;
};

const PAGES: readonly Visit[] = [
  { name: "overview", path: () => "/app/overview", until: "Landing rate" },
  {
    name: "sweep",
    path: () => `/app/sweep?user=${USER}`,
    until: /No buyer wallet holds|What would go back now/,
  },
  { name: "audit", path: () => "/app/audit", until: "user.added" },
  {
    name: "errors",
    path: () => "/docs/errors",
    until: "A code never changes meaning",
    // Commands are marked, not written with the backticks of the terminal.
    act: async (page) => expect(await page.locator("main").textContent()).not.toContain("`"),
  },
  { name: "operations", path: () => "/app/operations", until: USER },
  { name: "operation-completed", path: () => `/app/operations/${ids.completed}`, until: "Ended: completed" },
  { name: "operation-failed", path: () => `/app/operations/${ids.failed}`, until: "Ended: failed" },
  { name: "operation-unknown", path: () => "/app/operations/op_unknown", until: "CTO_E_OPERATION_UNKNOWN" },
  { name: "receipt", path: () => `/r/${ids.completed}`, until: "Check it yourself" },
  { name: "new-operation", path: () => "/app/operations/new", until: "Fill in" },
  { name: "wallets", path: () => `/app/wallets?user=${USER}`, until: "11 wallets" },
  { name: "webhooks", path: () => `/app/webhooks?user=${USER}`, until: "No webhooks yet." },
  { name: "telegram", path: () => `/app/telegram?user=${USER}`, until: "No chats are linked yet." },
  { name: "users", path: () => "/app/users", until: USER },
  { name: "limits", path: () => `/app/limits?user=${USER}`, until: "Taken or reserved" },
  { name: "queue", path: () => "/app/queue", until: "Completed, still kept" },
  { name: "keys", path: () => "/app/keys", until: "(this session)" },
  { name: "not-found", path: () => "/app/nowhere", until: "There is no such page." },
  {
    name: "dialog-generate",
    path: () => `/app/wallets?user=${USER}`,
    until: "11 wallets",
    act: (page) => page.getByRole("button", { name: "Generate…" }).click(),
  },
  {
    name: "dialog-limits",
    path: () => `/app/limits?user=${USER}`,
    until: "Taken or reserved",
    act: (page) => page.getByRole("button", { name: "Change for everyone…" }).click(),
  },
  {
    name: "dialog-key",
    path: () => "/app/keys",
    until: "(this session)",
    act: (page) => page.getByRole("button", { name: "New API key…" }).click(),
  },
];

const STEP_MS = 40;
/** More requests than this wait no longer: they are the repeated ones. */
const MOST = 5;

/**
 * Lets the answers of each page come one after the other, in the order of the requests or against it. A page that
 * combines two reads must move nothing when the second one comes late.
 *
 * @returns a function that waits until the page has all answers, and starts anew
 */
async function answerInTurn(page: Page, order: "forth" | "back"): Promise<() => Promise<void>> {
  let asked = 0;
  let open = 0;
  await page.route(/\/(v1\/(?!me$)|readyz)/, async (route) => {
    const turn = Math.min(asked, MOST);
    asked += 1;
    open += 1;
    await new Promise((resolve) => setTimeout(resolve, STEP_MS * (order === "forth" ? turn : MOST - turn)));
    await route.continue().catch(() => undefined); // The page may be gone.
    open -= 1;
  });
  return async () => {
    await expect.poll(() => open).toBe(0);
    asked = 0;
  };
}

const LOOKS = [
  { look: "light", order: "forth", options: { colorScheme: "light" } },
  { look: "dark", order: "back", options: { colorScheme: "dark" } },
  {
    look: "narrow",
    order: "back",
    options: { colorScheme: "light", viewport: { width: 360, height: 780 }, hasTouch: true },
  },
] as const;

describe.each(LOOKS)("in $look", ({ look, order, options }) => {
  it("every page is accessible and steady", async () => {
    const { page, complaints, close } = await openPage(browser, system, options);
    await page.goto("/");
    await page.getByLabel("API key").waitFor();
    await expectNoViolations(page, `sign-in, ${look}`);
    await screenshot(page, `sign-in-${look}`);
    await signIn(page, system);
    const allAnswers = await answerInTurn(page, order);
    for (const { name, path, until, act } of PAGES) {
      await page.goto(path());
      await page.getByText(until).first().waitFor();
      await allAnswers();
      await act?.(page);
      await expectSteady(page); // This check comes before the screenshot, which makes the window as high as the page.
      await screenshot(page, `${name}-${look}`);
      await expectNoViolations(page, `${name}, ${look}`);
      const overflow = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overflow, `${name}, ${look} scrolls sideways`).toBeLessThanOrEqual(0);
    }
    // The browser itself logs the 404 of the operation that does not exist.
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
    await close();
  });
});
