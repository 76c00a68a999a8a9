/** Tests how the terminal, the operation's page and the receipt show the price check and an incident. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchToken, prepareVenues } from "../src/localnet/launch/index.ts";
import { startCli } from "../test/cli/run-cli.ts";
import { asksForMore } from "../test/support/asks-for-more.ts";
import { describeWithPrograms } from "../test/support/programs.ts";
import { launchChromium } from "./chromium.ts";
import { expectAccessible, openPage, screenshot, signIn } from "./page.ts";
import { type StagedSystem, startStagedSystem } from "./stage.ts";
import { api, untilOver } from "./system.ts";

describeWithPrograms("a token in a pool that anyone could have opened", (folder) => {
  let system: StagedSystem;
  let browser: Browser;
  let page: Page;
  let mint: string;
  let id: string;

  beforeAll(async () => {
    system = await startStagedSystem({
      localnet: { programs: folder.programs },
      worker: () => ({ wrapPorts: asksForMore }),
    });
    const { localnet } = system.stage;
    await prepareVenues(localnet.cluster, folder);
    mint = await launchToken(localnet.rpcUrl, "cpmm", "token");
    browser = await launchChromium();
    page = (await openPage(browser, system)).page;
    await signIn(page, system);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.close();
  });

  it("is estimated in the terminal with what its price was held against, and how far apart that was", async () => {
    const args = ["estimate", "alice", mint, "0.3", "--mode", "prefunded"];
    const { stdout, code } = await startCli(args, system.stage.env).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Price: (\d.* % (above|below)|the same as) the aggregator's quote$/m);
    const terminal = await browser.newPage({ viewport: { width: 1100, height: 300 } });
    const text = `$ cto ${args.join(" ")}\n${stdout}`.replaceAll("<", "&lt;");
    await terminal.setContent(`<body style="background:#111;color:#eee"><pre>${text}</pre></body>`);
    await screenshot(terminal, "estimate-price");
    await terminal.close();
  });

  it("says on the operation's page and on the receipt what the price was held against, and which wallet got too little", async () => {
    const created = await api<{ id: string }>(system, "POST", "/v1/operations", {
      userId: "alice",
      userChatId: 0,
      tokenAddress: mint,
      buyAmount: "0.3",
      mode: "prefunded",
      platform: "auto",
    });
    id = await untilOver(system, created.id);
    const { journal } = system.stage.context;
    await expect.poll(async () => (await journal.readOperation(id))?.settled).toBe(true);
    await page.goto(`/app/operations/${id}`);
    await page.getByRole("alert").getByText("Incident: Leg 2 landed and received").waitFor();
    await page.locator("dd", { hasText: /(above|below|same as) the aggregator/ }).waitFor();
    await page.getByText("Incident: leg 2 received less than it was signed for").waitFor();
    await expectAccessible(page, "an operation with an incident");
    await screenshot(page, "operation-incident");
    await page.goto(`/r/${id}`);
    await page.getByText("wallet 2 paid and received").waitFor();
    await page.getByText(/(above|below|same as) the aggregator's quote/).waitFor();
    await expectAccessible(page, "a receipt with an incident");
    await screenshot(page, "receipt-price");
  });
});
