/** Tests that one endpoint of several cannot say that nobody's tokens have grown: a call in which all have bought would end as lapsed. */
import { expect, it } from "vitest";
import { readAgreedTransaction } from "../../src/chain/transactions.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import { anyBought, readResults } from "../../src/engine/calls/results.ts";
import type { Address, ChainTransaction, Signature } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";

const MEMBER = generateKeypair().address;
const MINT = generateKeypair().address;
const SIGNATURE = "2".repeat(88) as Signature;
const answer = (amount: string) => ({
  slot: 7n,
  meta: {
    err: null,
    preBalances: [9n],
    postBalances: [5n],
    preTokenBalances: [],
    postTokenBalances: [{ accountIndex: 0n, owner: MEMBER, mint: MINT, uiTokenAmount: { amount } }],
    loadedAddresses: null,
  },
  transaction: { signatures: [SIGNATURE], message: { accountKeys: [MEMBER] } },
});

it("endpoints that show other tokens do not agree", async () => {
  const answers = [answer("0"), answer("1000")];
  const onDistinctEndpoints = async (_: number, work: (call: never, endpoint: string) => Promise<unknown>) =>
    Promise.all(
      answers.map((one, at) => {
        const call = async ({ schema }: { schema: { parse(value: unknown): unknown } }) => schema.parse(one);
        return work(call as never, `endpoint ${at}`);
      }),
    );
  const read = readAgreedTransaction({ onDistinctEndpoints } as never, 2, SIGNATURE);
  await expect(read).rejects.toMatchObject({
    code: "CTO_E_ENDPOINTS_DISAGREE",
    message: expect.stringContaining(`${MEMBER} from 0 to 1000 of ${MINT}`),
  });
});

it("what one endpoint alone says ends no call as lapsed", async () => {
  const lie: ChainTransaction = {
    slot: 7n,
    failed: false,
    changes: [{ address: MEMBER, before: 9n, after: 5n }],
    tokens: [{ owner: MEMBER, mint: MINT, before: 0n, after: 0n }],
  } as never;
  const chain = {
    readTransaction: async () => lie,
    readAgreedTransaction: async () => {
      throw new CTOError("CTO_E_ENDPOINTS_DISAGREE", { about: "what it has changed", answers: [] });
    },
    readFinal: async () => ({ signature: SIGNATURE, fee: 1n }) as never,
    doesSame: () => false,
  };
  const attempt = {
    round: 1,
    phase: "finalized",
    lifetime: { blockhash: "hash" },
    signature: SIGNATURE,
    landed: SIGNATURE,
  };
  const muster = {
    number: 1,
    members: [{ wallet: MEMBER, lamports: 3n, way: "signs", withdrawn: false, attempts: [attempt] }],
  } as unknown as Muster;
  const book = { readHanded: async () => null };
  const results = await readResults({ chain, book }, muster, MINT as Address);
  expect(results).toEqual([]);
  expect(anyBought(muster, results)).toBe(true);
});
