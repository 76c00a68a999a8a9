/** Tests the page of a call in real Chromium: a statement that needs no JavaScript, and that shows hostile texts as texts. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallStage, openCallStage } from "../test/support/call-stage.ts";
import { termsOfAll } from "./call-members.ts";
import { launchChromium } from "./chromium.ts";
import { expectAccessible, expectSteady, openPage, screenshot } from "./page.ts";

const HOSTILE = { symbol: "<b>X</b>", name: "<img src=x onerror=alert(1)>" };
const OPERATOR = "Own terms of <script>alert(2)</script> this operator.";

let folder: string;
let calls: CallStage;
let browser: Browser;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cto-call-"));
  const file = join(folder, "terms.txt");
  await writeFile(file, OPERATOR);
  calls = await openCallStage({
    tokenName: HOSTILE,
    webRoot: resolve("dist/web"),
    config: { CTO_CALL_TERMS_FILE: file },
  });
  url = await calls.app.listen({ host: "127.0.0.1", port: 0 });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await calls?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("the page of a call", () => {
  it("is a statement without JavaScript, and shows hostile texts as texts", async () => {
    const callId = await calls.create(termsOfAll());
    const still = await browser.newContext({
      javaScriptEnabled: false,
      baseURL: url,
      viewport: { width: 390, height: 844 },
    });
    const page = await still.newPage();
    await page.goto(`/c/${callId}`);
    const { termsHash, memo } = await calls.view(callId);
    for (const text of [termsHash, memo, calls.caller.address, "Own terms of <script>alert(2)</script>"])
      await page.getByText(text).first().waitFor();
    await page.getByText("Joining needs JavaScript").waitFor();
    await screenshot(page, "call-statement-narrow");
    await still.close();
    const wide = await openPage(
      browser,
      { url, adminKey: "", home: "" },
      { viewport: { width: 1440, height: 900 } },
    );
    await wide.page.goto(`/c/${callId}`);
    await wide.page.getByText("No wallet of this browser has announced itself").waitFor();
    await wide.page.getByText("nobody has checked this one").waitFor();
    expect(await wide.page.locator("main img, main script, main b").count()).toBe(0);
    await expectSteady(wide.page);
    await expectAccessible(wide.page, "a call before its publication");
    for (const colorScheme of ["light", "dark"] as const) {
      await wide.page.emulateMedia({ colorScheme });
      await screenshot(wide.page, `call-announced-${colorScheme}`);
    }
    expect(wide.complaints).toEqual([]);
    await wide.page.goto("/c/no-such-call");
    await wide.page.getByRole("heading", { name: "There is no such call" }).waitFor();
    await wide.close();
  });
});
