/**
 * Tests the built client in a page of another origin. The page imports the file without a bundler, and uses an API key
 * without a session.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./chromium.ts";
import { type StagedSystem, startStagedSystem } from "./stage.ts";
import { api } from "./system.ts";

const PAGE = "<!doctype html><meta charset=utf-8><title>Another application</title>";

/** Serves another site: a page, and the file that the package exports as `cto-queue/client`. */
const site = createServer(async ({ url }, answer) => {
  if (url !== "/client.js") return answer.setHeader("content-type", "text/html").end(PAGE);
  answer.setHeader("content-type", "text/javascript").end(await readFile("dist/client/index.js"));
});

let system: StagedSystem;
let browser: Browser;
let page: Page;
let complaints: string[];

const originOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  system = await startStagedSystem({ corsOrigins: [originOf(site)] });
  browser = await launchChromium();
  page = await browser.newPage();
  complaints = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (said) => said.type() === "error" && complaints.push(said.text()));
  await page.goto(originOf(site));
});

afterAll(async () => {
  await browser?.close();
  await system?.close();
  site.close();
});

/**
 * Runs code in the page, with a client `cto`. The code is text, because TypeScript checks this file without browser
 * types.
 */
const inPage = <Answer>(body: string, key = system.adminKey): Promise<Answer> =>
  page.evaluate<Answer>(`(async () => {
    const { createClient } = await import("/client.js");
    const cto = createClient(${JSON.stringify({ url: system.url, key })});
    ${body}
  })()`);

const job = () => ({
  userId: system.stage.userId,
  userChatId: 0,
  tokenAddress: system.stage.mint,
  buyAmount: "0.3",
  mode: "standard",
  platform: "auto",
});

type Watched = {
  id: string;
  replayed: boolean[];
  seen: { seq: number; type: string; progress: number }[];
  after: { status: string; landed: number };
  receipt: string;
};

it("creates an operation once, watches it to its end, and reads what came of it", async () => {
  const watched = await inPage<Watched>(`
    const job = ${JSON.stringify(job())};
    const once = { idempotencyKey: "a page's own" };
    const { operation, replayed } = await cto.operations.create(job, once);
    const again = await cto.operations.create(job, once);
    const seen = [];
    for await (const { seq, type, progress } of cto.operations.watch(operation.id)) seen.push({ seq, type, progress });
    const { status, totals: { landed } } = await cto.operations.waitFor(operation.id);
    const receipt = await cto.operations.receipt(operation.id);
    return {
      id: operation.id, replayed: [replayed, again.replayed], seen, after: { status, landed }, receipt: receipt.operationId,
    };`);
  expect(watched.replayed).toEqual([false, true]);
  expect(watched.after).toEqual({ status: "completed", landed: 3 });
  expect(watched.receipt).toBe(watched.id);
  expect(watched.seen.map(({ seq }) => seq)).toEqual(watched.seen.map((_event, at) => at + 1));
  expect(watched.seen.at(-1)).toMatchObject({ type: "result", progress: 100 });
  expect(watched.seen.filter(({ type }) => type === "leg").length).toBeGreaterThanOrEqual(3);
  expect(complaints).toEqual([]);
});

it("goes on watching where a lost network broke it off", async () => {
  const asked: string[] = [];
  page.on("request", (request) => request.url().endsWith("/events") && asked.push(request.method()));
  await api(system, "POST", "/v1/halt", { reason: "so that it lasts" });
  const watching = inPage<number[]>(`
    const { operation } = await cto.operations.create(${JSON.stringify(job())});
    globalThis.begun = [];
    for await (const { seq } of cto.operations.watch(operation.id)) begun.push(seq);
    return begun;`);
  await expect.poll(() => page.evaluate<number>("globalThis.begun?.length ?? 0")).toBeGreaterThan(0);
  await page.context().setOffline(true);
  await api(system, "DELETE", "/v1/halt");
  const { journal } = system.stage.context;
  const [operation] = await journal.listOperations({ limit: 1 });
  await system.stage.ended(operation?.id ?? "");
  await page.context().setOffline(false);
  const seen = await watching;
  expect(seen).toEqual(seen.map((_seq, at) => at + 1));
  expect(seen.length).toBe((await journal.readEvents(operation?.id ?? "", 0, 500)).length);
  expect(asked.filter((method) => method === "GET").length).toBeGreaterThan(1);
});

it("tells a refusal with its code and its remedy", async () => {
  const refused = (body: string, key?: string) =>
    inPage<{ code: string; status: number; remedy: string }>(
      `try { ${body} } catch ({ code, status, remedy }) { return { code, status, remedy }; }`,
      key,
    );
  expect(await refused(`await cto.operations.get("op_unknown");`)).toMatchObject({
    code: "CTO_E_OPERATION_UNKNOWN",
    status: 404,
  });
  const nobody = await refused("await cto.operations.list();", "cto_111111111111_wrong");
  expect(nobody).toMatchObject({ code: "CTO_E_UNAUTHENTICATED", status: 401 });
  expect(nobody.remedy).not.toBe("");
});

it("is of no use to a page whose origin is not named", async () => {
  const stranger = createServer((_request, answer) =>
    answer.setHeader("content-type", "text/html").end(PAGE),
  );
  stranger.listen(0, "127.0.0.1");
  await once(stranger, "listening");
  const other = await browser.newPage();
  await other.goto(originOf(stranger));
  const answer = await other.evaluate<string>(
    `fetch(${JSON.stringify(`${system.url}/v1/me`)}, { headers: { authorization: "Bearer x" } }).then(() => "read", ({ name }) => name)`,
  );
  expect(answer).toBe("TypeError");
  await other.close();
  stranger.close();
});
