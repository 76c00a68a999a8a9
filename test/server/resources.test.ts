/** Tests users, wallets, limits, tokens and lists over HTTP. `matrix.test.ts` tests who may call them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getBase58Decoder, getBase58Encoder } from "@solana/kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateKeypair, keypairOfSeed } from "../../src/wallets/keypair.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
let admin: string;
let folder: string;
let webRoot: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cto-web-"));
  webRoot = join(folder, "web");
  api = await openTestApi({ server: { webRoot } });
  admin = api.key("admin");
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const get = (url: string) => api.request("GET", url, { key: admin });
const post = (url: string, body?: unknown) =>
  api.request("POST", url, { key: admin, ...(body ? { body } : {}) });
const put = (url: string, body: unknown) => api.request("PUT", url, { key: admin, body });
const operation = (changes: object = {}) =>
  buildJob({ userId: "alice", tokenAddress: api.stage.mint, ...changes });

describe("users and wallets", () => {
  it("are added and read back", async () => {
    const made = await post("/v1/users", { id: "carol", name: "Carol" });
    expect(made.status).toBe(201);
    expect((await get("/v1/users/carol")).body).toEqual(made.body);
    expect((await get("/v1/users")).body.users.map(({ id }: { id: string }) => id)).toEqual([
      "alice",
      "bob",
      "carol",
    ]);
    expect((await post("/v1/users", { id: "carol" })).body.code).toBe("CTO_E_USER_EXISTS");
    expect((await get("/v1/users/nobody")).body.code).toBe("CTO_E_USER_UNKNOWN");
  });

  it("show their balances when these are asked for, and null otherwise", async () => {
    const plain = await get("/v1/users/alice/wallets");
    expect(plain.body.wallets).toHaveLength(4);
    expect(plain.body.wallets.map(({ balance }: { balance: unknown }) => balance)).toEqual([
      null,
      null,
      null,
      null,
    ]);
    const sol = await get("/v1/users/alice/wallets?balances=true");
    expect(sol.body.wallets[1].balance).toEqual({ lamports: "5000000000", tokens: null });
    const { mint } = api.stage;
    const tokens = await get(`/v1/users/alice/wallets?balances=true&token=${mint}`);
    expect(tokens.body.wallets[1].balance).toEqual({ lamports: "5000000000", tokens: "0" });
    const unknown = await get(`/v1/users/alice/wallets?balances=true&token=${generateKeypair().address}`);
    expect(unknown.status).toBe(404);
    // A wrong mint is refused, whether or not it is needed.
    for (const balances of [true, false]) {
      const wrong = await get(`/v1/users/alice/wallets?balances=${balances}&token=null`);
      expect([wrong.status, wrong.body.code]).toEqual([400, "CTO_E_TOKEN_ADDRESS_INVALID"]);
    }
  });

  it("take private keys in, and give none out", async () => {
    const { seed, address } = generateKeypair();
    const privateKey = getBase58Decoder().decode(seed);
    const expectedAddress = address;
    const body = { privateKey, expectedAddress, role: "buyer", label: "cold" };
    const answer = await post("/v1/users/bob/wallets/import", body);
    expect(answer.body).toMatchObject({ address, label: "cold", disabled: false, userId: "bob" });
    const everything = [answer, await get("/v1/users/bob/wallets"), await get("/v1/me")].map(
      ({ text }) => text,
    );
    expect(everything.join("")).not.toContain(privateKey);
    const again = await post("/v1/users/bob/wallets/import", body);
    expect([again.status, again.body.code]).toEqual([409, "CTO_E_WALLET_EXISTS"]);
    const wrong = await post("/v1/users/bob/wallets/import", { privateKey: `!${privateKey}`, role: "buyer" });
    expect(wrong.status).toBe(400);
    expect(wrong.text).not.toContain(privateKey);
  });

  it("take no key of 32 bytes without its address, and no ciphertext to try secrets on", async () => {
    const { seed, address } = generateKeypair();
    const hex = Buffer.from(seed).toString("hex");
    const importing = async (privateKey: string, more: object = {}) =>
      (await post("/v1/users/bob/wallets/import", { privateKey, role: "buyer", ...more })).body.code;
    expect(await importing(hex)).toBe("CTO_E_WALLET_KEY_NEEDS_ADDRESS");
    expect(await importing(hex, { expectedAddress: "0".repeat(44) })).toBe("CTO_E_REQUEST_INVALID");
    const [known] = api.stage.buyers;
    if (known === undefined) throw new Error("no buyer");
    // Somebody pastes the address of a wallet as a key, and states the address that this key would have.
    const follows = keypairOfSeed(Uint8Array.from(getBase58Encoder().encode(known.address))).address;
    expect(await importing(known.address, { expectedAddress: follows })).toBe("CTO_E_WALLET_KEY_IS_ADDRESS");
    for (const text of ["U2FsdGVkX19rZXlzIGFyZSBub3QgaGVyZQ==", `${"0a".repeat(16)}:${"0b".repeat(48)}`]) {
      expect(await importing(text, { expectedAddress: address })).toBe("CTO_E_WALLET_KEY_CLI_ONLY");
    }
    expect((await get("/v1/users/bob/wallets")).text).not.toContain(follows);
  });

  it("that are disabled take no part in new operations, and may not be named", async () => {
    const [first, second] = api.stage.buyers;
    const disabled = await post(`/v1/wallets/${first?.id}/disable`);
    expect(disabled.body).toMatchObject({ id: first?.id, disabled: true });
    const { body } = await post("/v1/operations/estimate", operation());
    expect(body.legs.map(({ walletId }: { walletId: string }) => walletId)).not.toContain(first?.id);
    expect(body.legs).toHaveLength(2);
    const named = await post("/v1/operations", operation({ walletIds: [first?.id, second?.id] }));
    expect([named.status, named.body.code]).toEqual([422, "CTO_E_WALLET_DISABLED"]);
    const enabled = await post(`/v1/wallets/${first?.id}/enable`);
    expect(enabled.body.disabled).toBe(false);
    expect((await post("/v1/operations/estimate", operation())).body.legs).toHaveLength(3);
  });
});

describe("limits", () => {
  it("are replaced as a whole, read back exactly, and hold", async () => {
    const set = { maxOperationLamports: "200000000", maxWallets: null, deniedMints: [] };
    expect((await put("/v1/limits", { maxSlippageBps: 10_000 })).body).toEqual({
      everyone: { maxSlippageBps: 10_000 },
      own: null,
      spending: null,
    });
    expect((await put("/v1/users/alice/limits", set)).body.own).toEqual(set);
    expect((await get("/v1/users/alice/limits")).body).toEqual({
      everyone: { maxSlippageBps: 10_000 },
      own: set,
      spending: { dayLamports: "0", day: { spending: "0", costs: "0" }, wallets: {}, walletParts: {} },
    });
    const refused = await post("/v1/operations", operation());
    expect([refused.status, refused.body.code]).toEqual([422, "CTO_E_LIMIT_EXCEEDED"]);
    await put("/v1/users/alice/limits", {});
    expect((await get("/v1/users/alice/limits")).body.own).toEqual({});
    for (const wrong of [
      { maxWallets: -1 },
      { maxOperationLamports: 5 },
      { allowedMints: ["x"] },
      { surprise: 1 },
    ])
      expect((await put("/v1/limits", wrong)).status).toBe(400);
    await put("/v1/limits", {});
  });

  it("halt all signing, say who and why, and let it go on", async () => {
    expect((await get("/v1/halt")).body).toBeNull();
    const halted = await post("/v1/halt", { reason: "a leak" });
    expect(halted.body).toMatchObject({ reason: "a leak", by: expect.stringMatching(/^API key /) });
    expect((await get("/v1/halt")).body).toEqual(halted.body);
    const { body } = await post("/v1/operations", operation());
    expect(body.halted).toEqual({ reason: "a leak" });
    expect((await api.request("DELETE", "/v1/halt", { key: admin })).status).toBe(204);
    expect((await get(`/v1/operations/${body.id}`)).body.halted).toBeNull();
    await post(`/v1/operations/${body.id}/cancel`);
  });
});

describe("tokens", () => {
  it("tell where they trade, and what an amount buys", async () => {
    const { mint } = api.stage;
    expect((await get(`/v1/tokens/${mint}/platform`)).body).toMatchObject({
      mint,
      platform: "unknown",
      trading: [],
    });
    const { body } = await get(`/v1/tokens/${mint}/market?lamports=100000000`);
    expect(body).toMatchObject({ mint, venue: "jupiter", quote: { lamports: "100000000" } });
    expect(BigInt(body.quote.tokensOut)).toBeGreaterThan(0n);
    expect(Number(body.quote.price)).toBeGreaterThan(0);
    const unknown = await get(`/v1/tokens/${generateKeypair().address}/market`);
    expect([unknown.status, unknown.body.code]).toEqual([404, "CTO_E_MINT_NOT_FOUND"]);
    expect((await get("/v1/tokens/nonsense/platform")).body.code).toBe("CTO_E_TOKEN_ADDRESS_INVALID");
    for (const lamports of ["0", "-1", "1.5", "9".repeat(30)])
      expect((await get(`/v1/tokens/${mint}/market?lamports=${lamports}`)).status).toBe(400);
  });
});

describe("the list of operations", () => {
  it("is filtered, and read page by page", async () => {
    const since = new Date().toISOString();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1)
      ids.unshift((await post("/v1/operations", operation())).body.id);
    await post(`/v1/operations/${ids[0]}/cancel`);
    const list = async (query: string) => {
      const { body } = await get(`/v1/operations?${query}`);
      return { ids: body.operations.map(({ id }: { id: string }) => id), next: body.nextCursor };
    };
    const found: string[] = [];
    for (let cursor = ""; ; ) {
      const page = await list(`userId=alice&status=waiting&createdAfter=${since}&limit=2${cursor}`);
      found.push(...page.ids);
      if (page.next === null) break;
      expect(page.ids).toHaveLength(2);
      cursor = `&cursor=${page.next}`;
    }
    expect(found).toEqual(ids.slice(1));
    expect((await list("status=waiting&status=cancelled")).ids).toContain(ids[0]);
    expect((await list(`search=${ids[2]?.slice(0, 10)}`)).ids).toEqual([ids[2]]);
    expect((await list("userId=bob")).ids).toEqual([]);
    expect((await list(`createdBefore=${new Date(0).toISOString()}`)).ids).toEqual([]);
    for (const wrong of ["limit=1e1", "limit=0x10", "limit=", "limit=%205", "limit=5.0", "limit=5&limit=6"])
      expect([wrong, (await get(`/v1/operations?${wrong}`)).status]).toEqual([wrong, 400]);
    for (const path of ["/v1/users?cursor=bogus", "/v1/disclosures?before=bogus"])
      expect([path, (await get(path)).status]).toEqual([path, 400]);
    for (const path of ["/v1/users?limit=1e1", "/v1/audit?limit=1e1", "/v1/audit?before=1e3"])
      expect([path, (await get(path)).status]).toEqual([path, 400]);
    for (const wrong of ["limit=0", "limit=101", "cursor=bogus", "status=lost", "createdAfter=yesterday"])
      expect((await get(`/v1/operations?${wrong}`)).status).toBe(400);
  });

  it("finds operations by a wallet that took part; recovery gives its answer over HTTP, too", async () => {
    const worker = await createCTOWorker({ context: api.stage.context });
    try {
      const { body: open } = await post("/v1/operations", operation());
      await api.stage.ended(open.id);
      const [buyer] = api.stage.buyers;
      for (const wallet of [buyer?.id, buyer?.address]) {
        const { body } = await get(`/v1/operations?wallet=${wallet}&limit=100`);
        expect(body.operations.map(({ id }: { id: string }) => id)).toContain(open.id);
      }
      const look = () => get(`/v1/operations/${open.id}/recover?waitSeconds=30`);
      let preview = await look();
      while (preview.body.code === "CTO_E_RECOVERY_TOO_EARLY") preview = await look();
      expect(preview.status, preview.text).toBe(200);
      expect((await get(`/v1/operations/${open.id}/recover?waitSeconds=31`)).status).toBe(400);
      const ask = () => post(`/v1/operations/${open.id}/recover`, { waitSeconds: 30 });
      let recovery = await ask();
      while (recovery.body.state === "requested") recovery = await ask();
      expect(recovery.status, recovery.text).toBe(200);
      expect(recovery.body).toMatchObject({
        jobId: open.id,
        state: "done",
        returnedLamports: preview.body.returnLamports,
      });
      expect((await get("/v1/queue")).body).toMatchObject({
        backend: "postgres",
        workers: expect.any(Number),
      });
    } finally {
      await worker.close();
    }
  });
});

describe("the dashboard's files", () => {
  it("are served once they are built; until then a page says what to do", async () => {
    const before = await get("/app/");
    expect(before.status).toBe(503);
    expect(before.text).toContain("npm run build");
    await mkdir(join(webRoot, "assets"), { recursive: true });
    await writeFile(join(webRoot, "index.html"), "<title>the dashboard</title>");
    await writeFile(join(webRoot, "assets", "main-abc.js"), "1");
    await writeFile(join(folder, "outside.txt"), "a file outside");
    for (const page of ["/app/", "/app/operations/op_1"]) {
      const answer = await get(page);
      expect([answer.status, answer.text]).toEqual([200, "<title>the dashboard</title>"]);
      expect(answer.headers["cache-control"]).toBe("no-cache");
    }
    const script = await get("/app/assets/main-abc.js");
    expect(script.headers["cache-control"]).toContain("immutable");
    expect((await get("/app/assets/missing.js")).body.code).toBe("CTO_E_ROUTE_UNKNOWN");
    for (const path of ["/app/../outside.txt", "/app/..%2foutside.txt", "/app/%2e%2e/outside.txt"])
      expect((await get(path)).text).not.toContain("a file outside");
  });
});
