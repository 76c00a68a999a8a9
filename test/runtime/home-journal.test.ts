/** Tests that a process without the workers' settings does not work on another journal than theirs. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { withContext } from "../../src/cli/action.ts";
import { createProgram } from "../../src/cli/program.ts";
import { readConfig } from "../../src/config.ts";
import { openContext } from "../../src/runtime/context.ts";
import { doubtfulDefault } from "../../src/runtime/home-journal.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

const DATABASES = ["DATABASE_URL", "MONGODB_URI", "REDIS_URL", "SOLANA_RPC_URL"];

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cto-home-journal-"));
  database = await testDatabase();
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const home = (): string => join(folder, "home");
const recorded = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(home(), "journal.json"), "utf8"));

describe("a home that was used with a database", () => {
  beforeAll(async () => {
    const env = { CTO_HOME: home(), DATABASE_URL: database.connectionString, CTO_LOG: "silent" };
    await (await openContext(readConfig(env))).close();
  });

  it("remembers which one, without its password", async () => {
    const { host, pathname } = new URL(database.connectionString);
    expect(await recorded()).toEqual({ journal: `PostgreSQL at ${host}${pathname}` });
  });

  it.each([
    ["halt", "--reason", "money is at risk"],
    ["start", "--fresh"],
    ["users", "add", "bob"],
  ])("is not used without it: cto %s", async (...args) => {
    vi.stubEnv("CTO_HOME", home());
    for (const name of DATABASES) vi.stubEnv(name, undefined);
    const ran = createProgram().parseAsync(args, { from: "user" });
    await expect(ran).rejects.toMatchObject({
      code: "CTO_E_HOME_OTHER_JOURNAL",
      message: expect.stringContaining(new URL(database.connectionString).host),
    });
    expect(existsSync(join(home(), "postgres"))).toBe(false);
  });

  it("is not used without it either where the record is damaged", async () => {
    const damaged = join(folder, "damaged");
    await (
      await openContext(readConfig({ CTO_HOME: damaged, DATABASE_URL: database.connectionString }))
    ).close();
    await writeFile(join(damaged, "journal.json"), "{");
    await expect(openContext(readConfig({ CTO_HOME: damaged }))).rejects.toMatchObject({
      code: "CTO_E_HOME_OTHER_JOURNAL",
    });
  });
});

describe("a folder that nobody named", () => {
  it("gets no installation by a command, and no record by a process with a database", async () => {
    const elsewhere = await mkdtemp(join(folder, "elsewhere-"));
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(elsewhere);
    for (const name of [...DATABASES, "CTO_HOME"]) vi.stubEnv(name, undefined);
    try {
      await expect(withContext(async () => undefined)).rejects.toMatchObject({ code: "CTO_E_HOME_MISSING" });
      vi.stubEnv("DATABASE_URL", database.connectionString);
      await withContext(async () => undefined);
      expect(existsSync(join(elsewhere, ".cto"))).toBe(false);
    } finally {
      cwd.mockRestore();
    }
  });
});

describe("the embedded PostgreSQL, where nothing is remembered", () => {
  const REAL = {
    SOLANA_RPC_URL: "https://rpc.example",
    ENCRYPTION_SECRET: "k7Qp2xWv9TzR4mLc8NfJ1bYd6HsGaE3u",
  };
  const lineFor = (env: Record<string, string>, env_file = ""): Promise<string | null> =>
    writeFile(join(folder, ".env"), env_file).then(() =>
      doubtfulDefault(readConfig({ CTO_HOME: home(), ...env }), folder),
    );

  it("is named with the reason to doubt it: real money, or a database in .env", async () => {
    expect(await lineFor(REAL)).toMatch(/embedded PostgreSQL in .*home.*SOLANA_RPC_URL is set/);
    expect(await lineFor({}, "A=1\nexport MONGODB_URI=mongodb://db/cto\n")).toMatch(/\.env names a database/);
  });

  it("is not named on a localnet, or where the database is set", async () => {
    expect(await lineFor({}, "# DATABASE_URL=postgres://db/cto\nDATABASE_URL=\n")).toBeNull();
    expect(
      await lineFor({ SOLANA_RPC_URL: "http://127.0.0.1:8899", ENCRYPTION_SECRET: "x".repeat(20) }),
    ).toBeNull();
    expect(await lineFor({ ...REAL, DATABASE_URL: "postgres://db/cto" })).toBeNull();
  });
});
