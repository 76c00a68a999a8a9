/** Tests the review of a step whose result cannot be proved: the page shows the evidence, and a person decides. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ENGINE_DEFAULTS } from "../src/engine/settings.ts";
import type { WorkerPorts } from "../src/runtime/worker-ports.ts";
import { createApiKey } from "../src/services/api-keys.ts";
import { launchChromium } from "./chromium.ts";
import { expectAccessible, openPage, screenshot, signIn, type Watched } from "./page.ts";
import { type StagedSystem, startStagedSystem } from "./stage.ts";
import { api, untilOver } from "./system.ts";

let system: StagedSystem;
let browser: Browser;
let watched: Watched;
let page: Page;
let id: string;

/** Simulates an endpoint that accepts the buys of legs 1 and 2 but does not forward them. */
const losing = (ports: WorkerPorts): WorkerPorts => ({
  ...ports,
  chain: {
    ...ports.chain,
    broadcast: async (wire, options) =>
      /:buy:[12]\/3/.test(Buffer.from(wire, "base64").toString("latin1"))
        ? "sent"
        : ports.chain.broadcast(wire, options),
  },
});

beforeAll(async () => {
  system = await startStagedSystem({
    // A blockhash is valid for 150 slots, which is one minute here. For that time the lost buys may still land.
    localnet: { slotMs: 400 },
    worker: () => ({
      wrapPorts: losing,
      settings: { ...ENGINE_DEFAULTS, times: { rebroadcastMs: 200, reviewAfterMs: 1_000 } },
    }),
  });
  browser = await launchChromium();
  watched = await openPage(browser, system);
  page = watched.page;
  await signIn(page, system);
  const created = await api<{ id: string }>(system, "POST", "/v1/operations", {
    userId: "alice",
    userChatId: 0,
    tokenAddress: system.stage.mint,
    buyAmount: "0.3",
    mode: "standard",
    platform: "auto",
  });
  id = created.id;
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

const panel = (of = page) => of.getByRole("region", { name: "Needs review" });
const leg = (number: number) =>
  panel()
    .getByRole("article")
    .filter({ has: page.getByRole("heading", { name: `Leg ${number} ` }) });
const dialog = () => page.getByRole("dialog");
const events = () => page.getByLabel("Events, the newest first");

/** Sends the leg's bytes late, as another node that kept them could. Starts the cluster again for this. */
async function landLate(number: number): Promise<void> {
  const { context, localnet } = system.stage;
  const steps = await context.journal.readSteps(id);
  const buy = steps.find((step) => step.kind === "buy" && step.number === number);
  const { wire, signature } = buy?.attempts[0] ?? {};
  localnet.cluster.start();
  const body = {
    jsonrpc: "2.0",
    id: 1,
    method: "sendTransaction",
    params: [wire, { encoding: "base64", skipPreflight: true }],
  };
  const answer = await fetch(localnet.rpcUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(await answer.json()).toHaveProperty("result");
  await expect.poll(() => localnet.cluster.history().some((one) => one.signature === signature)).toBe(true);
}

it("shows what every endpoint says of what was signed, as soon as a person must look", async () => {
  await page.goto(`/app/operations/${id}`);
  await panel().waitFor();
  for (const number of [1, 2]) {
    await leg(number)
      .getByText(/not found, but attempt 1 may still land until block \d+/)
      .first()
      .waitFor();
    await leg(number).getByText("Attempt 1, signed").waitFor();
  }
  await page.locator(".title").getByText("Needs review", { exact: true }).waitFor();
  await page.getByText("1 of 3 landed").waitFor();
  // The cluster makes no more blocks, so the lost buys stay undecided, independent of the browser's speed.
  system.stage.localnet.cluster.stop();
  await screenshot(page, "review");
  await expectAccessible(page, "a review");
});

it("leaves the decision to an admin", async () => {
  const { secret } = await createApiKey(system.stage.context, { name: "onlooker", scopes: ["read"] });
  const onlooker = await openPage(browser, system, { viewport: { width: 360, height: 780 } });
  await signIn(onlooker.page, { ...system, adminKey: secret });
  await onlooker.page.goto(`/app/operations/${id}`);
  await panel(onlooker.page).getByText("Together:").first().waitFor();
  expect(await onlooker.page.getByRole("button", { name: /^Mark as/ }).count()).toBe(0);
  await screenshot(onlooker.page, "review-narrow");
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  expect(await onlooker.page.evaluate<number>(overflow)).toBeLessThanOrEqual(0);
  expect(onlooker.complaints).toEqual([]);
  await onlooker.close();
});

it("refuses what the evidence does not bear out, and takes it when it is forced, with its reason", async () => {
  await leg(1).getByRole("button", { name: "Mark as dead… leg 1" }).click();
  await dialog().getByLabel("Reason, for the record").fill("the endpoint has lost it");
  const mark = dialog().getByRole("button", { name: "Mark as dead" });
  await mark.click();
  await dialog().getByText("CTO_E_REVIEW_REFUSED").waitFor();
  await dialog()
    .getByText(/attempt 1 may still land until block \d+; it can be forced/)
    .waitFor();
  await screenshot(page, "review-refused");
  await expectAccessible(page, "a refused decision");
  await dialog()
    .getByRole("checkbox", { name: /^Decide although the evidence/ })
    .check();
  await mark.click();
  await dialog().waitFor({ state: "detached" });
  await leg(1).waitFor({ state: "detached" });
  expect(await leg(2).count()).toBe(1);
  await page.getByRole("region", { name: "Steps and attempts" }).getByText("Declared dead").waitFor();
  await events()
    .getByText(/^Leg 1 was marked dead by e2e admin: the endpoint has lost it$/)
    .waitFor();
});

it("takes a landed one for what the chain says, and the operation goes on to its end", async () => {
  await landLate(2);
  await panel().getByRole("button", { name: "Ask the endpoints again" }).click();
  await leg(2)
    .getByText(/attempt 1 landed in slot \d+/)
    .first()
    .waitFor();
  await leg(2).getByRole("button", { name: "Mark as landed… leg 2" }).press("Enter");
  await dialog().getByLabel("Reason, for the record").fill("two endpoints show it");
  await dialog().getByRole("button", { name: "Mark as landed" }).click();
  await dialog().waitFor({ state: "detached" });
  await panel().waitFor({ state: "detached" });
  await untilOver(system, id);
  await page.locator(".title").getByText("Partly completed", { exact: true }).waitFor();
  await page.getByText("2 of 3 landed").waitFor();
  await events()
    .getByText(/^Leg 2 was marked landed by e2e admin: two endpoints show it$/)
    .waitFor();
  await events().getByText("Ended: completed").waitFor();
  await screenshot(page, "reviewed");
  await expectAccessible(page, "a reviewed operation");
  // The browser itself logs the refusal.
  expect(watched.complaints.filter((text) => !text.includes("status of 409"))).toEqual([]);
});
