/** Tests the audit log on real databases: what it records, and how a later change of it becomes visible. */
import { lamports } from "@solana/kit";
import { MongoClient } from "mongodb";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { verifyAudit } from "../../src/services/audit.ts";
import { halt, resume, setLimits } from "../../src/services/limits.ts";
import { addUser } from "../../src/services/users.ts";
import { generateWallets, importWallet } from "../../src/services/wallets.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

const mongo = inject("testMongo");
const JOURNALS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(mongo === null ? [] : [["MongoDB", { mongo }] as [string, StageOptions]]),
];

let stage: Stage;

/** Changes the audit log directly in the database, like an attacker with full access to it. */
const tamper = async (change: { record: number; actor: string } | { cutAfter: number }): Promise<void> => {
  const { MONGODB_URI, DATABASE_URL } = stage.env;
  if (MONGODB_URI !== undefined) {
    const client = new MongoClient(MONGODB_URI);
    const audit = client.db().collection<{ _id: string; actor: string }>("audit");
    const idOf = (seq: number): string => String(seq).padStart(16, "0");
    if ("record" in change)
      await audit.updateOne({ _id: idOf(change.record) }, { $set: { actor: change.actor } });
    else await audit.deleteMany({ _id: { $gt: idOf(change.cutAfter) } });
    await client.close();
    return;
  }
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  await client.query("alter table cto.audit disable trigger all");
  if ("record" in change)
    await client.query("update cto.audit set actor = $1 where seq = $2", [change.actor, change.record]);
  else await client.query("delete from cto.audit where seq > $1", [change.cutAfter]);
  await client.end();
};

describe.each(JOURNALS)("the audit log on %s", (name, options) => {
  beforeEach(async () => {
    stage = await openStage({ ...options, buyers: 2 });
  });
  afterEach(() => stage.close());

  it("records who did what to users, keys, limits and the switch, and never a key", async () => {
    const { context } = stage;
    await addUser(context, { id: "ada" });
    await expect(addUser(context, { id: "ada" })).rejects.toMatchObject({ code: "CTO_E_USER_EXISTS" });
    await expect(generateWallets(context, "nobody", 1, { role: "buyer" })).rejects.toMatchObject({
      code: "CTO_E_USER_UNKNOWN",
    });
    const { seed, address } = generateKeypair();
    const secret = Buffer.from(seed).toString("hex");
    const imported = await importWallet(context, "ada", secret, { role: "buyer", expect: address });
    await setLimits(context, "ada", { maxUserDayLamports: lamports(5n), maxWallets: null });
    await expect(generateWallets(context, stage.userId, 1, { role: "funding" })).rejects.toMatchObject({
      code: "CTO_E_WALLET_FUNDING_EXISTS",
    });
    await halt(context, "a test");
    await resume(context);
    await resume(context);
    // Another client adds her after the check and before the write.
    const { readUser } = context.journal;
    const raced = { ...context, journal: { ...context.journal, readUser: async () => null } };
    await expect(addUser(raced, { id: "ada" })).rejects.toMatchObject({ code: "CTO_E_USER_EXISTS" });
    expect(await readUser("ada")).toMatchObject({ id: "ada" });
    const records = await context.journal.readAudit(0, 100);
    // The first three records are the stage's funding wallet and two buyers. It wrote their user directly to
    // the journal.
    expect(records.map(({ action, subject }) => [action, subject]).slice(3)).toEqual([
      ["user.added", "ada"],
      ["wallet.imported", imported.id],
      ["limits.set", "ada"],
      ["halted", "everything"],
      ["resumed", "everything"],
      ["user.added", "ada"],
      ["user.added", "ada"],
    ]);
    expect(records.at(-1)?.details).toEqual({ refused: "CTO_E_USER_EXISTS" });
    expect(records[5]?.details).toEqual({ maxUserDayLamports: "5", maxWallets: "none" });
    expect(new Set(records.map(({ actor }) => actor)).size).toBe(1);
    expect(JSON.stringify(records)).not.toContain(secret);
    expect(await verifyAudit(context)).toMatchObject({ records: 10, broken: null, hasHead: null });
  });

  it("shows the first record that was changed", async () => {
    await tamper({ record: 2, actor: "somebody else" });
    expect(await verifyAudit(stage.context)).toMatchObject({
      records: 1,
      broken: { seq: 2, why: expect.stringContaining("contents") },
    });
  });

  it("shows that its end was cut off, if the head was kept", async () => {
    const { head } = await verifyAudit(stage.context);
    if (head === null) throw new Error("the log is empty");
    expect(await verifyAudit(stage.context, { head })).toMatchObject({ hasHead: true });
    await tamper({ cutAfter: 2 });
    expect(await verifyAudit(stage.context)).toMatchObject({ records: 2, broken: null });
    expect(await verifyAudit(stage.context, { head })).toMatchObject({ hasHead: false });
  });

  it.runIf(name === "PostgreSQL")("is append-only while its triggers exist", async () => {
    const client = new Client({ connectionString: stage.env.DATABASE_URL });
    await client.connect();
    for (const change of [
      "update cto.audit set actor = 'x'",
      "delete from cto.audit",
      "truncate cto.audit",
    ]) {
      await expect(client.query(change)).rejects.toThrow("append-only");
    }
    await client.end();
  });
});
