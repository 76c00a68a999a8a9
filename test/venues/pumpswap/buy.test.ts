/** Tests PumpSwap's two buys: which buy we choose, its size, and which rents it takes from the buyer. */
import { getAddressDecoder, isWritableRole } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { compose } from "../../../src/chain/transaction.ts";
import type { Address, Lamports, RawAccount } from "../../../src/engine/ports.ts";
import { formatMemo } from "../../../src/engine/transaction/memo-text.ts";
import { isCTOError } from "../../../src/errors/index.ts";
import { pumpswap } from "../../../src/venues/pumpswap/index.ts";
import type { PumpswapMarket } from "../../../src/venues/pumpswap/market.ts";
import { cashbackAccountOf, creatorAccountOf } from "../../../src/venues/pumpswap/rents.ts";
import { stableAccounts } from "../../../src/venues/stable-accounts.ts";
import { pumpswapMarket } from "../markets.ts";

const SPL = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const NOBODY = "11111111111111111111111111111111" as Address;
const addressOf = (byte: number): Address => getAddressDecoder().decode(new Uint8Array(32).fill(byte));
const [FUNDING, BUYER, TABLE] = [addressOf(201), addressOf(202), addressOf(203)];
/** The longest possible memo of an operation. */
const MEMO = formatMemo({ operationId: `op_${"1".repeat(22)}`, kind: "buy", leg: 10, legs: 10 });
const [NEWER, OLDER] = ["c2ab1c46684d5b2f", "c62e1552b4d9e870"];

const market = (given: Partial<PumpswapMarket> = {}): PumpswapMarket => ({
  ...pumpswapMarket({
    tokens: 10n ** 14n,
    lamports: 10n ** 11n,
    virtualLamports: 0n,
    supply: 10n ** 15n,
    creatorFeeBps: 0n,
    hasCreator: true,
    tiers: [{ marketCap: 0n, fees: { lpBps: 20n, protocolBps: 5n, creatorBps: 5n } }],
  }),
  ...given,
});

const built = (of: PumpswapMarket, version: number, payer = BUYER, there: readonly Address[] = []) => {
  const account: RawAccount = { owner: SPL, lamports: 1n as Lamports, data: new Uint8Array() };
  const fetched = { slot: 1n, accounts: new Map(there.map((address) => [address, account])) };
  return pumpswap.instructions(
    of,
    { buyer: BUYER, payer, lamports: 10n ** 8n, minTokensOut: 7n, lamportsPerByte: 6_960n, fetched },
    version,
  );
};

type Shape = {
  readonly version: number;
  readonly mode: "prefunded" | "standard";
  readonly tokenProgram: Address;
  readonly table: boolean;
};

const sizeOf = async ({ version, mode, tokenProgram, table }: Shape): Promise<number | "too large"> => {
  const isStandard = mode === "standard";
  const { setup, swap, cleanup } = await built(
    market({ tokenProgram }),
    version,
    isStandard ? FUNDING : BUYER,
  );
  try {
    return compose({
      feePayer: isStandard ? FUNDING : BUYER,
      transfers: isStandard ? [{ from: FUNDING, to: BUYER, lamports: 10n as Lamports }] : [],
      setup,
      swap,
      memo: { text: MEMO, signer: BUYER },
      cleanup,
      computeUnitLimit: 200_000,
      computeUnitPrice: 1_000n,
      lifetime: { blockhash: NOBODY as never, lastValidBlockHeight: 0n },
      lookupTables: table ? { [TABLE]: await stableAccounts() } : {},
    }).size;
  } catch (error) {
    if (isCTOError(error, "CTO_E_TRANSACTION_TOO_LARGE")) return "too large";
    throw error;
  }
};

type Sizes = { readonly alone: number | "too large"; readonly withTable: number };

describe("a PumpSwap transaction, in bytes of 1,232", () => {
  it.each<[version: number, mode: Shape["mode"], program: string, sizes: Sizes]>([
    [0, "prefunded", "Token", { alone: 903, withTable: 813 }],
    [0, "prefunded", "Token-2022", { alone: 935, withTable: 814 }],
    [0, "standard", "Token", { alone: 1_016, withTable: 926 }],
    [0, "standard", "Token-2022", { alone: 1_048, withTable: 927 }],
    [1, "prefunded", "Token", { alone: 1_169, withTable: 1_017 }],
    [1, "prefunded", "Token-2022", { alone: 1_201, withTable: 1_018 }],
    [1, "standard", "Token", { alone: "too large", withTable: 1_130 }],
    [1, "standard", "Token-2022", { alone: "too large", withTable: 1_131 }],
  ])("of version %i, %s, under %s is %o", async (version, mode, program, { alone, withTable }) => {
    const tokenProgram = program === "Token" ? SPL : TOKEN_2022;
    expect(await sizeOf({ version, mode, tokenProgram, table: false })).toBe(alone);
    expect(await sizeOf({ version, mode, tokenProgram, table: true })).toBe(withTable);
  });
});

describe("which buy is taken", () => {
  const taken = async (of: PumpswapMarket, version: number) => {
    const [swap] = (await built(of, version)).swap;
    return Buffer.from(swap?.data ?? [])
      .subarray(0, 8)
      .toString("hex");
  };

  it("is the newer one, and the older one where the program does not know it", async () => {
    expect(pumpswap.versions).toEqual(["buy_exact_quote_in_v2", "buy_exact_quote_in"]);
    expect(await taken(market(), 0)).toBe(NEWER);
    expect(await taken(market(), 1)).toBe(OLDER);
  });

  it("is the older one for coins that give their fees back, and where there is no buyback recipient", async () => {
    expect(await taken(market({ isCashback: true }), 0)).toBe(OLDER);
    expect(await taken(market({ buybackFeeRecipient: NOBODY }), 0)).toBe(OLDER);
  });

  it("pays the buyback recipient's wrapped-SOL account, and writes none of the creator's", async () => {
    const [swap] = (await built(market(), 0)).swap;
    const written = swap?.accounts?.filter(({ role }) => isWritableRole(role)).map(({ address }) => address);
    const creator = await creatorAccountOf(market().creator ?? NOBODY);
    expect(swap?.accounts).toHaveLength(17);
    expect(written).not.toContain(creator);
    expect(swap?.accounts?.[14]?.address).toBe((await built(market(), 1)).swap[0]?.accounts?.at(-1)?.address);
  });
});

describe("the rents that a buy takes from the buyer", () => {
  const rent = async (of: PumpswapMarket, version: number, there: readonly Address[] = []) =>
    (await built(of, version, BUYER, there)).venueRentLamports;
  const [VOLUME, TOKEN_ACCOUNT] = [1_844_400n, 2_039_280n];

  it("are the volume accumulator's, and with the older buy a creator's first account's", async () => {
    const creatorAccount = await creatorAccountOf(market().creator ?? NOBODY);
    const [volume] = (await pumpswap.buyerAccounts?.(BUYER)) ?? [];
    if (volume === undefined) throw new Error("no account");
    expect(await rent(market(), 0)).toBe(VOLUME);
    expect(await rent(market(), 1)).toBe(VOLUME + TOKEN_ACCOUNT);
    expect(await rent(market(), 1, [creatorAccount])).toBe(VOLUME);
    expect(await rent(market(), 0, [volume])).toBe(0n);
  });

  it("are also the account's that a cashback coin's fees go back to, unless it is there", async () => {
    const coin = market({ isCashback: true });
    const cashback = await cashbackAccountOf(BUYER);
    expect(await pumpswap.buyerAccounts?.(BUYER)).toContain(cashback);
    expect(await rent(coin, 0)).toBe(VOLUME + 2n * TOKEN_ACCOUNT);
    expect(await rent(coin, 0, [cashback])).toBe(VOLUME + TOKEN_ACCOUNT);
  });

  it("are also what a short pool lacks for 287 bytes, and nothing for a pool that has them", async () => {
    const [short, poolRent] = [{ poolBytes: 270n }, (128n + 270n) * 6_960n];
    expect(await rent(market({ ...short, poolRent }), 0)).toBe(VOLUME + 17n * 6_960n);
    expect(await rent(market({ ...short, poolRent }), 1)).toBe(VOLUME + TOKEN_ACCOUNT + 17n * 6_960n);
    expect(await rent(market({ ...short, poolRent: 0n }), 0)).toBe(VOLUME + (128n + 287n) * 6_960n);
    expect(await rent(market({ ...short, poolRent: 10n ** 9n }), 0)).toBe(VOLUME);
    expect(await rent(market({ poolBytes: 287n, poolRent: 0n }), 0)).toBe(VOLUME);
  });
});
