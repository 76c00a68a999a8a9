/** Tests webhooks and linked chats in the dashboard, with a receiver that verifies what it gets. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { Webhook as Standard } from "standardwebhooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { linkChat } from "../src/services/chats.ts";
import { launchChromium } from "./chromium.ts";
import { expectAccessible, openPage, screenshot, signIn, type Watched } from "./page.ts";
import { type StagedSystem, startStagedSystem } from "./stage.ts";

let system: StagedSystem;
let browser: Browser;
let watched: Watched;
let page: Page;
let server: Server;
let status = 500;
const received: { id: string; body: string; headers: Record<string, string> }[] = [];

beforeAll(async () => {
  system = await startStagedSystem({ allowPrivateWebhooks: true });
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += String(chunk);
    });
    request.on("end", () => {
      const headers = request.headers as Record<string, string>;
      received.push({ id: headers["webhook-id"] ?? "", body, headers });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await launchChromium();
  watched = await openPage(browser, system);
  page = watched.page;
  await signIn(page, system);
});

afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  await system?.close();
});

const dialog = (name: string | RegExp) => page.getByRole("dialog", { name });
const verified = (secret: string) =>
  new Standard(secret).verify(received.at(-1)?.body ?? "", received.at(-1)?.headers ?? {});

it("adds a webhook, shows its secret once, tests it, sends again what failed, and rotates", async () => {
  await page.goto("/app/webhooks?user=alice");
  await page.getByText("No webhooks yet.").waitFor();
  await page.getByRole("button", { name: "New webhook…" }).click();
  const form = dialog("New webhook");
  await form.getByLabel("URL").fill("ftp://example.org/");
  await form.getByRole("button", { name: "Add" }).click();
  await form.getByText("The webhook is not valid").waitFor();
  await form.getByLabel("URL").fill(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
  await form.getByRole("button", { name: "Add" }).click();
  const shown = dialog("Secret of the webhook");
  const secret = (await shown.locator("code").textContent()) ?? "";
  await page.keyboard.press("Escape");
  expect(await shown.isVisible()).toBe(true);
  await screenshot(page, "webhook-added");
  await shown.getByRole("button", { name: "I have stored it" }).click();
  await shown.waitFor({ state: "detached" });
  expect(await page.content()).not.toContain(secret);

  await page.getByRole("button", { name: /^Test/ }).click();
  const log = page.getByRole("region", { name: "Deliveries", exact: true });
  await log.getByText("HTTP 500").waitFor();
  expect(verified(secret)).toMatchObject({ type: "webhook.test" });
  status = 200;
  await log.getByText("Delivered").waitFor({ timeout: 30_000 }); // The retry, after five seconds.
  await screenshot(page, "webhooks");
  await expectAccessible(page, "webhooks");
  const { id, length } = { id: received.at(-1)?.id, length: received.length };
  await log.getByRole("button", { name: /^Send again/ }).click();
  await expect.poll(() => received.length, { timeout: 15_000 }).toBe(length + 1);
  expect(received.at(-1)?.id).toBe(id);

  await page.getByRole("button", { name: /^Rotate…/ }).click();
  const rotating = dialog(/^Rotate the secret/);
  await rotating.getByRole("button", { name: "Rotate" }).click();
  await rotating.getByText("the new secret is shown").waitFor();
  const next = (await rotating.locator("code").textContent()) ?? "";
  await rotating.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("button", { name: /^Test/ }).click();
  await expect.poll(() => received.length, { timeout: 15_000 }).toBe(length + 2);
  for (const each of [secret, next]) expect(verified(each)).toMatchObject({ type: "webhook.test" });
});

it("changes its events and the thresholds, and removes it after a question", async () => {
  await page.getByLabel("Funding wallets below, SOL").fill("0,5");
  expect(await page.getByRole("button", { name: "Set thresholds" }).isDisabled()).toBe(true);
  await page.getByLabel("Funding wallets below, SOL").fill("0.5");
  await page.getByRole("button", { name: "Set thresholds" }).click();
  await page.getByText("The thresholds are set").waitFor({ state: "attached" });
  await page.getByRole("button", { name: /^Change…/ }).click();
  const changing = dialog(/^Change wh_/);
  await changing.getByRole("checkbox", { name: "leg.landed" }).uncheck();
  await changing.getByRole("button", { name: "Change" }).click();
  await page.getByRole("cell", { name: /operation.started, leg.failed/ }).waitFor();
  await page.reload();
  expect(await page.getByLabel("Funding wallets below, SOL").inputValue()).toBe("0.5");
  // On a narrow screen no button is cut off.
  await page.setViewportSize({ width: 360, height: 780 });
  const box = await page.getByRole("button", { name: /^Remove…/ }).boundingBox();
  expect((box?.x ?? 360) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole("button", { name: /^Remove…/ }).click();
  await dialog(/^Remove wh_/)
    .getByRole("button", { name: "Remove" })
    .click();
  await page.getByText("No webhooks yet.").waitFor();
});

it("links a chat by a code that works once, and unlinks it", async () => {
  await page.goto("/app/telegram?user=alice");
  await page.getByRole("button", { name: "Link a chat…" }).click();
  const shown = dialog("Link a chat to alice");
  const [, code = ""] = ((await shown.locator("code").textContent()) ?? "").split(" ");
  await screenshot(page, "chat-code");
  await expectAccessible(page, "a code for a chat");
  await shown.getByRole("button", { name: "I have stored it" }).click();
  expect(await linkChat(system.stage.context, code, 4_711)).toBe("alice");
  await page.getByRole("button", { name: "Unlink 4711" }).click();
  await page.getByText("No chats are linked yet.").waitFor();
  expect(watched.complaints.filter((one) => !one.includes("status of 400"))).toEqual([]);
});
