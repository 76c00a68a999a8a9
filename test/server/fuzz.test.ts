/**
 * Tests the API with random requests made from its own document: no answer is a 5xx, each matches the document, and
 * none shows a key the data of another user. `npm run fuzz` sends 20,000; CTO_FUZZ_SEED repeats a run.
 */
import { randomBytes } from "node:crypto";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/services/api-keys.ts";
import { accept } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { type Document, type FuzzRequest, type Json, randomOf, requestMaker } from "./fuzz-requests.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

const REQUESTS = Number(process.env.CTO_FUZZ_REQUESTS ?? 1_500);
const SEED = Number(process.env.CTO_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** Text that an answer contains only if there is a bug. */
const INTERNALS = /node_modules|\/src\/|\.ts:\d+|sealed_?key|secret_?hash|password|relation "|column "/i;

/** With this many requests, every route succeeds at least once. */
const ENOUGH = 20_000;

/** Routes that need more than a request: a step in review, or a final operation. */
const NEEDS_MORE = new Set(["POST /v1/operations/{id}/review", "POST /v1/operations/{id}/recover"]);

let api: TestApi;
let worker: CTOWorker;
let operations: string[];
let secrets: string[];

beforeAll(async () => {
  api = await openTestApi({ buyers: 2 });
  const { context, mint } = api.stage;
  worker = await createCTOWorker({ context });
  const job = { userChatId: 1, tokenAddress: mint, buyAmount: "0.001", mode: "prefunded", platform: "auto" };
  operations = [];
  for (let count = 0; count < 3; count += 1) {
    operations.push((await accept(context, { ...job, userId: "alice" }, 0, {})).operation.id);
  }
});
afterAll(async () => {
  await worker.close();
  await api.close();
});

const documentOf = async (): Promise<Document> =>
  (await api.request("GET", "/openapi.json")).body as Document;

/** Finds the answer's schema as a client would: by the status or its class, then by the content type. */
function answerChecker(document: Document) {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  formats.default(ajv);
  ajv.addSchema(document, "api");
  const compiled = new Map<string, ValidateFunction | null>();
  const pointer = (...parts: string[]): string =>
    parts.map((part) => `/${encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("");
  return ({ method, path }: FuzzRequest, status: number, type: string, body: unknown): string | null => {
    const responses = document.paths[path]?.[method.toLowerCase()]?.responses ?? {};
    const key = [String(status), `${Math.floor(status / 100)}XX`].find(
      (each) => responses[each] !== undefined,
    );
    if (key === undefined) return `status ${status} is not in the document`;
    const media = type.split(";")[0] ?? "";
    const { content } = responses[key];
    if (status === 204) return null;
    if (content?.[media] === undefined) return `${status} ${media} is not in the document`;
    const at = pointer("paths", path, method.toLowerCase(), "responses", key, "content", media, "schema");
    let validate = compiled.get(at);
    if (validate === undefined) {
      validate = ajv.compile({ $ref: `api#${at}` });
      compiled.set(at, validate);
    }
    return validate?.(body) === false ? ajv.errorsText(validate.errors) : null;
  };
}

const knownValues = async (spareKeys: string[]): Promise<Record<string, Json[]>> => {
  const { buyers, funding, mint, context } = api.stage;
  const bobs = (await context.journal.listWallets("bob")).map(({ id }) => id);
  const users = ["alice", "alice", "bob", "nobody"];
  const wallets = [...buyers.map(({ id }) => id), funding.id, ...bobs, "w_unknown"];
  return {
    userId: users,
    "users.id": users,
    "operations.id": [...operations, "op_unknown"],
    "{id}.json.id": operations,
    "wallets.id": wallets,
    "api-keys.id": spareKeys,
    walletIds: wallets,
    wallet: [...wallets, ...buyers.map(({ address }) => address)],
    mint: [mint, mint, funding.address, "So11111111111111111111111111111111111111112"],
    token: [mint, funding.address],
    tokenAddress: [mint, mint, mint, "11111111111111111111111111111111"],
    buyAmount: ["0.001", 0.002, "0.000000001", 100, 101, 0, -1, "abc"],
    mode: ["prefunded", "standard", "mixed"],
    platform: ["auto", "jupiter", "pumpfun", "unknown", "nowhere"],
    step: [...operations.map((id) => `${id}.buy.1`), "x.buy.1"],
    cursor: [...operations, "x"],
    search: ["op_", mint, "%", "_"],
    key: [api.key("read", "alice"), api.key("admin"), "cto_x_y"],
    waitSeconds: [0],
    privateKey: Array.from({ length: 50 }, () => randomBytes(32).toString("hex")),
    "*": [...operations, ...wallets, mint, "alice", "bob"],
  };
};

describe(`the API under ${REQUESTS} requests, seed ${SEED}`, () => {
  it("answers each as its document says, none with 5xx, and shows no user another user's data", {
    timeout: 3_600_000,
  }, async () => {
    const document = await documentOf();
    const spare = await Promise.all(
      Array.from({ length: 4 }, (_, at) =>
        createApiKey(api.stage.context, { name: `spare ${at}`, scopes: ["read"] }),
      ),
    );
    const random = randomOf(SEED);
    const maker = requestMaker(document, await knownValues(spare.map(({ key }) => key.id)), random);
    const check = answerChecker(document);
    const callers: (string | undefined)[] = [
      undefined,
      "cto_abc",
      ...(["global", "alice", "bob"] as const).flatMap((binding) =>
        (["read", "operate", "wallets"] as const).map((scope) => api.key(scope, binding)),
      ),
      ...Array.from({ length: 8 }, () => api.key("admin")),
    ];
    const bobs = new Set((["read", "operate", "wallets"] as const).map((scope) => api.key(scope, "bob")));
    secrets = callers.flatMap((key) => (key?.split("_")[2] ? [key.split("_")[2] as string] : []));
    const walletIds = api.stage.buyers.map(({ id }) => id);
    // Receipts and the feed show to anyone what is on chain: operations and addresses.
    const alices = [...operations, ...walletIds, ...api.stage.buyers.map(({ address }) => address)];
    const answered = new Map<number, number>();
    const carriedOut = new Set<string>();
    for (let count = 0; count < REQUESTS; count += 1) {
      const request = maker.next();
      const key = callers[Math.floor(random() * callers.length)];
      const { method, url, headers, payload } = request;
      const answer = await api.app.inject({
        method: method as "GET",
        url,
        headers: {
          ...headers,
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(path(request) === "/v1/session"
            ? { "x-cto-requested-with": "dashboard", origin: "http://localhost:80" }
            : {}),
        },
        ...(payload === undefined ? {} : { payload }),
      });
      const { statusCode, payload: text } = answer;
      answered.set(statusCode, (answered.get(statusCode) ?? 0) + 1);
      if (statusCode < 300) carriedOut.add(`${method} ${request.path}`);
      const type = String(answer.headers["content-type"] ?? "");
      const told = `request ${count} of seed ${SEED}: ${method} ${url.slice(0, 300)} ${payload?.slice(0, 600) ?? ""}\n-> ${statusCode} ${text.slice(0, 600)}`;
      expect(statusCode, told).toBeLessThan(500);
      const body: unknown = type.includes("json") && text !== "" ? JSON.parse(text) : null;
      expect(check(request, statusCode, type, body), told).toBeNull();
      expect(INTERNALS.test(text), told).toBe(false);
      expect(
        secrets.some((secret) => text.includes(secret)),
        told,
      ).toBe(false);
      if (key !== undefined && bobs.has(key)) {
        const sent = `${url} ${payload ?? ""}`;
        const isPublic = request.path.startsWith("/r/") || request.path === "/v1/disclosures";
        // An administrator's reason for a halt is shown to everybody. The fuzzer may take a wallet's id for a reason.
        const shown = text.replace(/"halted":\{[^}]*\}/g, "");
        expect(
          (isPublic ? walletIds : alices).filter((each) => shown.includes(each) && !sent.includes(each)),
          told,
        ).toEqual([]);
      }
    }
    console.log(
      `${REQUESTS} requests, seed ${SEED}; answers by status:`,
      Object.fromEntries([...answered].sort()),
    );
    // The test would prove nothing if all requests were refused early.
    for (const status of [200, 201, 400, 401, 403, 404])
      expect(answered.get(status) ?? 0, `${status}`).toBeGreaterThan(0);
    const routes = Object.entries(document.paths).flatMap(([at, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${at}`),
    );
    const onlyRefused = routes.filter((route) => !carriedOut.has(route));
    console.log("Never carried out:", onlyRefused);
    if (REQUESTS >= ENOUGH) expect(onlyRefused.filter((route) => !NEEDS_MORE.has(route))).toEqual([]);
  });
});

const path = ({ path: found }: FuzzRequest): string => found;
