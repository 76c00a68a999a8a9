/** Opens pages and watches them: their logs, their requests, their layout shifts and their accessibility. */
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import type { Address } from "./system.ts";

/** The folder of the screenshots. Git ignores it. */
export const SCREENSHOTS = "e2e/screenshots";

/** Records layout shifts as Chromium measures them, except the shifts that follow a user's input. */
const WATCH_SHIFTS = `
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      const moved = entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.textContent?.slice(0, 80));
      globalThis.shifts.push({ value: entry.value, moved });
    }
  }).observe({ type: "layout-shift", buffered: true });
`;

type Shift = { value: number; moved: string[] };

export type Watched = {
  readonly page: Page;
  /** Errors and warnings that the page logged or threw, and its requests to other servers. A page must have none. */
  readonly complaints: string[];
  close(): Promise<void>;
};

/** Returns true for errors that the tests cause themselves: a wrong key, or a network that is switched off. */
const isExpected = (text: string): boolean =>
  /status of 401|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED/.test(
    text,
  );

export async function openPage(
  browser: Browser,
  { url }: Address,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    baseURL: url,
    ...options,
  });
  await context.addInitScript(WATCH_SHIFTS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`threw ${error.message}`));
  page.on("console", (message) => {
    const isBad = message.type() === "error" || message.type() === "warning";
    if (isBad && !isExpected(message.text())) complaints.push(`logged ${message.text()}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== url) complaints.push(`asked ${request.url()}`);
  });
  return { page, complaints, close: () => context.close() };
}

export async function signIn(page: Page, { adminKey }: Address): Promise<void> {
  await page.goto("/");
  await page.getByLabel("API key").fill(adminKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.goto("/app/operations");
  await page.getByRole("heading", { name: "Operations" }).waitFor();
}

export const screenshot = (page: Page, name: string): Promise<Buffer> =>
  page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });

/** The highest allowed sum of layout shifts. Chromium calls less than 0.1 "good"; we allow a fifth of that. */
const MAX_SHIFT = 0.02;

/** Checks the sum of the layout shifts since the page was loaded. */
export async function expectSteady(page: Page): Promise<void> {
  const shifts = await page.evaluate<Shift[]>("globalThis.shifts");
  const total = shifts.reduce((all, { value }) => all + value, 0);
  expect(total, `layout shifts: ${JSON.stringify(shifts)}`).toBeLessThan(MAX_SHIFT);
}

type Violation = { id: string; impact: string; help: string; nodes: { html: string; target: string[] }[] };

/** Checks in light and in dark mode that axe reports no serious or critical violation. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  const isDark = await page.evaluate<boolean>("matchMedia('(prefers-color-scheme: dark)').matches");
  const looks = isDark ? (["light", "dark"] as const) : (["dark", "light"] as const);
  // The page's own mode comes last, because it stays set.
  for (const colorScheme of looks) {
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page, `${what}, ${colorScheme}`);
  }
}

/** Checks in the page's current mode that axe reports no serious or critical violation. */
export async function expectNoViolations(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate<Violation[]>(
    "axe.run(document).then(({ violations }) => violations)",
  );
  const grave = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
    );
  expect(grave, what).toEqual([]);
}
