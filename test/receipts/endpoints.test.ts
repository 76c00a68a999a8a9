/** Tests the check of a receipt at several endpoints: one is away, one lacks the history, one shows what is hidden. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createFailoverReader, type Receipt, verifyAtEndpoints } from "../../src/receipts/index.ts";
import { type RecordedChain, recordedChainSchema, serveChain } from "../verifiers/chain-server.ts";

const FOLDER = new URL("../../verifiers/forgeries/", import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, FOLDER), "utf8"));
const truth = recordedChainSchema.parse(read("chain.json"));
const receipt = read("honest/standard-110000000.json") as Receipt;
/** Nothing listens there. */
const AWAY = "http://127.0.0.1:1/key-of-the-plan";
/** A node that keeps a few days only. */
const pruned: RecordedChain = { ...truth, histories: {}, transactions: {} };

/** An endpoint where one leg of the operation has landed twice. */
function doubled(): RecordedChain {
  const [leg] = receipt.legs;
  const { signature, address } = leg ?? expect.fail("no leg");
  const line = truth.histories[address]?.find((each) => each.signature === signature) ?? expect.fail();
  const transaction = structuredClone(truth.transactions[signature ?? ""]) as { transaction: object };
  const again = { ...line, signature: String(signature).replace(/..$/, "zz") };
  return {
    ...truth,
    histories: { ...truth.histories, [address]: [again, ...(truth.histories[address] ?? [])] },
    transactions: {
      ...truth.transactions,
      [again.signature]: {
        ...transaction,
        transaction: { ...transaction.transaction, signatures: [again.signature] },
      },
    },
  };
}

const servers: Awaited<ReturnType<typeof serveChain>>[] = [];
const urlOf = (at: number) => () => servers[at]?.url ?? "";
const [good, other, blind, seeing] = [urlOf(0), urlOf(1), urlOf(2), urlOf(3)];
beforeAll(async () => {
  for (const chain of [truth, truth, pruned, doubled()]) servers.push(await serveChain(() => chain));
});
afterAll(async () => {
  for (const server of servers) await server.close();
});

const verify = async (urls: readonly (() => string)[], quorum?: number, told = receipt) => {
  const [first = "", ...others] = urls.map((url) => url());
  return verifyAtEndpoints(told, [first, ...others], quorum);
};
const away = () => AWAY;
const forged = { ...receipt, totals: { ...receipt.totals, lamports: "1" } };

it("asks the next endpoint where one does not answer, or lacks the history", {
  timeout: 60_000,
}, async () => {
  expect(await verify([away, good])).toMatchObject({ ok: true, problems: [] });
  const read = await verify([blind, good]);
  expect(read).toMatchObject({ ok: true, problems: [] });
  expect(read.memosVerified).toBeGreaterThan(0);
  await expect(createFailoverReader([AWAY, good()]).decimals(receipt.asked.token as never)).resolves.toBe(6);
});

it("says which endpoint contradicts the receipt, if none agrees with it", async () => {
  const { ok, problems } = await verify([blind, good], 1, forged as Receipt);
  expect(ok).toBe(false);
  expect(problems.every((problem) => problem.startsWith("127.0.0.1:"))).toBe(true);
  expect(problems.some((problem) => problem.startsWith(new URL(good()).host))).toBe(true);
  // A single endpoint needs no name.
  expect((await verify([blind])).problems).toContain(
    "leg 1 has landed, but the chain has no transaction with its memo",
  );
});

it("needs as many endpoints as the quorum says", { timeout: 60_000 }, async () => {
  expect(await verify([good, other], 2)).toMatchObject({ ok: true });
  const few = await verify([good, blind], 2);
  expect(few.ok).toBe(false);
  expect(few.problems[0]).toBe("1 of the 2 endpoints that must agree (RESIGN_QUORUM) do");
  await expect(verify([good, away], 2)).rejects.toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
  await expect(verify([away])).rejects.toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
});

it("believes no majority against an endpoint that shows a transaction more", async () => {
  const { ok, problems } = await verify([seeing, good, other]);
  expect(ok).toBe(false);
  expect(problems.join()).toContain(`${new URL(seeing()).host}: leg 1 has 2 transactions`);
});
