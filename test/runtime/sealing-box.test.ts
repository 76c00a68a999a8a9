/** Tests that wallets which are added in separate calls share one salt, so that a worker derives one key for all. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { type CTOContext, openContext } from "../../src/runtime/context.ts";
import { generateWallets, importWallet } from "../../src/services/wallets.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

const SECRET = "a secret for sealing that is long enough";

let home: string;
let database: TestDatabase;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "cto-sealing-"));
  database = await testDatabase();
});
afterAll(async () => {
  await database.drop();
  await rm(home, { recursive: true, force: true });
});

/** As another process would: with a configuration of its own. */
async function asProcess(
  secrets: { readonly secret: string; readonly previous?: string },
  work: (context: CTOContext) => Promise<unknown>,
): Promise<void> {
  const context = await openContext(
    readConfig({
      CTO_HOME: home,
      CTO_LOG: "silent",
      DATABASE_URL: database.connectionString,
      ENCRYPTION_SECRET: secrets.secret,
      ...(secrets.previous ? { ENCRYPTION_SECRET_PREVIOUS: secrets.previous } : {}),
    }),
  );
  try {
    await work(context);
  } finally {
    await context.close();
  }
}

const saltsOf = async (): Promise<string[]> => {
  const salts = new Set<string>();
  await asProcess({ secret: SECRET }, async ({ journal }) => {
    for (const { sealedKey } of await journal.listSealedKeys("", 100))
      salts.add(sealedKey.split(":")[6] ?? "");
  });
  return [...salts];
};

it("seals with one salt in all calls and processes, and with a new one under a new secret", async () => {
  await asProcess({ secret: SECRET }, async (context) => {
    for (const id of ["ann", "ben"]) {
      await context.journal.addUser({ id });
      await generateWallets(context, id, 2, { role: "buyer" });
    }
  });
  await asProcess({ secret: SECRET }, (context) => generateWallets(context, "ann", 1, { role: "funding" }));
  const seed = JSON.stringify(Array.from({ length: 32 }, (_, at) => at + 1));
  const expect1 = "9C6hybhQ6Aycep9jaUnP6uL9ZYvDjUp1aSkFWPUFJtpj" as never;
  await asProcess({ secret: SECRET }, (context) =>
    importWallet(context, "ben", seed, { role: "buyer", expect: expect1 }),
  );
  expect(await saltsOf()).toHaveLength(1);
  await asProcess({ secret: `${SECRET}, the next`, previous: SECRET }, (context) =>
    generateWallets(context, "ben", 1, { role: "funding" }),
  );
  expect(await saltsOf()).toHaveLength(2);
});
