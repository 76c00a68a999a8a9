/** Tests that both verifiers refuse every planted forgery and confirm the honest receipts. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { hasUnseen } from "../../src/base/visible.ts";
import { describeVerification } from "../../src/cli/receipt-text.ts";
import {
  createChainReader,
  type Receipt,
  type Verification,
  verifyReceipt,
} from "../../src/receipts/index.ts";
import { receiptSchema } from "../../src/server/schemas/receipts.ts";
import { type RecordedChain, recordedChainSchema, serveChain } from "./chain-server.ts";
import { findPython, startPython, VERIFIER } from "./python.ts";

const FOLDER = new URL("../../verifiers/forgeries/", import.meta.url);
const forgerySchema = z.strictObject({
  what: z.string(),
  by: z.string(),
  receipt: z.unknown(),
  chain: recordedChainSchema.pick({ histories: true, transactions: true }).partial().optional(),
});

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, FOLDER), "utf8"));
const list = (path: string): string[] =>
  readdirSync(new URL(path, FOLDER)).filter((name) => /^[\w-]+\.json$/.test(name) && name !== "chain.json");

const truth = recordedChainSchema.parse(read("chain.json"));
let chain: RecordedChain = truth;
let server: Awaited<ReturnType<typeof serveChain>>;
const python = findPython();

beforeAll(async () => {
  server = await serveChain(() => chain);
});
afterAll(() => server.close());

/** Our verdict. A value that is not a receipt is refused before the chain is read. */
const ours = async (receipt: unknown): Promise<boolean> =>
  receiptSchema.safeParse(receipt).success &&
  (await verifyReceipt(receipt as Receipt, createChainReader(server.url))).ok;

async function theirs(receipt: unknown): Promise<boolean | null> {
  if (python === null) return null;
  const second = startPython(python, server.url);
  try {
    return (await second.verify(receipt)).ok;
  } finally {
    second.close();
  }
}

describe("planted forgeries", () => {
  it.each(list("honest/"))("stand beside the honest %s, which is confirmed", async (name) => {
    chain = truth;
    const receipt = read(`honest/${name}`);
    expect(await ours(receipt)).toBe(true);
    expect(await theirs(receipt)).not.toBe(false);
  });

  it.each(list("./"))("are refused: %s", async (name) => {
    const { receipt, chain: planted } = forgerySchema.parse(read(name));
    chain = {
      ...truth,
      histories: { ...truth.histories, ...planted?.histories },
      transactions: { ...truth.transactions, ...planted?.transactions },
    };
    expect(await ours(receipt)).toBe(false);
    expect(await theirs(receipt)).not.toBe(true);
  });
});

/** Runs the program as a stranger would. @returns the exit code and the output */
const run = (file: string, rpcUrl: string): Promise<{ code: number; out: string }> =>
  new Promise((resolve) => {
    execFile("python3", ["-B", VERIFIER, file, "--rpc", rpcUrl], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out: stdout + stderr }),
    );
  });

/** Clears a line, goes back to its beginning, turns the direction of writing, and is half a character. */
const COMMANDS = "\u001b[2K\r\u202e\ud800\n";

it("`cto receipt --verify` prints each problem on its line, without what a terminal would obey", () => {
  const problems = [`the endpoint lists ${COMMANDS}✔ The chain says the same`];
  const found = { ok: false, memosVerified: 0, transactions: 0, failedTransactions: 0, problems };
  const lines = describeVerification(found as Verification, pc.createColors(false)).split("\n");
  expect(lines).toHaveLength(2);
  expect(hasUnseen(lines.join(""))).toBe(false);
});

describe.skipIf(python === null)("verify.py on the command line", () => {
  const pathOf = (name: string): string => fileURLToPath(new URL(name, FOLDER));

  it("has 300 lines at most, and exits with 0, 1 and 2", async () => {
    expect(readFileSync(VERIFIER, "utf8").split("\n").length - 1).toBeLessThanOrEqual(300);
    chain = truth;
    const honest = pathOf(`honest/${list("honest/")[0]}`);
    expect(await run(honest, server.url)).toMatchObject({
      code: 0,
      out: expect.stringContaining("3 memos verified"),
    });
    const other = { ...truth, transactions: {} };
    chain = other;
    expect(await run(honest, server.url)).toMatchObject({
      code: 1,
      out: expect.stringContaining("otherwise"),
    });
    expect(await run(pathOf("chain.json"), server.url)).toMatchObject({ code: 2 });
  });

  it("prints nothing of a receipt that a terminal would obey", async () => {
    chain = truth;
    const receipt = read(`honest/${list("honest/")[0]}`) as Receipt;
    const legs = receipt.legs.map((leg, at) => (at === 0 ? { ...leg, memo: `cto${COMMANDS}` } : leg));
    const folder = await mkdtemp(join(tmpdir(), "cto-verify-"));
    const file = join(folder, "receipt.json");
    await writeFile(file, JSON.stringify({ ...receipt, legs }));
    const { code, out } = await run(file, server.url);
    const missing = await run(join(folder, `none${COMMANDS.replaceAll("\ud800", "")}`), server.url);
    await rm(folder, { recursive: true });
    expect(code).toBe(1);
    expect(out).toContain("2: cto\\u001b[2K\\u000d\\u202e\\ud800\\u000a is not the memo of leg 1");
    expect(missing.code).toBe(2);
    for (const line of [...out.split("\n"), ...missing.out.split("\n")]) expect(hasUnseen(line)).toBe(false);
    expect(missing.out.trim().split("\n")).toHaveLength(1);
  });
});
