/**
 * Tests the import of users and wallets from an existing bot's MongoDB. The test builds a database like that of bots
 * that use Mongoose.
 */
import { createCipheriv, randomBytes, scryptSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Address, getBase58Decoder, getBase58Encoder, lamports } from "@solana/kit";
import CryptoJS from "crypto-js";
import { MongoClient, ObjectId } from "mongodb";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { createMongoJournal } from "../../src/journal/mongo/index.ts";
import { openContext } from "../../src/runtime/context.ts";
import type { ImportReport } from "../../src/services/import/index.ts";
import { keysStatus } from "../../src/services/keys.ts";
import { enqueue } from "../../src/services/operations.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { jsonOf, runCli, startCli } from "../cli/run-cli.ts";
import { buildJob } from "../support/build-job.ts";
import { holdWrite } from "../support/hold-write.ts";
import { testMongoDatabase } from "../support/mongo.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

const mongo = inject("testMongo");
const JOURNALS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ["MongoDB", mongo === null ? {} : { mongo }],
];
const BOT_SECRET = "your_encryption_secret";
const botKey = scryptSync(BOT_SECRET, "salt", 32);

const encryptions = {
  plain: (text: string) => text,
  cryptoJs: (text: string) => CryptoJS.AES.encrypt(text, BOT_SECRET).toString(),
  iv: (text: string) => {
    const iv = randomBytes(16);
    const cipher = createCipheriv("aes-256-cbc", botKey, iv);
    return `${iv.toString("hex")}:${cipher.update(text, "utf8", "hex")}${cipher.final("hex")}`;
  },
};

type BotWallet = { readonly _id: ObjectId; readonly publicKey: string; readonly clear: string };

const made: string[] = [];

function walletDocument(user: ObjectId, how: keyof typeof encryptions, roles: object) {
  const { seed, address } = generateKeypair();
  const clear = getBase58Decoder().decode(Uint8Array.from([...seed, ...getBase58Encoder().encode(address)]));
  made.push(clear, Buffer.from(seed).toString("hex"));
  return {
    _id: new ObjectId(),
    user,
    publicKey: address as string,
    privateKey: encryptions[how](clear),
    isDev: false,
    isBuyer: false,
    isFunding: false,
    ...roles,
    createdAt: new Date(),
    __v: 0,
  };
}

/** Whether a secret key of 64 bytes in base58 ends with this address. */
const isKeyOf = (text: string, address: string): boolean =>
  text.length > 80 && getBase58Decoder().decode(getBase58Encoder().encode(text).slice(32)) === address;

let stage: Stage;
let worker: CTOWorker | undefined;
let bot: { uri: string; drop(): Promise<void> };
let client: MongoClient;

const everything = async (): Promise<string> =>
  JSON.stringify(
    await Promise.all(
      ["users", "wallets", "tokens"].map(async (name) => [
        await client.db().collection(name).find().sort({ _id: 1 }).toArray(),
        await client.db().collection(name).indexes(),
      ]),
    ),
  );

const env = () => ({
  ...stage.env,
  ENCRYPTION_SECRET: "the secret of the new system",
  ENCRYPTION_SECRET_PREVIOUS: BOT_SECRET,
  CTO_IMPORT_MONGODB_URI: bot.uri,
});

/**
 * Writes two users with three wallets each. They have every form in which bots store keys, and content that
 * no import may accept.
 */
async function buildBot() {
  const [ada, bob] = [new ObjectId(), new ObjectId()];
  const users = [
    { _id: ada, telegramId: "1001", userName: "ada", referralCount: 0, __v: 0 },
    { _id: bob, telegramId: "1002", userName: "bob", referralCount: 3, __v: 0 },
  ];
  const good = [
    walletDocument(ada, "iv", { isFunding: true }),
    walletDocument(ada, "iv", { isBuyer: true }),
    walletDocument(ada, "cryptoJs", { isBuyer: true, isDefault: true }),
    walletDocument(bob, "plain", { isFunding: true }),
    walletDocument(bob, "plain", { isBuyer: true }),
    walletDocument(bob, "cryptoJs", { isBuyer: true }),
  ];
  const dev = walletDocument(ada, "iv", { isDev: true });
  await client.db().collection("users").insertMany(users);
  await client
    .db()
    .collection("wallets")
    .insertMany([...good, dev]);
  await client.db().collection("tokens").insertOne({ name: "of the bot", user: ada });
  await client.db().collection("users").createIndex({ telegramId: 1 }, { unique: true });
  return { ada: String(ada), bob: String(bob), good, dev };
}

const importing = (...args: string[]) => jsonOf(["import", "mongo", ...args], env()) as Promise<ImportReport>;
const outcomes = ({ wallets }: ImportReport) => wallets.map(({ outcome }) => outcome);

describe.skipIf(mongo === null).each(JOURNALS)("cto import mongo, into a journal on %s", (name, options) => {
  beforeEach(async () => {
    if (mongo === null) return;
    stage = await openStage({ ...options, buyers: 1 });
    bot = testMongoDatabase(mongo);
    client = new MongoClient(bot.uri);
    made.length = 0;
  });
  afterEach(async () => {
    await worker?.close();
    worker = undefined;
    await client.close();
    await bot.drop();
    await stage.close();
  });

  it("writes nothing until it is told to, then makes every wallet usable, and the second time changes nothing", async () => {
    const { ada, bob, good } = await buildBot();
    const before = await everything();
    const dry = await importing();
    expect(dry).toMatchObject({ applied: false, users: { found: 2, new: 2, refused: [] } });
    expect(outcomes(dry)).toEqual([...good.map(() => "new"), "left out"]);
    expect((await stage.context.journal.listUsers()).map(({ id }) => id)).toEqual([stage.userId]);

    const report = await importing("--apply");
    expect(report).toMatchObject({ applied: true, users: { found: 2, new: 2 } });
    expect(outcomes(report)).toEqual(outcomes(dry));
    expect(report.wallets.filter(({ wasPlaintext }) => wasPlaintext)).toHaveLength(2);
    expect(report.wallets.map(({ form }) => form)).toEqual([
      "IV and ciphertext",
      "IV and ciphertext",
      "CryptoJS",
      "base58",
      "base58",
      "CryptoJS",
      null,
    ]);
    const context = { ...stage.context, config: readConfig(env()) };
    // The stage's two wallets use its own secret.
    const status = await keysStatus(context);
    expect(status).toMatchObject({ wallets: 8, unsealed: [], secrets: [{ wallets: 6 }, { wallets: 0 }] });

    worker = await createCTOWorker({ context });
    for (const { publicKey } of good)
      stage.localnet.cluster.airdrop(publicKey as Address, lamports(5_000_000_000n));
    for (const userId of [ada, bob]) {
      for (const mode of ["standard", "prefunded"] as const) {
        const job = buildJob({ userId, tokenAddress: stage.mint, buyAmount: 0.5, mode });
        const { jobId } = await enqueue(context, job, 0, {});
        expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 2 } });
      }
    }

    const again = await importing("--apply");
    expect(again).toMatchObject({ users: { found: 2, new: 0 } });
    expect(outcomes(again)).toEqual([...good.map(() => "here already"), "left out"]);
    expect((await keysStatus(context)).wallets).toBe(8);
    expect(await everything()).toBe(before);
    const records = await stage.context.journal.readAudit(0, 1_000);
    expect(records.filter(({ action }) => action === "users.imported")).toHaveLength(4);
    expect(records.filter(({ action }) => action === "wallet.imported")).toHaveLength(6);
    const told = JSON.stringify([dry, report, again, records]);
    for (const planted of [...made, BOT_SECRET]) expect(told).not.toContain(planted);
  });

  it("takes in what the bot has added since", async () => {
    const { good } = await buildBot();
    await importing("--apply");
    const [first] = good;
    const later = walletDocument(first?.user ?? new ObjectId(), "plain", { isBuyer: true });
    await client.db().collection("wallets").insertOne(later);
    expect(outcomes(await importing("--apply"))).toEqual([
      ...good.map(() => "here already"),
      "left out",
      "new",
    ]);
  });

  // On MongoDB, a proxy blocks the write. Only the run's own server has that proxy.
  it.skipIf(options.mongo?.allowStandalone === false)("goes on where it was killed", async () => {
    const { good, ada } = await buildBot();
    // The run waits before its first wallet. Its users are written.
    const held = await holdWrite(stage.env, "the first new wallet");
    const run = startCli(["import", "mongo", "--apply"], { ...env(), ...held.env });
    await expect
      .poll(async () => (await stage.context.journal.readAudit(0, 100)).at(-1)?.details.userId, {
        timeout: 60_000,
      })
      .toBe(ada);
    run.signal("SIGKILL");
    expect((await run.ended).code).toBeNull();
    await held.release();
    const report = await importing("--apply");
    expect(report.users).toMatchObject({ found: 2, new: 0 });
    // PostgreSQL may still execute the dead process's last statement, which writes one wallet.
    expect(outcomes(report).filter((outcome) => outcome === "new").length).toBeGreaterThanOrEqual(5);
    expect((await keysStatus({ ...stage.context, config: readConfig(env()) })).wallets).toBe(2 + good.length);
  });

  // What it reads does not depend on the journal.
  describe.runIf(name === "PostgreSQL")("what it reads", () => {
    it("refuses each wallet that cannot be trusted with a reason of its own, and imports the others", async () => {
      const { good, ada } = await buildBot();
      const [first, second, third, fourth, fifth] = good as unknown as BotWallet[];
      const wallets = client.db().collection("wallets");
      const change = (wallet: BotWallet | undefined, fields: object) =>
        wallets.updateOne({ _id: wallet?._id ?? new ObjectId() }, { $set: fields });
      await change(first, { privateKey: encryptions.iv("nothing that is a key") });
      await change(second, {
        privateKey: (await wallets.findOne({ _id: third?._id ?? new ObjectId() }))?.privateKey,
      });
      await change(third, { publicKey: "not an address" });
      await change(fourth, { user: new ObjectId() });
      await change(fifth, {
        privateKey: CryptoJS.AES.encrypt("x", "another secret").toString().slice(0, -5),
      });
      const { code, stdout } = await runCli(["import", "mongo", "--apply", "--json"], env());
      expect(code).toBe(1);
      const report = JSON.parse(stdout) as ImportReport;
      expect(report.wallets.map(({ reason }) => reason?.code ?? null)).toEqual([
        "CTO_E_WALLET_SECRET_WRONG",
        "CTO_E_WALLET_ADDRESS_MISMATCH",
        "CTO_E_WALLET_KEY_INVALID",
        "CTO_E_USER_UNKNOWN",
        "CTO_E_WALLET_KEY_TRUNCATED",
        null,
        "LEFT_OUT",
      ]);
      expect(await stage.context.journal.listWallets(ada)).toEqual([]);
      const text = await runCli(["import", "mongo"], env());
      for (const planted of made) expect(text.stdout + stdout).not.toContain(planted);
      expect(text.stdout).toContain("1 here already, 1 left out, 5 refused");
    });

    it("reads keys that JSON made of bytes, and wallets in their user's document; says what else stands there, and whom it refused", async () => {
      const { ada, good } = await buildBot();
      const [first, second, third] = good as unknown as BotWallet[];
      const database = client.db();
      const bytesOf = async (id: ObjectId | undefined): Promise<number[]> => {
        const found = await database.collection("wallets").findOne({ _id: id ?? new ObjectId() });
        return [
          ...getBase58Encoder().encode(made.find((text) => found && isKeyOf(text, found.publicKey)) ?? ""),
        ];
      };
      const change = (wallet: BotWallet | undefined, fields: object) =>
        database.collection("wallets").updateOne({ _id: wallet?._id ?? new ObjectId() }, { $set: fields });
      await change(first, { privateKey: { ...(await bytesOf(first?._id)) } });
      await change(second, { privateKey: { type: "Buffer", data: await bytesOf(second?._id) } });
      await change(third, { privateKey: { cipher: "x", salt: "y" } });
      const user = new ObjectId(ada);
      const inner = walletDocument(user, "plain", {});
      await database
        .collection("users")
        .updateOne({ _id: user }, { $set: { wallets: [{ ...inner, _id: undefined }, new ObjectId()] } });
      // The same wallet again, now as the funding wallet, and a user with ada's name.
      const again = { ...inner, _id: new ObjectId(), isFunding: true };
      const twin = new ObjectId();
      await database.collection("users").insertOne({ _id: twin, telegramId: "1003", chatId: "1001" });
      const ofTwin = walletDocument(twin, "plain", {});
      await database.collection("wallets").insertMany([again, ofTwin]);
      const { stdout } = await runCli(["import", "mongo", "--json"], env());
      const { users, wallets } = JSON.parse(stdout) as ImportReport;
      expect(users).toMatchObject({ new: 2, refused: [String(twin)] });
      expect(wallets[0]).toMatchObject({ source: `${ada}/wallets[0]`, user: ada, outcome: "new" });
      expect(wallets.slice(1, 3).map(({ outcome }) => outcome)).toEqual(["new", "new"]);
      expect(wallets[3]?.reason).toMatchObject({
        code: "CTO_E_WALLET_KEY_INVALID",
        message: expect.stringContaining("an object with the fields cipher, salt"),
      });
      expect(wallets.at(-2)?.reason).toMatchObject({ code: "CTO_E_WALLET_ROLE_DIFFERS" });
      expect(wallets.at(-1)?.reason).toMatchObject({
        code: "CTO_E_IMPORT_USER_REFUSED",
        message: expect.stringContaining("1001"),
      });
      for (const planted of made) expect(stdout).not.toContain(planted);
    });

    it("takes other names from a mapping, and refuses one that it does not understand", async () => {
      const { seed, address } = generateKeypair();
      await client
        .db()
        .collection<{ _id: number }>("members")
        .insertOne({ _id: 7, profile: { nick: "eve" } } as never);
      await client
        .db()
        .collection("keys")
        .insertOne({ holder: "7", secret: [...seed], address, kind: "pay" });
      const file = join(stage.env.CTO_HOME ?? "", "mapping.json");
      const mapping = {
        users: { collection: "members", name: "profile.nick" },
        wallets: {
          collection: "keys",
          user: "holder",
          privateKey: "secret",
          funding: [{ field: "kind", is: "pay" }],
        },
      };
      await writeFile(file, JSON.stringify(mapping));
      const report = await importing("--apply", "--mapping", file);
      expect(report.wallets).toMatchObject([{ user: "7", address, role: "funding", wasPlaintext: true }]);
      expect(await stage.context.journal.readUser("7")).toMatchObject({ name: "eve" });
      await writeFile(file, JSON.stringify({ ...mapping, walets: {} }));
      const refused = await runCli(["import", "mongo", "--mapping", file, "--json"], env());
      expect([refused.code, JSON.parse(refused.stdout).error.code]).toEqual([
        2,
        "CTO_E_IMPORT_MAPPING_INVALID",
      ]);
      const empty = await runCli(["import", "mongo", "--json"], env());
      expect(JSON.parse(empty.stdout).error).toMatchObject({ code: "CTO_E_IMPORT_COLLECTION_EMPTY" });
      expect(empty.stdout).toContain("members");
    });

    it("says when the source cannot be read, without its password", async () => {
      const uri = "mongodb://eve:planted-password@127.0.0.1:1/bot?serverSelectionTimeoutMS=500";
      const { code, stdout, stderr } = await runCli(["import", "mongo", "--json"], {
        ...env(),
        CTO_IMPORT_MONGODB_URI: uri,
      });
      expect([code, JSON.parse(stdout).error.code]).toEqual([1, "CTO_E_IMPORT_SOURCE_UNAVAILABLE"]);
      expect(stdout + stderr).not.toContain("planted-password");
    });
  });

  it("is the only way to use the bot's database, which is refused as a journal and stays unchanged", async () => {
    await buildBot();
    const before = await everything();
    const allowStandalone = mongo?.allowStandalone ?? false;
    await expect(createMongoJournal({ uri: bot.uri, allowStandalone })).rejects.toMatchObject({
      code: "CTO_E_JOURNAL_FOREIGN_DATABASE",
    });
    const config = readConfig({ ...stage.env, MONGODB_URI: bot.uri, MONGODB_ALLOW_STANDALONE: "1" });
    await expect(openContext(config)).rejects.toMatchObject({ code: "CTO_E_JOURNAL_FOREIGN_DATABASE" });
    expect(await everything()).toBe(before);
  });
});
