/** Tests the survey's result for the accounts that it finds, under both token programs. */
import { type Address, address, generateKeyPairSigner, getAddressEncoder, lamports } from "@solana/kit";
import {
  AccountState,
  findAssociatedTokenPda,
  getMintEncoder,
  getTokenEncoder,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { describe, expect, it } from "vitest";
import type { RawAccount } from "../../src/engine/ports.ts";
import { detectPlatform } from "../../src/venues/detect.ts";
import { heaven } from "../../src/venues/heaven/index.ts";
import { CONFIG as HEAVEN_CONFIG, POOL as HEAVEN_POOL, poolOf } from "../../src/venues/heaven/program.ts";
import { createVenues } from "../../src/venues/index.ts";
import { ofEveryView, powersOf, trustsOf } from "../../src/venues/mint-rules.ts";
import { surveyToken } from "../../src/venues/survey.ts";
import {
  associatedAccountRent,
  TOKEN_2022_PROGRAM_ADDRESS,
  WRAPPED_SOL_MINT,
} from "../../src/venues/token-layout.ts";
import { transferFeeOf, transferFeesOf } from "../../src/venues/transfer-fee.ts";
import { clusterAccounts, OLD_CLUSTER } from "../support/cluster-accounts.ts";

const SYSTEM_PROGRAM = address("11111111111111111111111111111111");
const newAddress = async (): Promise<Address> => (await generateKeyPairSigner()).address;

const account = (owner: Address, data: ArrayLike<number>): RawAccount => ({
  owner,
  lamports: lamports(5_000_000n),
  data: Uint8Array.from(data),
});

const mintData = (changes: { supply?: bigint; isInitialized?: boolean } = {}) =>
  getMintEncoder().encode({
    mintAuthority: null,
    supply: 1_000n,
    decimals: 9,
    isInitialized: true,
    freezeAuthority: null,
    ...changes,
  });

const tokenData = (mint: Address, owner: Address, amount: bigint) =>
  getTokenEncoder().encode({
    mint,
    owner,
    amount,
    delegate: null,
    state: AccountState.Initialized,
    isNative: null,
    delegatedAmount: 0n,
    closeAuthority: null,
  });

/**
 * Builds a Token-2022 account: the base, zeros up to byte 165, the account type, then extensions of type and
 * length.
 */
const extended = (
  base: ArrayLike<number>,
  type: number,
  extensions: readonly (readonly [number, number])[],
) => [
  ...Uint8Array.from({ length: 165 }, (_, index) => base[index] ?? 0),
  type,
  ...extensions.flatMap(([kind, size]) => [kind, 0, size, 0, ...new Uint8Array(size)]),
];

const surveyOf = (accounts: ReadonlyMap<Address, RawAccount>, mint: Address, owners: readonly Address[]) => {
  let calls = 0;
  const chain = {
    findAccounts: async () => [],
    fetchAccounts: async (asked: readonly Address[]) => {
      calls += 1;
      expect(calls).toBe(1);
      return {
        slot: 7n,
        accounts: new Map(asked.map((one) => [one, accounts.get(one) ?? clusterAccounts().get(one) ?? null])),
      };
    },
  };
  return createVenues({ chain, jupiter: { url: "http://127.0.0.1:9" } }).survey(mint, owners);
};

describe("the survey", () => {
  it.each([TOKEN_PROGRAM_ADDRESS, TOKEN_2022_PROGRAM_ADDRESS])(
    "reads mint, wallets and token accounts of %s at once",
    async (tokenProgram) => {
      const [mint, holder, empty, stranger] = [
        await newAddress(),
        await newAddress(),
        await newAddress(),
        await newAddress(),
      ];
      const [ata] = await findAssociatedTokenPda({ owner: holder, mint, tokenProgram });
      const is2022 = tokenProgram === TOKEN_2022_PROGRAM_ADDRESS;
      const held = tokenData(mint, holder, 42n);
      const accounts = new Map([
        [mint, account(tokenProgram, is2022 ? extended(mintData(), 1, []) : mintData())],
        [holder, account(SYSTEM_PROGRAM, [])],
        [ata, account(tokenProgram, is2022 ? extended(held, 2, [[7, 0]]) : held)],
      ]);
      const survey = await surveyOf(accounts, mint, [holder, empty, holder]);
      expect(survey).toMatchObject({ slot: 7n, mint, tokenProgram, decimals: 9 });
      expect([...survey.owners.keys()]).toEqual([holder, empty]);
      expect(survey.owners.get(holder)).toEqual({ lamports: 5_000_000n, tokenAccount: ata, tokens: 42n });
      expect(survey.owners.get(empty)).toMatchObject({ lamports: 0n, tokens: null });
      expect(survey.owners.has(stranger)).toBe(false);
    },
  );

  it("does not take lamports at the token account's address for a token account", async () => {
    const [mint, owner] = [await newAddress(), await newAddress()];
    const [ata] = await findAssociatedTokenPda({ owner, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
    const accounts = new Map([
      [mint, account(TOKEN_PROGRAM_ADDRESS, mintData())],
      [ata, account(SYSTEM_PROGRAM, [])],
    ]);
    expect((await surveyOf(accounts, mint, [owner])).owners.get(owner)?.tokens).toBeNull();
  });

  it("says when there is no account at the mint's address", async () => {
    const mint = await newAddress();
    await expect(surveyOf(new Map(), mint, [])).rejects.toMatchObject({
      code: "CTO_E_MINT_NOT_FOUND",
      context: { mint },
    });
  });

  it.each<[string, RawAccount]>([
    ["a wallet", account(SYSTEM_PROGRAM, [])],
    ["a token account", account(TOKEN_PROGRAM_ADDRESS, tokenData(SYSTEM_PROGRAM, SYSTEM_PROGRAM, 1n))],
    [
      "a Token-2022 token account",
      account(TOKEN_2022_PROGRAM_ADDRESS, extended(tokenData(SYSTEM_PROGRAM, SYSTEM_PROGRAM, 1n), 2, [])),
    ],
    ["a multisig", account(TOKEN_2022_PROGRAM_ADDRESS, new Uint8Array(355).fill(1))],
    ["an uninitialised mint", account(TOKEN_PROGRAM_ADDRESS, mintData({ isInitialized: false }))],
    ["a mint without supply", account(TOKEN_PROGRAM_ADDRESS, mintData({ supply: 0n }))],
  ])("refuses %s", async (_what, found) => {
    const mint = await newAddress();
    await expect(surveyOf(new Map([[mint, found]]), mint, [])).rejects.toMatchObject({
      code: "CTO_E_MINT_INVALID",
    });
  });

  it("knows what a token account costs, extensions included", () => {
    expect(associatedAccountRent(OLD_CLUSTER, account(TOKEN_PROGRAM_ADDRESS, mintData()))).toBe(2_039_280n);
    expect(associatedAccountRent(OLD_CLUSTER, account(TOKEN_2022_PROGRAM_ADDRESS, mintData()))).toBe(
      2_074_080n,
    );
    // A transfer fee (type 1, 108 bytes) adds 12 bytes to each token account. Metadata (type 19) adds none.
    const withFee = extended(mintData(), 1, [
      [19, 40],
      [1, 108],
    ]);
    expect(associatedAccountRent(OLD_CLUSTER, account(TOKEN_2022_PROGRAM_ADDRESS, withFee))).toBe(
      2_074_080n + 12n * 6_960n,
    );
  });
});

describe("a mint that is not bought", () => {
  const withExtension = (type: number, value: readonly number[]) =>
    account(TOKEN_2022_PROGRAM_ADDRESS, [...extended(mintData(), 1, []), type, 0, value.length, 0, ...value]);
  const zeros = (count: number) => Array.from({ length: count }, () => 0);

  it.each<[string, RawAccount, string | null]>([
    ["is non-transferable", withExtension(9, []), "cannot be transferred"],
    ["opens its accounts frozen", withExtension(6, [2]), "frozen when they are opened"],
    ["opens its accounts as usual", withExtension(6, [1]), null],
    ["runs a hook with every transfer", withExtension(14, [...zeros(32), ...zeros(31), 7]), "transfer hook"],
    ["has a hook that is not set", withExtension(14, zeros(64)), null],
    ["is paused", withExtension(26, [...zeros(32), 1]), "paused"],
    ["could be paused", withExtension(26, [...zeros(32), 0]), null],
    [
      "has a permanent delegate",
      withExtension(
        12,
        Array.from({ length: 32 }, () => 9),
      ),
      null,
    ],
  ])("%s", async (_name, mintAccount, reason) => {
    const mint = await newAddress();
    const survey = surveyOf(new Map([[mint, mintAccount]]), mint, []);
    if (reason === null) return void (await expect(survey).resolves.toMatchObject({ decimals: 9 }));
    await expect(survey).rejects.toMatchObject({
      code: "CTO_E_MINT_UNSUPPORTED",
      message: expect.stringContaining(reason),
    });
  });

  const SOMEBODY = [...zeros(31), 9];
  const inEpoch = (epoch: bigint) => ({ slot: 1n, accounts: clusterAccounts({ epoch }) });
  /** Adds a fee of `older` bps, which is replaced by `newer` bps from an epoch on. */
  const withFees = (
    older: number,
    newer: number,
    epoch: number,
    authority: readonly number[] = zeros(32),
  ) => {
    const fee = (from: number, bps: number) => [from, ...zeros(7), ...zeros(7), 1, bps & 255, bps >> 8];
    return withExtension(1, [...authority, ...zeros(40), ...fee(0, older), ...fee(epoch, newer)]);
  };

  /** As f64, little-endian. */
  const ONE_AND_A_HALF = [...zeros(6), 0xf8, 0x3f];
  const TWO = [...zeros(7), 0x40];

  it.each<[string, RawAccount, string[]]>([
    ["leaves its issuer no power over its holders", withExtension(14, zeros(64)), []],
    ["has a permanent delegate", withExtension(12, SOMEBODY), ["may take tokens out of any account"]],
    ["has a delegate that is not set", withExtension(12, zeros(32)), []],
    ["can be paused", withExtension(26, [...SOMEBODY, 0]), ["may pause its transfers"]],
    ["may get a hook", withExtension(14, [...SOMEBODY, ...zeros(32)]), ["transfer hook, none is set now"]],
    [
      "bears interest",
      withExtension(10, [...SOMEBODY, ...zeros(18), 244, 1]),
      ["how its amounts are shown", "with interest of 500 bps a year; the amounts and prices here"],
    ],
    [
      "scales its amounts",
      withExtension(25, [...SOMEBODY, ...ONE_AND_A_HALF, ...zeros(7), 64, ...TWO]),
      ["how its amounts are shown", "multiplied by 1.5; the amounts and prices here"],
    ],
    [
      "has changed the scale of its amounts for good",
      withExtension(25, [...zeros(32), ...ONE_AND_A_HALF, ...zeros(8), ...TWO]),
      ["multiplied by 2; "],
    ],
    [
      "can be frozen, and minted",
      account(
        TOKEN_PROGRAM_ADDRESS,
        getMintEncoder().encode({
          mintAuthority: SYSTEM_PROGRAM,
          supply: 1_000n,
          decimals: 9,
          isInitialized: true,
          freezeAuthority: SYSTEM_PROGRAM,
        }),
      ),
      ["may mint more of it", "may freeze token accounts"],
    ],
    ["takes a fee", withFees(150, 150, 0), ["takes 150 bps of every transfer, which quotes count"]],
    [
      "may take one",
      withFees(0, 0, 0, SOMEBODY),
      ["may change the fee of its transfers, which is 0 bps now"],
    ],
    ["has taken one", withFees(150, 0, 90), []],
    ["will take one", withFees(0, 150, 120), ["takes 150 bps of every transfer from epoch 120 on"]],
  ])("has a note when it %s", (_name, mintAccount, expected) => {
    const told = trustsOf(mintAccount, inEpoch(100n));
    expect(told).toHaveLength(expected.length);
    for (const [at, phrase] of expected.entries()) expect(told[at]).toContain(phrase);
  });

  it.each<[string, RawAccount, bigint, bigint]>([
    ["it takes now, if one clock is far behind", withFees(0, 150, 90), 100n, 10n],
    ["that has ended, if one clock says that it has not", withFees(150, 0, 120), 130n, 100n],
    ["it takes now, if one clock is far ahead", withFees(150, 0, 120), 100n, 900n],
  ])("counts the fee of its transfers %s", async (_name, mintAccount, ...epochs) => {
    const mint = await newAddress();
    const said = epochs.map((epoch, at) => ({
      endpoint: `endpoint ${at}`,
      slot: 1n,
      accounts: new Map([[mint, mintAccount], ...clusterAccounts({ epoch })]),
    }));
    for (const witnesses of [said, said.toReversed()]) {
      const survey = await surveyToken(async () => witnesses, mint, []);
      expect(survey.transferFeeBps).toBe(150);
      expect(ofEveryView(survey, powersOf)).toEqual(["fee"]);
      const find = async () => [];
      const { notes } = await detectPlatform([], find, survey);
      expect(notes).toContain("mint: its mint takes 150 bps of every transfer, which quotes count");
    }
  });

  /** Returns how Heaven reads a standard pool of this mint that is open. */
  const readByHeaven = async (mintAccount: RawAccount, epoch: bigint) => {
    const [mint, config] = [await newAddress(), await newAddress()];
    const pool = await poolOf(mint);
    const write = (layout: typeof HEAVEN_POOL, fields: [at: number, bytes: ArrayLike<number>][]) => {
      const data = new Uint8Array(layout.size);
      for (const [at, bytes] of [[0, layout.discriminator] as const, ...fields]) data.set(bytes, at);
      return account(layout.owner, data);
    };
    const of = (one: Address) => Uint8Array.from(getAddressEncoder().encode(one));
    const isStandard: [number, number[]] = [90, [2]];
    const isOn: [number, number[]] = [922, [1]];
    const reserves: [number, number[]] = [456, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]];
    const named: [number, Uint8Array][] = [
      [728, of(config)],
      [760, of(pool)],
      [792, of(mint)],
      [857, of(WRAPPED_SOL_MINT)],
    ];
    const accounts = new Map([
      ...clusterAccounts({ epoch }),
      [mint, mintAccount],
      [pool, write(HEAVEN_POOL, [isStandard, isOn, reserves, ...named])],
      [config, write(HEAVEN_CONFIG, [[72, new Uint8Array(8).fill(255)]])],
    ]);
    return heaven.read(mint, { slot: 1n, accounts });
  };

  it.each<[string, RawAccount, bigint, bigint]>([
    ["150 bps long past and 0 now", withFees(150, 0, 90), 100n, 0n],
    ["one that has just ended", withFees(150, 0, 100), 100n, 150n],
    ["one that ended with the epoch before", withFees(150, 0, 99), 100n, 0n],
    ["one that begins with the next epoch", withFees(0, 150, 101), 100n, 150n],
    ["one that begins the epoch after", withFees(0, 150, 102), 100n, 0n],
    ["one that has begun", withFees(20, 150, 50), 100n, 150n],
  ])("counts the transfer fee by the cluster's epoch: %s", async (_name, mintAccount, epoch, bps) => {
    expect(transferFeeOf(mintAccount, inEpoch(epoch)).bps).toBe(bps);
    // Heaven's formula with a transfer fee is not known. Without one, its pool is accepted.
    const state = bps === 0n ? "trading" : "refused";
    expect(await readByHeaven(mintAccount, epoch)).toMatchObject({ state });
    // If the endpoint does not return the epoch, the higher of the two fees counts.
    const { older, newer } = transferFeesOf(mintAccount) ?? {};
    const dearer = [older?.bps ?? 0n, newer?.bps ?? 0n].reduce((a, b) => (a > b ? a : b));
    expect(transferFeeOf(mintAccount, { slot: 1n, accounts: new Map() }).bps).toBe(dearer);
  });
});

describe("the route", () => {
  it("leads a token that no venue knows to Jupiter first, and a venue without a market cannot be opened", async () => {
    const mint = await newAddress();
    const accounts = new Map([[mint, account(TOKEN_PROGRAM_ADDRESS, mintData())]]);
    const chain = {
      findAccounts: async () => [],
      fetchAccounts: async (asked: readonly Address[]) => ({
        slot: 1n,
        accounts: new Map(asked.map((one) => [one, accounts.get(one) ?? clusterAccounts().get(one) ?? null])),
      }),
    };
    const venues = createVenues({ chain, jupiter: { url: "http://127.0.0.1:9" } });
    const survey = await venues.survey(mint, []);
    const detection = await venues.detect(survey);
    expect(detection).toEqual({ platform: "unknown", trading: [], notes: [] });
    expect(venues.route("auto", mint, detection)).toEqual(["jupiter", "pumpswap", "pumpfun"]);
    expect(venues.route("jupiter", mint, detection)).toEqual(["jupiter"]);
    const request = { legs: [lamports(1n)], slippageBps: 100, taker: mint };
    await expect(venues.open("pumpfun", survey, request)).rejects.toMatchObject({ code: "CTO_E_NO_ROUTE" });
  });
});
