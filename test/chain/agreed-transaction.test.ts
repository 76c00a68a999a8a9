/** Tests that the transactions from which a return is calculated are believed only if endpoints agree about them. */
import { signature } from "@solana/kit";
import { expect, test } from "vitest";
import type { Rpc } from "../../src/chain/rpc.ts";
import { readAgreedTransaction } from "../../src/chain/transactions.ts";
import { addressOf, attemptOf } from "../../src/journal/contract/harness.ts";

const SIGNATURE = attemptOf(1, "funding").signature;
const WALLET = addressOf("wallet");

/** What an endpoint says of the wallet's balance before and after; or it does not have the transaction, and its records begin there. */
type Said = { readonly before: bigint; readonly err?: unknown } | { readonly recordsFrom: bigint };

const PRUNED = { recordsFrom: 6n };
const WITHOUT = { recordsFrom: 5n };

function read(...answers: readonly Said[]) {
  let asked = 0;
  const onDistinctEndpoints: Pick<Rpc, "onDistinctEndpoints">["onDistinctEndpoints"] = async (count, work) =>
    Promise.all(
      answers.slice(0, count).map((said, at) => {
        asked += 1;
        const raw =
          "recordsFrom" in said
            ? null
            : {
                slot: 5n,
                meta: { err: said.err ?? null, preBalances: [said.before], postBalances: [9n] },
                transaction: { signatures: [SIGNATURE], message: { accountKeys: [WALLET] } },
              };
        return work(
          async ({ method, schema }) =>
            schema.parse(method === "getTransaction" ? raw : "recordsFrom" in said && said.recordsFrom),
          `endpoint-${at + 1}`,
        );
      }),
    );
  const found = readAgreedTransaction({ onDistinctEndpoints }, 2, signature(SIGNATURE));
  return { found, asked: () => asked };
}

test.each<[string, Said[]]>([
  ["both have it", [{ before: 4n }, { before: 4n }]],
  ["only one keeps its record", [PRUNED, { before: 4n }]],
])("a transaction is what the endpoints show where %s", async (_where, answers) => {
  const { found, asked } = read(...answers);
  expect(await found).toMatchObject({ failed: false, changes: [{ address: WALLET, before: 4n, after: 9n }] });
  expect(asked()).toBe(2);
});

test("a transaction that no endpoint has is null", async () => {
  expect(await read(PRUNED, WITHOUT).found).toBeNull();
});

test.each<[string, Said, RegExp]>([
  [
    "another balance",
    { before: 5n },
    /endpoint-1 says it succeeded, .* from 4 to 9, endpoint-2 says it succeeded, .* from 5 to 9/,
  ],
  [
    "that it failed",
    { before: 4n, err: "AccountNotFound" },
    /endpoint-1 says it succeeded, endpoint-2 says it failed$/,
  ],
  [
    "that there is none, although it keeps records of that slot",
    WITHOUT,
    /endpoint-1 says it succeeded, endpoint-2 says there is none, and its records begin at slot 5$/,
  ],
])(
  "a transaction is refused, with what each endpoint says, where one says %s",
  async (_what, other, words) => {
    const { found } = read({ before: 4n }, other);
    await expect(found).rejects.toMatchObject({
      code: "CTO_E_ENDPOINTS_DISAGREE",
      message: expect.stringMatching(words),
    });
  },
);
