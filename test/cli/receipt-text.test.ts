/** Tests what `cto receipt` says of operations that bought nothing, of retries, of sweeps, of calls, and of clusters. */
import pc from "picocolors";
import { expect, it } from "vitest";
import { describeReceipt, describeVerification } from "../../src/cli/receipt-text.ts";
import type { Receipt, ReceiptCall, ReceiptLeg, Verification } from "../../src/receipts/index.ts";

const PLAIN = pc.createColors(false);
const DEVNET = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";

const leg = (index: number, over: Partial<ReceiptLeg> = {}): ReceiptLeg => ({
  leg: index,
  address: `wallet${index}`,
  lamports: "500000",
  status: "failed",
  memo: `cto:1:op_1:buy:${index}/2`,
  ...over,
});

const receiptOf = (over: Partial<Receipt> = {}): Receipt => ({
  receipt: 1,
  operationId: "op_1",
  genesisHash: DEVNET,
  status: "failed",
  settled: false,
  partial: false,
  asked: {
    token: "mint",
    lamports: "1000000",
    mode: "prefunded",
    platform: "auto",
    at: "2026-11-01T00:00:00.000Z",
  },
  split: "Equal shares",
  decimals: 6,
  legs: [leg(1), leg(2)],
  totals: { legs: 2, landed: 0, lamports: "0", tokens: "0" },
  costs: { networkLamports: "0", priorityLamports: "0", rentLamports: "0" },
  verify: "",
  ...over,
});

const verificationOf = (over: Partial<Verification> = {}): Verification => ({
  ok: true,
  memosVerified: 0,
  transactions: 0,
  failedTransactions: 0,
  problems: [],
  ...over,
});

it("says that an operation bought nothing, and what its legs were asked for", () => {
  const text = describeReceipt(receiptOf(), PLAIN);
  expect(text).toContain("0 of 2 legs landed: nothing was bought by this operation");
  expect(text).toContain("asked 500,000");
  expect(text).not.toContain("0.000000 tokens");
  const landed = leg(1, { status: "finalized", tokens: "5" });
  expect(describeReceipt(receiptOf({ legs: [landed] }), PLAIN)).not.toContain("asked 500,000");
});

it.each(["active", "needs_review", "cancelled"] as const)(
  "of one that is %s, with a leg that may still land, says only how many legs have landed",
  (status) => {
    const legs = [leg(1, { status: status === "active" ? "in_flight" : "needs_review" }), leg(2)];
    expect(describeReceipt(receiptOf({ status, legs }), PLAIN)).toMatch(/0 of 2 legs landed$/m);
  },
);

it("names the cluster, or says that it is not known", () => {
  expect(describeReceipt(receiptOf(), PLAIN)).toContain(`Cluster: devnet, genesis hash ${DEVNET}`);
  const { genesisHash: _gone, ...unknown } = receiptOf();
  expect(describeReceipt(unknown, PLAIN)).toContain("Cluster: not known");
});

it("names the operation that it retries, and the one that retries it", () => {
  const text = describeReceipt(receiptOf({ retryOf: "op_0", retriedBy: "op_2" }), PLAIN);
  expect(text).toContain("Retries op_0");
  expect(text).toContain("Retried by op_2");
});

it("of a sweep says what came back, and nothing of legs or tokens", () => {
  const back = {
    leg: 1,
    address: "wallet1",
    lamports: "650240",
    status: "finalized",
    signature: "s",
    memo: "m",
  };
  const recovered = [back, { ...back, leg: 2, status: "failed" }] as NonNullable<Receipt["recovered"]>;
  const text = describeReceipt(receiptOf({ purpose: "sweep", legs: [], recovered }), PLAIN);
  expect(text).toContain("1 wallet returned 0.00065024 SOL to the funding wallet");
  expect(text).not.toMatch(/legs landed|tokens/);
});

it("does not praise memos where no transaction was found", () => {
  expect(describeVerification(verificationOf(), PLAIN)).toBe(
    "✔ The chain does not contradict it: no transaction of this operation was found",
  );
  expect(describeVerification(verificationOf({ failedTransactions: 2 }), PLAIN)).toContain(
    "was found but 2 that failed on chain",
  );
  expect(describeVerification(verificationOf({ memosVerified: 1, transactions: 1 }), PLAIN)).toBe(
    "✔ The chain says the same: 1 memo, each signed by its wallet, in 1 transaction",
  );
});

it("of a call says that its terms were checked, and only where they hold", () => {
  const call = {
    termsHash: "ab".repeat(32),
    announcement: "5imvQHGFXUx8frLudnojZ",
    leastLanded: false,
  } as ReceiptCall;
  const text = describeVerification(verificationOf(), PLAIN, { call });
  expect(text).toContain(`The terms have the hash ${call.termsHash}`);
  expect(text).toContain("5imvQHGFXUx8frLu…");
  expect(text).toContain("the least has not landed");
  expect(text).toContain("The operator's word: signatures that never landed, the funders");
  const refused = verificationOf({ ok: false, problems: ["15: other terms"] });
  expect(describeVerification(refused, PLAIN, { call })).not.toContain("The terms have");
});
