/**
 * Tests a token with a hostile name: every surface shows the cleaned name beside the address, and states that the name
 * is not verified.
 */
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeReceipt } from "../../src/cli/receipt-text.ts";
import { describeStatus } from "../../src/cli/status-text.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { explainOperation, storyText } from "../../src/services/explain.ts";
import { cancel, enqueue } from "../../src/services/operations.ts";
import { subscribe } from "../../src/services/progress.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { runCli } from "../cli/run-cli.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

const HOSTILE = {
  symbol: "\u202eUS\u200bD\u0421\u001b[2J",
  name: '<img src=x onerror="alert(1)"> **[Official](https://evil.com)** ✅\r\n@everyone',
};
const LABEL = {
  symbol: "USD(U+0421)…",
  name: "‹img src=x onerror='alert(1)'› …",
  unverified: true,
};
const WORDS = "USD(U+0421)…, “‹img src=x onerror='alert(1)'› …” (unverified)";
/** Content that could act on a reader: tags, escape sequences, direction marks, links, mentions, check marks. */
const STING = /<img|onerror="|[\p{Cf}]|\[2J|[\u202e\u200b\u0421]|evil\.com|\]\(|@everyone|✅/u;

let api: TestApi;
let jobId: string;

beforeAll(async () => {
  api = await openTestApi({ buyers: 2, tokenName: HOSTILE });
  const { stage } = api;
  const worker = await createCTOWorker({ context: stage.context });
  const job = {
    userId: stage.userId,
    tokenAddress: stage.mint,
    buyAmount: "0.1",
    mode: "prefunded",
    platform: "auto",
  };
  ({ jobId } = await enqueue(stage.context, job, 0, {}));
  await stage.ended(jobId);
  await worker.close();
});
afterAll(() => api.close());

const get = async (url: string) => {
  const answer = await api.request("GET", url, { key: api.key("read") });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.text).not.toMatch(STING);
  return answer;
};

describe("a hostile name", () => {
  it("is cleaned in the HTTP API: operations, their list, events, the market and an estimate", async () => {
    const { mint, userId } = api.stage;
    expect((await get(`/v1/operations/${jobId}`)).body).toMatchObject({
      tokenAddress: mint,
      tokenLabel: LABEL,
    });
    expect((await get("/v1/operations")).body.operations[0].tokenLabel).toEqual(LABEL);
    const { events } = (await get(`/v1/operations/${jobId}/events`)).body;
    expect(events.find(({ phase }: { phase?: string }) => phase === "detecting").token).toEqual(LABEL);
    expect((await get(`/v1/tokens/${mint}/market`)).body.tokenLabel).toEqual(LABEL);
    expect((await get(`/v1/tokens/${mint}/platform`)).body.tokenLabel).toEqual(LABEL);
    expect((await get(`/v1/users/${userId}/tokens`)).body.tokens).toMatchObject([
      { mint, decimals: 6, tokenLabel: LABEL },
    ]);
    expect((await get(`/v1/tokens/${mint}`)).body).toEqual({ mint, decimals: 6 });
    const body = { userId, tokenAddress: mint, buyAmount: "0.1", mode: "prefunded", platform: "auto" };
    const estimate = await api.request("POST", "/v1/operations/estimate", { key: api.key("operate"), body });
    expect(estimate.body.tokenLabel, estimate.text).toEqual(LABEL);
  });

  it("is cleaned in what programs hear: the status and the progress", async () => {
    const { context } = api.stage;
    expect((await api.stage.ended(jobId)).tokenLabel).toEqual(LABEL);
    const labels: unknown[] = [];
    await new Promise<void>((resolve) => {
      subscribe(
        context,
        jobId,
        (event) => labels.push(event.type === "phase" ? event.token : undefined),
        () => resolve(),
      );
    });
    expect(labels.filter((label) => label !== undefined)).toEqual([LABEL]);
  });

  it("is cleaned on the receipt, as page and as data, which the chain confirms with or without it", async () => {
    const page = await get(`/r/${jobId}`);
    expect(page.text).toContain(
      "calls itself <bdi>USD(U+0421)…, “‹img src&#61;x onerror&#61;&#39;alert(1)&#39;› …” (unverified)</bdi>: anyone may give a token any name",
    );
    expect((await get(`/r/${jobId}.json`)).body.asked.tokenLabel).toEqual(LABEL);
    const { context, localnet } = api.stage;
    const reader = createChainReader(localnet.rpcUrl);
    const receipt = await loadReceipt(context, jobId, reader);
    const renamed = {
      ...receipt,
      asked: { ...receipt.asked, tokenLabel: { ...LABEL, symbol: "SOL", unverified: true as const } },
    };
    expect((await verifyReceipt(receipt, reader)).ok).toBe(true);
    // A name proves nothing, so a different name does not break the verification.
    expect((await verifyReceipt(renamed, reader)).ok).toBe(true);
    expect(describeReceipt(receipt, pc)).toContain(WORDS);
    expect(describeReceipt(receipt, pc)).not.toMatch(STING);
  });

  it("is cleaned in the terminal", { timeout: 120_000 }, async () => {
    const { context, env, mint, userId } = api.stage;
    const status = describeStatus(await api.stage.ended(jobId), 6, pc);
    const story = storyText(await explainOperation(context, jobId));
    const ask = [userId, mint, "0.1", "--mode", "prefunded"];
    const [list, ...runs] = await Promise.all([
      runCli(["status"], env),
      runCli(["estimate", ...ask], env),
      runCli(["detect", mint], env),
      runCli(["enqueue", ...ask], env),
    ]);
    const enqueued = /op_\w+/.exec(runs[2].stdout)?.[0] ?? "";
    await cancel(context, enqueued);
    const again = await runCli(["retry", enqueued], env);
    const texts = [status, story, ...[...runs, again].map(({ stdout }) => stdout)];
    for (const text of texts) expect(text).toContain(WORDS);
    expect(list.stdout).toContain(LABEL.symbol);
    expect(list.stdout).toContain("unverified");
    for (const text of [...texts, list.stdout]) expect(text).not.toMatch(STING);
  });
});
