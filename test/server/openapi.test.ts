/**
 * Tests the document from which clients are generated: it has a name for each route, one schema for each type, and the
 * server's address.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATION_IDS, operationIdOf } from "../../src/server/operation-ids.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

type Document = {
  info: { description: string };
  paths: Record<string, Record<string, { operationId?: string; requestBody?: { required?: boolean } }>>;
  components: { schemas: Record<string, unknown> };
  servers: { url: string }[];
};

let api: TestApi;
let document: Document;
beforeAll(async () => {
  api = await openTestApi({ buyers: 1 });
  document = (await api.request("GET", "/openapi.json", {})).body as Document;
});
afterAll(() => api.close());

const GENERATOR = process.env.CTO_OPENAPI_PYTHON_CLIENT ?? "openapi-python-client";
const hasGenerator = spawnSync(GENERATOR, ["--version"]).status === 0;
if (!hasGenerator) console.log("No client was generated: there is no openapi-python-client here.");

describe("the OpenAPI document", () => {
  it("makes a name from the path of a route that has none", () => {
    expect(operationIdOf("POST", "/v1/operations")).toBe("createOperation");
    expect(operationIdOf("GET", "/v1/things/:id/parts")).toBe("getThingsIdParts");
  });

  it("names every route, and no two alike", () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((one) => one.operationId),
    );
    // No name is made from a path: a generated client would call its function postApiKeysIdRoll.
    expect(ids.sort()).toEqual(Object.values(OPERATION_IDS).sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has the pattern of a mint in a path, as the service requires it", () => {
    const { paths } = document as unknown as {
      paths: Record<
        string,
        Record<string, { parameters?: { name: string; schema: { pattern?: string } }[] }>
      >;
    };
    const named = Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ parameters = [] }) => parameters.filter(({ name }) => name === "mint"));
    expect(named).not.toEqual([]);
    expect(named.filter(({ schema }) => schema.pattern === undefined)).toEqual([]);
  });

  it("says what the services refuse beyond types: an empty change, a bound admin key, a text that is no signature", () => {
    const bodyOf = (method: string, path: string) => {
      const described = document.paths[path]?.[method] as unknown as {
        requestBody: { content: { "application/json": { schema: object } } };
      };
      return described.requestBody.content["application/json"].schema;
    };
    const ajv = new Ajv({ strict: false, logger: false });
    const accepts = (method: string, path: string, body: unknown) =>
      ajv.compile(bodyOf(method, path))(body) as boolean;
    expect(accepts("patch", "/v1/webhooks/{id}", { events: ["operation.completed"] })).toBe(true);
    expect(accepts("patch", "/v1/webhooks/{id}", {})).toBe(false);
    const key = { name: "a", scopes: ["operate"], userId: "alice" };
    expect(accepts("post", "/v1/api-keys", key)).toBe(true);
    expect(accepts("post", "/v1/api-keys", { ...key, scopes: ["admin"] })).toBe(false);
    const signed = { account: "11111111111111111111111111111111", state: "s", signature: "1".repeat(64) };
    expect(accepts("post", "/v1/calls/{id}/action/pledged", signed)).toBe(true);
    expect(accepts("post", "/v1/calls/{id}/action/pledged", { ...signed, signature: "" })).toBe(false);
  });

  it("has patterns that tools in every language can read", () => {
    const found = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\\\]|\\\\.)*")/g)].map(
      ([, text]) => JSON.parse(text ?? "") as string,
    );
    expect(found.length).toBeGreaterThan(20);
    // Classes of characters by property, and groups that look around, are not known to all; half characters to few.
    expect(found.filter((pattern) => /\\p\{|\(\?[=!<]|\\u[dD][89a-fA-F]/.test(pattern))).toEqual([]);
  });

  it("says which objects are refused that match every schema", async () => {
    const key = api.key("operate");
    const headers = { "content-type": "application/json" };
    for (const field of ["__proto__", "constructor"]) {
      const body = `{"statement":{"${field}":{"prototype":{}}},"signature":"1"}`;
      const { status } = await api.request("POST", "/v1/calls/c_1/statement", { key, headers, body });
      expect(status).toBe(400);
      expect(document.info.description).toContain(`\`${field}`);
    }
  });

  it("names the fields of a pledge, and of the other statements of a wallet", () => {
    type Field = { description?: string };
    type Schema = { anyOf?: { properties: Record<string, Field>; required: string[] }[] };
    type Body = { content: { "application/json": { schema: { properties: { statement: Schema } } } } };
    const statementOf = (path: string): Schema => {
      const body = document.paths[path]?.post?.requestBody as unknown as Body;
      return body.content["application/json"].schema.properties.statement;
    };
    const common = ["callId", "expiresAt", "kind", "nonce", "termsHash", "wallet"];
    for (const path of ["/v1/calls/{id}/statement", "/v1/calls/{id}/pledges"]) {
      const [pledge, withdrawal] = statementOf(path).anyOf ?? [];
      expect([...(pledge?.required ?? [])].sort()).toEqual([...common, "lamports"].sort());
      expect([...(withdrawal?.required ?? [])].sort()).toEqual(common);
      expect(Object.values(pledge?.properties ?? {}).filter(({ description }) => !description)).toEqual([]);
    }
    expect(statementOf("/v1/calls/{id}/statement").anyOf).toHaveLength(3);
    expect(statementOf("/v1/calls/{id}/pledges").anyOf).toHaveLength(2);
  });

  it("takes an empty object for no body where a member asks for its transaction", async () => {
    const path = `/v1/calls/c_1/members/${"1".repeat(32)}/transaction`;
    const headers = { "content-type": "application/json" };
    // Calls are off here, so what is not refused before the service answers 404.
    for (const body of ["{}", "null"]) {
      const { status } = await api.request("POST", path, { headers, body });
      expect(status, body).toBe(404);
    }
    expect((await api.request("POST", path, { headers, body: `{"x":1}` })).status).toBe(400);
  });

  it("has one schema for each thing, all of them used, and says where the server is", () => {
    const names = Object.keys(document.components.schemas);
    expect(names.filter((name) => name.endsWith("Input"))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(["Operation", "OperationRequest", "Receipt", "Problem"]));
    const text = JSON.stringify(document);
    const named = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name));
    expect([...named].filter((name) => name === undefined || !names.includes(name))).toEqual([]);
    expect(names.filter((name) => !named.has(name))).toEqual([]);
    expect(document.servers).toHaveLength(1);
  });

  it("names no type as a generator names the unnamed type of a field", () => {
    type Schema = { properties?: Record<string, { $ref?: string; type?: unknown; enum?: unknown }> };
    const { schemas } = document.components;
    const made = Object.entries(schemas as Record<string, Schema>).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([, field]) => field.type === "object" || field.enum !== undefined)
        .map(([field]) => `${name}${field.charAt(0).toUpperCase()}${field.slice(1)}`),
    );
    expect(made).toContain("OperationDetailMode");
    expect(made.filter((name) => name in schemas)).toEqual([]);
  });

  it("asks for a body only where a request must have one", async () => {
    expect(document.paths["/v1/operations/{id}/recover"]?.post?.requestBody?.required).toBe(false);
    expect(document.paths["/v1/operations"]?.post?.requestBody?.required).toBe(true);
    const answer = await api.request("POST", "/v1/operations/op_none/recover", {
      key: api.key("operate"),
    });
    expect(answer.body).toMatchObject({ code: "CTO_E_OPERATION_UNKNOWN" });
  });

  it.skipIf(!hasGenerator)("makes a clean Python client", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cto-openapi-"));
    try {
      await writeFile(join(folder, "openapi.json"), JSON.stringify(document));
      // Otherwise the generator would run a formatter, which may not be installed.
      await writeFile(join(folder, "config.json"), JSON.stringify({ post_hooks: [] }));
      const options = [
        "generate",
        "--path",
        "openapi.json",
        "--output-path",
        "client",
        "--config",
        "config.json",
        "--fail-on-warning",
        "--meta",
        "none",
      ];
      const made = spawnSync(GENERATOR, options, { cwd: folder, encoding: "utf8" });
      expect(`${made.stdout}${made.stderr}`).not.toMatch(/warning|error/i);
      expect(made.status).toBe(0);
      expect(existsSync(join(folder, "client/api/operations/retry_operation.py"))).toBe(true);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
