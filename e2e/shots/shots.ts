/**
 * Takes a screenshot of every page at 1,440 and 390 px, light and dark, on a whole system with operations in every
 * state: `npm run shots` (`CTO_SHOTS` names another folder). People look at them; the tests in `e2e/` check what a program can check.
 */
import { mkdir } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, it } from "vitest";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { programs } from "../../test/support/programs.ts";
import { launchChromium } from "../chromium.ts";
import { openPage, signIn } from "../page.ts";
import { type StagedSystem, startStagedSystem } from "../stage.ts";
import { type Filled, fill } from "./data.ts";
import { withFaults } from "./faults.ts";

const FOLDER = process.env.CTO_SHOTS ?? "e2e/screenshots/pages";

type Shot = {
  readonly name: string;
  readonly path: (ids: Filled) => string;
  /** A text that the page shows when its data has loaded. */
  readonly until: string | RegExp;
  readonly act?: (page: Page) => Promise<unknown>;
};

const operation = (name: keyof Filled, until: string | RegExp = "Events"): Shot => ({
  name: `operation-${name}`,
  path: (ids) => `/app/operations/${ids[name]}`,
  until,
});

const press = (name: string) => (page: Page) => page.getByRole("button", { name }).click();

const SHOTS: readonly Shot[] = [
  { name: "overview", path: () => "/app/overview", until: "Landing rate" },
  { name: "operations", path: () => "/app/operations", until: "alice" },
  operation("landed"),
  operation("weights"),
  operation("failed"),
  operation("cancelled"),
  operation("retry"),
  operation("partial"),
  operation("swept"),
  operation("incident"),
  operation("review", "Together:"),
  operation("waiting"),
  { name: "operation-unknown", path: () => "/app/operations/op_unknown", until: "CTO_E_OPERATION_UNKNOWN" },
  { name: "new-operation", path: () => "/app/operations/new", until: "Fill in" },
  { name: "wallets", path: () => "/app/wallets?user=alice", until: /11 wallets/ },
  { name: "wallets-none", path: () => "/app/wallets?user=cem", until: "No wallets yet." },
  { name: "sweep", path: () => "/app/sweep?user=alice", until: "What would go back now" },
  { name: "users", path: () => "/app/users", until: "Bea Nowak" },
  { name: "limits", path: () => "/app/limits?user=alice", until: "Taken or reserved" },
  { name: "limits-everyone", path: () => "/app/limits", until: "SOL per operation" },
  {
    name: "webhooks",
    path: () => "/app/webhooks?user=alice",
    until: "Low balances",
    act: async (page) => {
      await press("Deliveries wh_")(page);
      await page.getByText("webhook.test").waitFor();
    },
  },
  { name: "webhooks-none", path: () => "/app/webhooks?user=bea", until: "No webhooks yet." },
  { name: "webhooks-whose", path: () => "/app/webhooks", until: "Choose a user above." },
  {
    name: "dialog-webhook",
    path: () => "/app/webhooks?user=bea",
    until: "No webhooks yet.",
    act: press("New webhook…"),
  },
  { name: "telegram", path: () => "/app/telegram?user=alice", until: "4711" },
  { name: "telegram-none", path: () => "/app/telegram?user=bea", until: "No chats are linked yet." },
  {
    name: "dialog-chat",
    path: () => "/app/telegram?user=bea",
    until: "No chats are linked yet.",
    act: press("Link a chat…"),
  },
  {
    name: "palette",
    path: () => "/app/users",
    until: "Bea Nowak",
    act: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").fill("bea");
      await page.getByRole("option", { name: /wallets of a user/ }).waitFor();
    },
  },
  {
    name: "dialog-halt",
    path: () => "/app/queue",
    until: "Completed, still kept",
    act: press("Halt…"),
  },
  {
    name: "dialog-decision",
    path: (ids) => `/app/operations/${ids.review}`,
    until: "Together:",
    act: press("Mark as dead… leg 1"),
  },
  {
    name: "operations-filtered",
    path: () => "/app/operations?status=failed&userId=nobody",
    until: "No operation matches",
  },
  { name: "queue", path: () => "/app/queue", until: "Completed, still kept" },
  { name: "keys", path: () => "/app/keys", until: "(this session)" },
  { name: "audit", path: () => "/app/audit", until: "user.added" },
  { name: "not-found", path: () => "/app/nowhere", until: "There is no such page." },
  {
    name: "dialog-generate",
    path: () => "/app/wallets?user=alice",
    until: /11 wallets/,
    act: press("Generate…"),
  },
  {
    name: "dialog-limits",
    path: () => "/app/limits?user=alice",
    until: "Taken or reserved",
    act: press("Change for everyone…"),
  },
  { name: "dialog-key", path: () => "/app/keys", until: "(this session)", act: press("New API key…") },
  { name: "receipt", path: (ids) => `/r/${ids.landed}`, until: "Check it yourself" },
  { name: "receipt-incident", path: (ids) => `/r/${ids.incident}`, until: "Check it yourself" },
  { name: "errors", path: () => "/docs/errors", until: "A code never changes meaning" },
  { name: "board", path: () => "/admin/queues/queue/cto", until: /cto/ },
];

const SIZES = [
  { size: "1440", viewport: { width: 1_440, height: 900 }, hasTouch: false },
  { size: "390", viewport: { width: 390, height: 844 }, hasTouch: true },
];

let system: StagedSystem;
let browser: Browser;
let ids: Filled;

beforeAll(async () => {
  const faults = { lost: new Set<string>(), short: new Set<string>() };
  const folder = programs();
  system = await startStagedSystem({
    buyers: 10,
    allowPrivateWebhooks: true,
    tokenName: { symbol: "CALL", name: "Call To Others" },
    // A blockhash is valid for 150 slots. For that time the lost buys may still land, so a review waits for a person.
    localnet: { slotMs: 200, ...(folder === null ? {} : { programs: folder.programs }) },
    worker: () => ({
      wrapPorts: withFaults(faults),
      settings: { ...ENGINE_DEFAULTS, times: { rebroadcastMs: 200, reviewAfterMs: 1_000 } },
    }),
  });
  ids = await fill(system, faults);
  browser = await launchChromium();
  await mkdir(FOLDER, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

it.each(
  SIZES.flatMap((size) => (["light", "dark"] as const).map((colorScheme) => ({ ...size, colorScheme }))),
)("takes every page at $size px, $colorScheme", async ({ size, colorScheme, viewport, hasTouch }) => {
  const { page, close } = await openPage(browser, system, { colorScheme, viewport, hasTouch });
  const take = (name: string) =>
    page.screenshot({ path: `${FOLDER}/${name}-${size}-${colorScheme}.png`, fullPage: true });
  await page.goto("/");
  await page.getByLabel("API key").waitFor();
  await take("sign-in");
  await signIn(page, system);
  for (const { name, path, until, act } of SHOTS) {
    await page.goto(path(ids));
    await page.getByText(until).first().waitFor();
    await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => undefined);
    await act?.(page);
    if (name.startsWith("dialog-")) await page.getByRole("dialog").waitFor();
    await take(name);
  }
  await close();
});
