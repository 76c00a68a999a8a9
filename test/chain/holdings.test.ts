/** Tests that what a wallet holds of a mint is the sum over all of its token accounts, and unknown where they are too many. */
import { type Address, address, getBase64Decoder, none } from "@solana/kit";
import { AccountState, getTokenEncoder, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { expect, it } from "vitest";
import { createChain } from "../../src/chain/index.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { type Reply, startFaultServer } from "./fault-server.ts";

const MINT = address("LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777");
const TOKEN_2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const OWNER = address("4Nd1mYQtPQc6vKoeiC1WwzSUF4dcFyNjxPgmkRqJbrGW");

const entryOf = (
  amount: bigint,
  owner: Address = OWNER,
  mint: Address = MINT,
  program: Address = TOKEN_PROGRAM_ADDRESS,
) => {
  const data = getTokenEncoder().encode({
    mint,
    owner,
    amount,
    delegate: none(),
    state: AccountState.Initialized,
    isNative: none(),
    delegatedAmount: 0n,
    closeAuthority: none(),
  });
  const account = { owner: program, lamports: 1, data: [getBase64Decoder().decode(data), "base64"] };
  return { pubkey: addressOf(`an account of ${amount}`), account };
};

async function held(reply: Reply): Promise<bigint | null | undefined> {
  await using node = await startFaultServer(() => reply);
  const chain = createChain({ urls: [node.url], retryBaseMs: 5 });
  try {
    return (await chain.readHoldings([OWNER], MINT)).get(OWNER);
  } finally {
    chain.close();
  }
}
const answer = (value: readonly unknown[]): Reply => ({ result: { context: { slot: 1 }, value } });

it("sums all token accounts of the owner and the mint, of either program, and no others", async () => {
  const others = [entryOf(40n, addressOf("a stranger")), entryOf(80n, OWNER, addressOf("another token"))];
  expect(await held(answer([entryOf(5n), entryOf(7n, OWNER, MINT, TOKEN_2022), ...others]))).toBe(12n);
  expect(await held(answer([]))).toBe(0n);
});

it("does not know what is held in more accounts than one answer has", async () => {
  expect(
    await held({ error: { code: -32010, message: "excluded from account secondary indexes" } }),
  ).toBeNull();
});
