/** Tests reading a sweep's wallets, and parsing token accounts from endpoints whose answers may be wrong. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Address, address, getBase64Decoder, lamports, none, some } from "@solana/kit";
import { AccountState, getTokenEncoder, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { describe, expect, it } from "vitest";
import { createChain } from "../../src/chain/index.ts";
import { readTokenAccounts } from "../../src/chain/token-accounts.ts";
import type { RawAccount, Wallet } from "../../src/engine/ports.ts";
import { planSweep } from "../../src/engine/recovery/sweep.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import fc from "../support/fast-check.ts";
import { type Reply, startFaultServer } from "./fault-server.ts";

const TOKEN_2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const AT = address("LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777");
const OWNER = address("4Nd1mYQtPQc6vKoeiC1WwzSUF4dcFyNjxPgmkRqJbrGW");
const STRANGER = address("7XSY3MrYnK8vq693Rju17bbPkCN3Z7KvvfvJx4kdrsSY");

const read = async (account: RawAccount) =>
  (await readTokenAccounts(async () => ({ slot: 1n, accounts: new Map([[AT, account]]) }), [AT])).get(AT);

const SYSTEM = address("11111111111111111111111111111111");

const walletOf = (at: Address, position: number): Wallet => ({
  id: `wallet-${position}`,
  userId: "alice",
  role: "buyer",
  address: at,
  position,
  createdAt: new Date(0),
});

const encoded = (
  given: Partial<Parameters<ReturnType<typeof getTokenEncoder>["encode"]>[0]> = {},
): Uint8Array =>
  new Uint8Array(
    getTokenEncoder().encode({
      mint: AT,
      owner: OWNER,
      amount: 0n,
      delegate: none(),
      state: AccountState.Initialized,
      isNative: none(),
      delegatedAmount: 0n,
      closeAuthority: none(),
      ...given,
    }),
  );

const account = (data: Uint8Array, owner: Address = TOKEN_PROGRAM_ADDRESS): RawAccount => ({
  owner,
  lamports: lamports(2_039_280n),
  data,
});

describe("a token account", () => {
  it.each<[string, Uint8Array, { closable: boolean; wrapsSol: boolean }]>([
    ["is closable when empty", encoded(), { closable: true, wrapsSol: false }],
    ["is not closable with tokens in it", encoded({ amount: 1n }), { closable: false, wrapsSol: false }],
    [
      "is closable with wrapped SOL in it",
      encoded({ amount: 7n, isNative: some(2_039_280n) }),
      { closable: true, wrapsSol: true },
    ],
    [
      "is not closable when another has that right",
      encoded({ closeAuthority: some(STRANGER) }),
      { closable: false, wrapsSol: false },
    ],
    [
      "is closable when its owner is named as who may",
      encoded({ closeAuthority: some(OWNER) }),
      { closable: true, wrapsSol: false },
    ],
  ])("%s", async (_what, data, expected) => {
    expect(await read(account(data))).toMatchObject({ address: AT, owner: OWNER, ...expected });
  });

  it.each<[string, number[], boolean]>([
    ["holds no withheld fees", [2, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0], true],
    ["holds withheld fees", [7, 0, 0, 0, 2, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1], false],
    ["has a confidential balance", [5, 0, 39, 1, ...new Array(294).fill(0).fill(1, 224, 225), 0], false],
    [
      "has a key for confidential balances alone",
      [5, 0, 39, 1, 1, ...new Array(294).fill(0).fill(9, 0, 32)],
      true,
    ],
    ["holds confidential fees", [17, 0, 64, 0, 1, ...new Array(63).fill(0)], false],
  ])("of Token-2022 that %s is closable: %o", async (_what, extensions, closable) => {
    expect(await read(account(Uint8Array.of(...encoded(), 2, ...extensions), TOKEN_2022))).toMatchObject({
      closable,
    });
  });

  it("is none before it is initialised", async () => {
    expect(await read(account(encoded({ state: AccountState.Uninitialized })))).toBeUndefined();
  });

  it("or not: any bytes of any program are read without a panic", async () => {
    const sizes = fc.oneof(
      fc.uint8Array({ minLength: 165, maxLength: 165 }),
      fc.uint8Array({ minLength: 166, maxLength: 400 }).map((data) => {
        data[165] = 2;
        return data;
      }),
      fc.uint8Array({ maxLength: 400 }),
    );
    const program = fc.constantFrom<Address>(TOKEN_PROGRAM_ADDRESS, TOKEN_2022, STRANGER);
    await fc.assert(
      fc.asyncProperty(sizes, program, async (data, owner) => {
        // A view into a larger buffer. The bytes of an answer may be such a view.
        const within = new Uint8Array(data.length + 9).subarray(9);
        within.set(data);
        const token = await read(account(within, owner));
        if (token === undefined) return;
        expect(data.length).toBeGreaterThanOrEqual(165);
        expect(owner).not.toBe(STRANGER);
      }),
      { numRuns: 500 },
    );
  });

  it("with an option byte that no program writes does not end the search of an owner's accounts", async () => {
    const broken = encoded({ amount: 5n });
    broken.set([9, 9, 9, 9], 72);
    broken[108] = 77;
    const entry = {
      pubkey: AT,
      account: {
        owner: TOKEN_PROGRAM_ADDRESS,
        lamports: 1,
        data: [getBase64Decoder().decode(broken), "base64"],
      },
    };
    await using node = await startFaultServer(() => ({ result: { context: { slot: 1 }, value: [entry] } }));
    const chain = createChain({ urls: [node.url], retryBaseMs: 5 });
    expect(await chain.findTokenAccounts(OWNER)).toMatchObject([{ closable: false }, { closable: false }]);
    chain.close();
  });

  it.each<[string, Reply]>([
    ["has too many for one answer", { raw: `"${"x".repeat(8 * 2 ** 20)}"` }],
    [
      "is not in the node's index",
      { error: { code: -32010, message: "excluded from account secondary indexes" } },
    ],
    ["holds more than the plan allows", { error: { code: -32600, message: "Too many accounts requested" } }],
  ])(
    "whose owner %s keep no other wallet from its sweep, nor this one from its SOL",
    async (_what, refused) => {
      const held = { owner: SYSTEM, lamports: 5_000_000, data: ["", "base64"], executable: false, space: 0 };
      await using node = await startFaultServer(({ method, params }) => {
        if (method === "getMultipleAccounts")
          return { result: { context: { slot: 1 }, value: (params[0] as string[]).map(() => held) } };
        return params[0] === OWNER ? refused : { result: { context: { slot: 1 }, value: [] } };
      });
      const chain = createChain({ urls: [node.url], retryBaseMs: 5 });
      const wallets = [OWNER, STRANGER].map((at, index) => walletOf(at, index + 1));
      const planned = await planSweep(chain, wallets, { feePayer: AT, fee: 5_000n });
      expect(planned.map(({ wallet, lamports, accounts }) => [wallet.address, lamports, accounts])).toEqual([
        [OWNER, 5_000_000n, []],
        [STRANGER, 5_000_000n, []],
      ]);
      chain.close();
    },
  );
});

describe("the wallets of a sweep", () => {
  it("are read side by side, their balances in hundreds, and come back in their order", async () => {
    const wallets = Array.from({ length: 130 }, (_, at) => walletOf(addressOf(`wallet ${at}`), at + 1));
    let [open, most, balances] = [0, 0, 0];
    await using node = await startFaultServer(async ({ method, params }) => {
      open += 1;
      most = Math.max(most, open);
      // The first wallets are answered last.
      await sleep(wallets.findIndex(({ address: at }) => at === params[0]) < 20 ? 30 : 3);
      open -= 1;
      if (method !== "getMultipleAccounts") return { result: { context: { slot: 1 }, value: [] } };
      balances += 1;
      const held = { owner: SYSTEM, lamports: 5_000_000, data: ["", "base64"], executable: false, space: 0 };
      return { result: { context: { slot: 1 }, value: (params[0] as string[]).map(() => held) } };
    });
    const chain = createChain({ urls: [node.url], requestsPerSecond: 10_000 });
    const counted: number[] = [];
    const paying = { feePayer: AT, fee: 5_000n };
    const planned = await planSweep(chain, wallets, paying, (count) => counted.push(count));
    chain.close();
    expect(planned.map(({ wallet }) => wallet)).toEqual(wallets);
    expect(counted).toEqual(wallets.map((_, at) => at + 1));
    expect(balances).toBe(2);
    // Both token programs are asked about each wallet: one wallet after the other makes two.
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(40);
  });
});
