/** Tests that the transactions from which a return is calculated are believed only if endpoints agree about them. */
import { signature } from "@solana/kit";
import { expect, test } from "vitest";
import type { Rpc } from "../../src/chain/rpc.ts";
import { readAgreedTransaction } from "../../src/chain/transactions.ts";
import { addressOf, attemptOf } from "../../src/journal/contract/harness.ts";

const SIGNATURE = attemptOf(1, "funding").signature;
const WALLET = addressOf("wallet");

/** What an endpoint says of the wallet's balance before and after; null: it does not have the transaction. */
type Said = { readonly before: bigint; readonly err?: unknown } | null;

function read(...answers: readonly Said[]) {
  let asked = 0;
  const onDistinctEndpoints: Pick<Rpc, "onDistinctEndpoints">["onDistinctEndpoints"] = async (count, work) =>
    Promise.all(
      answers.slice(0, count).map((said, at) => {
        asked += 1;
        const raw = said && {
          slot: 5n,
          meta: { err: said.err ?? null, preBalances: [said.before], postBalances: [9n] },
          transaction: { signatures: [SIGNATURE], message: { accountKeys: [WALLET] } },
        };
        return work(async ({ schema }) => schema.parse(raw), `endpoint-${at + 1}`);
      }),
    );
  const found = readAgreedTransaction({ onDistinctEndpoints }, 2, signature(SIGNATURE));
  return { found, asked: () => asked };
}

test.each<[string, Said[]]>([
  ["both have it", [{ before: 4n }, { before: 4n }]],
  ["only one keeps its record", [null, { before: 4n }]],
])("a transaction is what the endpoints show where %s", async (_where, answers) => {
  const { found, asked } = read(...answers);
  expect(await found).toMatchObject({ failed: false, changes: [{ address: WALLET, before: 4n, after: 9n }] });
  expect(asked()).toBe(2);
});

test("a transaction that no endpoint has is null", async () => {
  expect(await read(null, null).found).toBeNull();
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
