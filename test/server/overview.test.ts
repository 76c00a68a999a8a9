/**
 * Tests the overview, the audit log, the sweep and the localnet's free SOL and tokens over HTTP: the answers match the
 * actual state.
 */
import { address, lamports } from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { airdrop, openTestCluster } from "../../src/services/airdrop.ts";
import { accept } from "../../src/services/operations.ts";
import { percentile } from "../../src/services/overview.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
let closeWorker: () => Promise<void>;
let completed: string;
let failed: string;

beforeAll(async () => {
  api = await openTestApi();
  const { context, mint } = api.stage;
  const worker = await createCTOWorker({ context });
  closeWorker = () => worker.close();
  const job = { userId: "alice", userChatId: 0, tokenAddress: mint, mode: "standard", platform: "auto" };
  completed = (await accept(context, { ...job, buyAmount: "0.3" }, 0, {})).operation.id;
  await api.stage.ended(completed);
  failed = (await accept(context, { ...job, buyAmount: "0.3" }, 0, { maxPrice: "0.000000000001" })).operation
    .id;
  await api.stage.ended(failed);
});
afterAll(async () => {
  await closeWorker?.();
  await api?.close();
});

const get = (url: string, key = api.key("admin")) => api.request("GET", url, { key });
const post = (url: string, body: unknown) => api.request("POST", url, { key: api.key("admin"), body });

describe("the overview", () => {
  it("tells what landed, how fast, and what each user spent under which limit", async () => {
    await api.request("PUT", "/v1/limits", {
      key: api.key("admin"),
      body: { maxUserDayLamports: "20000000000" },
    });
    const { status, body } = await get("/v1/overview");
    expect(status).toBe(200);
    const [second, first] = body.operations;
    expect(first).toMatchObject({ id: completed, legs: 3, landed: 3, landedLamports: "300000000" });
    expect(second).toMatchObject({ id: failed, status: "failed", landed: 0, tookMs: null });
    expect(body.p50Ms).toBe(first.tookMs);
    expect(body.p95Ms).toBe(first.tookMs);
    expect(body.spenders).toMatchObject([{ userId: "alice", maxLamports: "20000000000" }]);
    expect(BigInt(body.spenders[0].dayLamports)).toBeGreaterThanOrEqual(300_000_000n);
    expect(body.endpoints).not.toBeNull();
  });

  it("shows a bound key its own user alone, and no endpoint", async () => {
    const { body } = await get("/v1/overview", api.key("read", "bob"));
    expect(body).toMatchObject({ operations: [], spenders: [], review: [], endpoints: null });
  });

  it("takes percentiles that were measured", () => {
    expect(percentile([], 50)).toBeNull();
    expect(percentile([4, 1, 3, 2], 50)).toBe(2);
    expect(percentile([4, 1, 3, 2], 95)).toBe(4);
  });
});

describe("lists", () => {
  it("say of each operation how many of its legs landed, and find those with an incident", async () => {
    const { body } = await get("/v1/operations?userId=alice");
    const landed = body.operations.map((one: { id: string; landed: number }) => [one.id, one.landed]);
    expect(landed).toEqual([
      [failed, 0],
      [completed, 3],
    ]);
    expect((await get("/v1/operations?incidents=true")).body.operations).toEqual([]);
  });

  it("give users page by page, and by what is searched for", async () => {
    for (const id of ["zed 1", "zed 2", "zed 3"]) await post("/v1/users", { id });
    const first = (await get("/v1/users?search=ZED&limit=2")).body;
    expect(first).toMatchObject({ users: [{ id: "zed 1" }, { id: "zed 2" }], nextCursor: "zed 2" });
    const second = (await get("/v1/users?search=ZED&limit=2&cursor=zed%202")).body;
    expect(second).toMatchObject({ users: [{ id: "zed 3" }], nextCursor: null });
  });

  it("read the audit log backwards, to its first record", async () => {
    const first = (await get("/v1/audit?limit=2")).body;
    expect(first.records[0]).toMatchObject({ action: "user.added", subject: "zed 3" });
    const seen: number[] = first.records.map(({ seq }: { seq: number }) => seq);
    for (let before = first.nextBefore; before !== null; ) {
      const { records, nextBefore } = (await get(`/v1/audit?limit=50&before=${before}`)).body;
      seen.push(...records.map(({ seq }: { seq: number }) => seq));
      before = nextBefore;
    }
    expect(seen).toEqual(seen.map((_, at) => seen.length - at));
  });
});

describe("on the localnet", () => {
  it("an address gets SOL, and a token is made that can be bought", async () => {
    const { mint } = (await post("/v1/localnet/tokens", {})).body;
    expect((await get(`/v1/tokens/${mint}/market`)).status).toBe(200);
    const [buyer] = api.stage.buyers;
    const balance = async () => {
      const { wallets } = (await get("/v1/users/alice/wallets?balances=true")).body;
      const found = wallets.find(({ address }: { address: string }) => address === buyer?.address);
      return BigInt(found.balance.lamports);
    };
    const before = await balance();
    expect(
      (await post("/v1/localnet/airdrop", { address: buyer?.address, lamports: "2000000" })).status,
    ).toBe(200);
    await expect.poll(balance, { timeout: 20_000 }).toBe(before + 2_000_000n);
    // The node answered, so this is no outage.
    const program = { address: "11111111111111111111111111111111", lamports: "1500000000" };
    const refused = await post("/v1/localnet/airdrop", program);
    expect([refused.status, refused.body.code]).toEqual([422, "CTO_E_AIRDROP_REFUSED"]);
    // It lands and fails there, because a new account needs more. This is known at once, and is no outage either.
    const tooLittle = { address: "CktRuQ2mttgRGkXJtyksdKHjUdc2C4TgDzyB98oEzy8", lamports: "1" };
    const failed = await post("/v1/localnet/airdrop", tooLittle);
    expect([failed.status, failed.body.code]).toEqual([422, "CTO_E_AIRDROP_REFUSED"]);
    expect(failed.body.detail).toContain("InsufficientFundsForRent");
    expect(failed.body.remedy).toMatch(/^Request more/);
  });

  it.each([
    ["more than a request can name", 10n ** 18n, "no 1000000000 SOL: a request can name at most"],
    ["more than the faucet holds", 10n ** 15n, 'no 1000000 SOL: the transfer failed: {"InstructionError"'],
  ])("%s is refused with the remedy to request less", async (_name, amount, told) => {
    const failure = '{"InstructionError":[0,{"Custom":1}]}';
    // The API gives less than 10,000 SOL at once, so we ask as the command does.
    const client = await openTestCluster(api.stage.context.config, "airdrop");
    const poor = { ...client, outcome: async () => ({ landed: false, failure }) };
    const to = address("CktRuQ2mttgRGkXJtyksdKHjUdc2C4TgDzyB98oEzy8");
    await expect(airdrop(poor, to, lamports(amount))).rejects.toMatchObject({
      code: "CTO_E_AIRDROP_REFUSED",
      message: expect.stringContaining(told),
      remedy: expect.stringMatching(/^Request less/),
    });
  });
});

describe("a sweep", () => {
  it("returns what the preview said, as an operation of its own", async () => {
    const preview = (await get("/v1/users/alice/sweep")).body;
    expect(preview.wallets.length).toBeGreaterThan(0);
    const refused = await post("/v1/users/alice/sweep", { totalLamports: "1" });
    expect(refused.body.code).toBe("CTO_E_SWEEP_CHANGED");
    const tooMuch = await post("/v1/users/alice/sweep", { totalLamports: "72936870326334098293" });
    expect(tooMuch.status).toBe(400);
    const { status, body } = await post("/v1/users/alice/sweep", { totalLamports: preview.totalLamports });
    expect(status).toBe(201);
    await api.stage.ended(body.id);
    const listed = (await get("/v1/operations?limit=1")).body.operations[0];
    expect(listed).toMatchObject({ id: body.id, status: "completed", landed: preview.wallets.length });
    expect((await get("/v1/users/alice/sweep")).body.wallets).toEqual([]);
  });
});
