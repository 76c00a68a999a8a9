/**
 * Runs the commands of the documents as they stand, in their order, against one localnet with a worker. Commands that
 * cannot be run here are listed, with the reason.
 */
import { readdirSync, readFileSync } from "node:fs";
import { type Address, lamports } from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { reportFailure } from "../src/cli/failures.ts";
import { createProgram } from "../src/cli/program.ts";
import { type CTOWorker, createCTOWorker } from "../src/worker/cto-worker.ts";
import { openStage, type Stage } from "./support/stage.ts";

const RUNS_ON = "runs until it is stopped: test/cli/start.test.ts";
/** Commands that this test does not run, by the beginning of their line. */
const NOT_RUN: readonly (readonly [RegExp, string])[] = [
  [/^(npx )?cto (start|serve)\b/, RUNS_ON],
  [/\bcto (worker|start|telegram run)$/, RUNS_ON],
  [/^npx cto (demo|token create) --venue/, "needs the real programs: test/cli/programs.test.ts"],
  [/^cto (recover|wallets sweep)/, "needs an operation with funds left behind, and a person: test/jobs/"],
  [/^cto import mongo|^export /, "needs another bot's database: test/jobs/import-mongo.test.ts"],
  [/^cto wallets attach/, "needs an external signer: test/wallets/"],
  [/^cto telegram unlink/, "needs a chat that is linked: test/telegram/"],
  [/^mongodump /, "needs a replica set of MongoDB and its tools"],
  [/^CTO_WEBHOOKS_ALLOW_PRIVATE=1 /, "a setting of a whole process: test/webhooks/"],
  [/^git clone|^npm run/, "needs a clone of its own: .ci/run begins with it"],
  [/^docker /, "needs a Docker daemon: docs/going-live.md says how the files were checked"],
];
/** The README's block over HTTP, which scripts/check-examples.sh runs. */
const BY_SCRIPT = "API=";
/** A localnet with an embedded database is no place for real money, and this command says so. */
const ENDS_WITH_ONE = "cto doctor --production";

const read = (file: string): string => readFileSync(file, "utf8");
const DOCUMENTS = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith(".md"),
);
const blocksOf = (file: string): string[][] =>
  [...read(file).matchAll(/```bash\n([\s\S]*?)```/g)]
    .map(([, block = ""]) => block.trim())
    .filter((block) => !block.startsWith(BY_SCRIPT))
    .map((block) => block.split("\n").map((line) => line.replace(/\s+#.*$/, "")));
const isRun = (line: string): boolean => !NOT_RUN.some(([pattern]) => pattern.test(line));

let stage: Stage;
let worker: CTOWorker;
beforeAll(async () => {
  stage = await openStage({ buyers: 1 });
  for (const name of ["MONGODB_URI", "REDIS_URL", "SOLANA_RPC_URL", "ENCRYPTION_SECRET"])
    vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(stage.env)) vi.stubEnv(name, value);
  worker = await createCTOWorker({ context: stage.context });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await worker.close();
  await stage.close();
});

/** Runs a command in this process, because a new process takes a second. */
async function run(words: readonly string[]): Promise<{ code: unknown; text: string }> {
  let text = "";
  const keep = (part: unknown): boolean => {
    text += String(part);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation(keep),
  );
  process.exitCode = undefined;
  try {
    await createProgram().parseAsync([...words], { from: "user" });
    return { code: process.exitCode ?? 0, text };
  } catch (error) {
    return { code: reportFailure(error, { json: false }), text };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}

const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

/** What a reader copies from one command's output into the next command. */
type Copied = Record<"mint" | "jobId" | "funding" | "table" | "webhook" | "message" | "apiKey", string>;
const NAMED: readonly (readonly [RegExp, keyof Copied])[] = [
  [/<mint>/, "mint"],
  [/<jobId>/, "jobId"],
  [/<fundingWallet>|<address>/, "funding"],
  [/<table>/, "table"],
  [/\bwh_\w+/, "webhook"],
  [/\bmsg_\w+/, "message"],
  [/\b7fJaqm2kgarC\b/, "apiKey"],
];
const ADDRESS = /\b[1-9A-HJ-NP-Za-km-z]{43,44}\b/;
const PRINTED: readonly (readonly [RegExp, keyof Copied, RegExp])[] = [
  [/^token create/, "mint", ADDRESS],
  [/^enqueue/, "jobId", /\bop_\w+/],
  [/--role funding$/, "funding", ADDRESS],
  [/^alt create/, "table", ADDRESS],
  [/^webhooks add/, "webhook", /\bwh_\w+/],
  [/^webhooks test/, "message", /\bmsg_\w+/],
  [/^api-keys create/, "apiKey", /(?<=cto_)[1-9A-HJ-NP-Za-km-z]{12}(?=_)/],
];

describe("the documents' commands", () => {
  it.each(DOCUMENTS.filter((file) => blocksOf(file).flat().some(isRun)))("of %s run", async (file) => {
    const { context, localnet, userId, mint } = stage;
    const text = read(file);
    // A document that adds its user gets one of its own.
    const own = /^(npx )?cto users add alice/m.test(text) ? file.replace(/\W/g, "-").toLowerCase() : userId;
    const copied: Partial<Copied> = { mint };
    for (const block of blocksOf(file)) {
      // A section that sets limits is about another installation, where the user has not bought yet.
      const user = block.some((line) => line.includes("limits set")) ? userId : own;
      for (const line of block.filter((each) => each !== "" && isRun(each))) {
        let command = line.replace(/^(npx )?cto /, "").replace(/\balice\b/, user);
        for (const [pattern, name] of NAMED) command = command.replace(pattern, copied[name] ?? `no-${name}`);
        const { code, text: printed } = await run(wordsOf(command));
        expect(`${code} ${command}: ${code === 0 ? "" : printed}`).toMatch(
          line === ENDS_WITH_ONE ? /^1 / : /^0 /,
        );
        for (const [of, name, pattern] of PRINTED)
          if (of.test(command)) copied[name] = pattern.exec(printed)?.[0] ?? expect.fail(printed);
        // "Send 0.03 SOL to the funding wallet", says the page.
        if (file.endsWith("going-live.md") && command.includes("--role funding"))
          localnet.cluster.airdrop(copied.funding as Address, lamports(30_000_000n));
      }
      // Each block is a section of its own: the limits of one do not hold for the next.
      const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
      for (const each of [null, userId]) await context.journal.writeLimits(each, none);
    }
  });

  it("that cannot be run here are those on the list, and no others", () => {
    const lines = DOCUMENTS.flatMap(blocksOf).flat().filter(Boolean);
    const unused = NOT_RUN.filter(([pattern]) => !lines.some((line) => pattern.test(line)));
    expect(unused).toEqual([]);
    expect(lines.filter((line) => isRun(line) && !/^(npx )?cto /.test(line))).toEqual([]);
  });
});
