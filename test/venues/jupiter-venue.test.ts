/**
 * Tests how the venue makes buys from Jupiter's quotes: minimums, rents, lookup tables. Jupiter is a local HTTP server
 * here.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  AccountRole,
  type Address,
  address,
  createNoopSigner,
  generateKeyPairSigner,
  getAddressEncoder,
  getBase64Decoder,
  type Instruction,
  isSignerRole,
  isWritableRole,
  lamports,
} from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import {
  findAssociatedTokenPda,
  getCloseAccountInstruction,
  getCreateAssociatedTokenIdempotentInstructionAsync,
  getMintEncoder,
  getSyncNativeInstruction,
  parseCloseAccountInstruction,
  parseTransferCheckedInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RawAccount } from "../../src/engine/ports.ts";
import { createVenues } from "../../src/venues/index.ts";
import { TOKEN_2022_PROGRAM_ADDRESS, WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";
import { swapInstruction } from "./jupiter-swaps.ts";

const LOOKUP_PROGRAM = address("AddressLookupTab1e1111111111111111111111111");

/** A mint with the extension `TransferFeeConfig` (type 1, 108 bytes). */
const mintWithFee = (): Uint8Array => {
  const data = new Uint8Array(166 + 4 + 108);
  data.set([1], 36);
  data.set([1], 45);
  data.set([1, 1, 0, 108, 0], 165);
  return data;
};

/** An account of the Token-2022 program with the extension `TransferFeeAmount`. */
const accountWith = (mint: Address, owner: Address, tokens: number, delegate?: Address): Uint8Array => {
  const data = new Uint8Array(182);
  data.set(getAddressEncoder().encode(mint), 0);
  data.set(getAddressEncoder().encode(owner), 32);
  data.set([tokens], 64);
  if (delegate !== undefined) {
    data.set([1], 72);
    data.set(getAddressEncoder().encode(delegate), 76);
  }
  data.set([1], 108);
  data.set([2, 2, 0, 8, 0], 165);
  return data;
};

const newAddress = async (): Promise<Address> => (await generateKeyPairSigner()).address;
const toJson = ({ programAddress, accounts = [], data = new Uint8Array() }: Instruction) => ({
  programId: programAddress,
  accounts: accounts.map(({ address: pubkey, role }) => ({
    pubkey,
    isSigner: isSignerRole(role),
    isWritable: isWritableRole(role),
  })),
  data: getBase64Decoder().decode(data),
});

/**
 * Builds the instructions that Jupiter adds around its own program: token accounts, wrapping and unwrapping
 * of SOL.
 */
const jupiterAnswer = async (
  query: URLSearchParams,
  outAmount: bigint,
  tables: Record<string, string[]>,
  /** A token on the way, whose account the answer opens for the buyer. */
  hop: Address | null,
) => {
  const taker = address(query.get("taker") ?? "");
  const payer = createNoopSigner(address(query.get("payer") ?? ""));
  const mint = address(query.get("outputMint") ?? "");
  const amount = BigInt(query.get("amount") ?? "0");
  const slippageBps = Number(query.get("slippageBps"));
  const create = (of: Address) =>
    getCreateAssociatedTokenIdempotentInstructionAsync({ payer, owner: taker, mint: of });
  const [tokens, wrapped] = [await create(mint), await create(WRAPPED_SOL_MINT)];
  const onTheWay =
    hop === null
      ? []
      : [
          await getCreateAssociatedTokenIdempotentInstructionAsync({
            payer,
            owner: taker,
            mint: hop,
            tokenProgram: TOKEN_2022_PROGRAM_ADDRESS,
          }),
        ];
  const [tokenAccount, wrappedSolAccount] = [tokens.accounts[1].address, wrapped.accounts[1].address];
  const source = createNoopSigner(taker);
  return {
    inputMint: WRAPPED_SOL_MINT,
    outputMint: mint,
    inAmount: amount.toString(),
    outAmount: outAmount.toString(),
    otherAmountThreshold: (outAmount - (outAmount * BigInt(slippageBps)) / 10_000n).toString(),
    priceImpactPct: "0",
    routePlan: [{ swapInfo: { inputMint: WRAPPED_SOL_MINT, outputMint: hop ?? mint } }],
    setupInstructions: [
      tokens,
      wrapped,
      ...onTheWay,
      getTransferSolInstruction({ source, destination: wrappedSolAccount, amount }),
      getSyncNativeInstruction({ account: wrappedSolAccount }),
    ].map(toJson),
    swapInstruction: toJson(
      await swapInstruction(
        {
          kind: "route_v2",
          buyer: taker,
          mint,
          tokenProgram: TOKEN_PROGRAM_ADDRESS,
          steps: [...onTheWay.map(({ accounts }) => accounts[1].address), tokenAccount].map((used) => ({
            address: used,
            role: AccountRole.WRITABLE,
          })),
        },
        { lamports: amount, quoted: outAmount, slippageBps },
      ),
    ),
    cleanupInstruction: toJson(
      getCloseAccountInstruction({
        account: wrappedSolAccount,
        destination: payer.address,
        owner: source,
      }),
    ),
    otherInstructions: [],
    tipInstruction: null,
    addressesByLookupTableAddress: tables,
  };
};

describe("the jupiter venue", () => {
  let server: Server | undefined;
  let mint: Address;
  let buyer: Address;
  let table: Address;
  let entry: Address;
  /** A token of the Token-2022 program with a transfer fee. */
  let hop: Address;
  let reads = 0;
  const asked: { amount: bigint; slippageBps: number; maxAccounts: number }[] = [];

  beforeAll(async () => {
    [mint, buyer, table, entry, hop] = [
      await newAddress(),
      await newAddress(),
      await newAddress(),
      await newAddress(),
      await newAddress(),
    ];
  });
  afterEach(async () => {
    asked.length = reads = 0;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
  });

  /** Surveys the token against a Jupiter that offers `rate(n)` tokens per lamport at its n-th request (from 1). */
  const surveyed = async (
    rate: (request: number) => bigint,
    onTheWay: Address | null = null,
    /** The data of the buyer's account of the token on the way; null if it has none. */
    held: Uint8Array | null = null,
  ) => {
    const listening = createServer(async (request, response) => {
      const { searchParams } = new URL(request.url ?? "", "http://jupiter");
      const amount = BigInt(searchParams.get("amount") ?? "0");
      asked.push({
        amount,
        slippageBps: Number(searchParams.get("slippageBps")),
        maxAccounts: Number(searchParams.get("maxAccounts")),
      });
      // The answer states a table's content that differs from the chain's.
      const tables = { [table]: [mint] };
      const answer = await jupiterAnswer(searchParams, amount * rate(asked.length), tables, onTheWay);
      response.end(JSON.stringify(answer));
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as AddressInfo;
    const mintData = {
      mintAuthority: null,
      supply: 1n,
      decimals: 6,
      isInitialized: true,
      freezeAuthority: null,
    };
    const [own] = await findAssociatedTokenPda({ owner: buyer, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
    const entries = [entry, own].flatMap((one) => [...getAddressEncoder().encode(one)]);
    const lookup = Uint8Array.from([...new Uint8Array(56), ...entries]);
    const [ownHop] = await findAssociatedTokenPda({
      owner: buyer,
      mint: hop,
      tokenProgram: TOKEN_2022_PROGRAM_ADDRESS,
    });
    // A lookup table that is not being deactivated: its deactivation slot is u64::MAX.
    lookup[0] = 1;
    lookup.fill(255, 4, 12);
    const one = { lamports: lamports(1n) };
    const accounts = new Map<Address, RawAccount>([
      [
        mint,
        { ...one, owner: TOKEN_PROGRAM_ADDRESS, data: Uint8Array.from(getMintEncoder().encode(mintData)) },
      ],
      [table, { ...one, owner: LOOKUP_PROGRAM, data: lookup }],
      [hop, { ...one, owner: TOKEN_2022_PROGRAM_ADDRESS, data: mintWithFee() }],
      ...(held === null
        ? []
        : [
            [ownHop, { ...one, owner: TOKEN_2022_PROGRAM_ADDRESS, data: held }] satisfies [
              Address,
              RawAccount,
            ],
          ]),
    ]);
    const chain = {
      findAccounts: async () => [],
      fetchAccounts: async (addresses: readonly Address[]) => {
        reads += 1;
        const known = (one: Address) => accounts.get(one) ?? clusterAccounts().get(one) ?? null;
        return { slot: 1n, accounts: new Map(addresses.map((one) => [one, known(one)])) };
      },
    };
    const venues = createVenues({ chain, jupiter: { url: `http://127.0.0.1:${port}` } });
    return { venues, survey: await venues.survey(mint, [buyer]) };
  };
  /** Opens the venue there. */
  const open = async (legs: readonly bigint[], slippageBps: number, ...how: Parameters<typeof surveyed>) => {
    const { venues, survey } = await surveyed(...how);
    return venues.open("jupiter", survey, { legs: legs.map(lamports), slippageBps, taker: buyer });
  };
  const leg = (amount: bigint) => ({ buyer, payer: buyer, lamports: lamports(amount) });

  it("counts the rents, sets the cleanup apart, and takes lookup tables from the chain", async () => {
    const opened = await open([1_000_000n], 100, () => 10n);
    expect(opened.quote).toMatchObject({ lamports: 1_000_000n, tokensOut: 10_000_000n, priceImpactBps: 0 });
    const buy = await opened.buy(leg(1_000_000n));
    expect(buy).toMatchObject({ venue: "jupiter", tokensOut: 10_000_000n });
    expect(buy.rentLamports).toBe(2_039_280n);
    expect(buy.buyerRentLamports).toBe(0n);
    expect(buy.transientLamports).toBe(2_039_280n);
    expect([buy.setup.length, buy.swap.length, buy.cleanup.length]).toEqual([4, 1, 2]);
    // The second entry is the buyer's own account. The message must name it.
    expect(buy.lookupTables).toEqual({ [table]: [entry, table] });
    const [tokenAccount] = await findAssociatedTokenPda({
      owner: buyer,
      mint,
      tokenProgram: TOKEN_PROGRAM_ADDRESS,
    });
    expect(buy.swap[0]?.accounts?.at(-1)?.address).toBe(tokenAccount);
  });

  it("counts the rent of an account on the way by its mint's extensions, read with the tables", async () => {
    const opened = await open([1_000_000n], 100, () => 10n, hop);
    const before = reads;
    const buy = await opened.buy(leg(1_000_000n));
    expect(buy.alsoOpens).toEqual([hop]);
    // 165 bytes of the token's own account; 182 of the one on the way: 165 + 1 + 4 + 12.
    expect(buy.rentLamports).toBe(2_039_280n + (128n + 182n) * 6_960n);
    await opened.buy(leg(1_000_000n));
    // Tables and mints are remembered. What the buyer has of the token on the way is read for each leg.
    expect(reads - before).toBe(2);
  });

  it("proves that what the buyer has of a token on the way stays, and does not open it again", async () => {
    const opened = await open([1_000_000n], 100, () => 10n, hop, accountWith(hop, buyer, 77));
    const before = reads;
    const buy = await opened.buy(leg(1_000_000n));
    expect(reads - before).toBe(1);
    expect(buy.alsoOpens).toEqual([]);
    expect(buy.keeps).toMatchObject([{ mint: hop, tokenProgram: TOKEN_2022_PROGRAM_ADDRESS, tokens: 77n }]);
    expect(buy.rentLamports).toBe(2_039_280n);
    expect(buy.setup).toHaveLength(4);
    const [, revocation, proof] = buy.cleanup;
    const account = revocation?.accounts?.[0]?.address;
    expect([...(revocation?.data ?? [])]).toEqual([5]);
    const { accounts, data } = parseTransferCheckedInstruction(proof as never);
    expect([accounts.source.address, accounts.destination.address]).toEqual([account, account]);
    expect(accounts.authority.address).toBe(buyer);
    expect(data.amount).toBe(77n);
  });

  it("passes a route over that leads through an account of the buyer's with a delegate", async () => {
    const opened = await open([1_000_000n], 100, () => 10n, hop, accountWith(hop, buyer, 77, entry));
    await expect(opened.buy(leg(1_000_000n))).rejects.toMatchObject({
      code: "CTO_E_NO_ROUTE",
      message: expect.stringContaining(`may be spent by ${entry}`),
    });
  });

  it("refuses to open an account of what is no mint", async () => {
    const opened = await open([1_000_000n], 100, () => 10n, entry);
    await expect(opened.buy(leg(1_000_000n))).rejects.toMatchObject({
      code: "CTO_E_VENUE_INVALID_ANSWER",
      message: expect.stringContaining(`an account of ${entry}, which is no mint`),
    });
  });

  it("proves the delivery on chain, and closes the wrapped SOL to the buyer, whomever the answer names", async () => {
    const payer = (await generateKeyPairSigner()).address;
    const opened = await open([1_000_000n], 100, () => 10n);
    const buy = await opened.buy({ ...leg(1_000_000n), payer });
    const [proof, close] = buy.cleanup;
    const { accounts, data } = parseTransferCheckedInstruction(proof as never);
    expect(accounts.source.address).toBe(accounts.destination.address);
    expect(data).toMatchObject({ amount: buy.minTokensOut, decimals: 6 });
    const closed = parseCloseAccountInstruction(close as never).accounts;
    expect([closed.destination.address, closed.owner.address]).toEqual([buyer, buyer]);
  });

  it("asks for the whole once and for the whole without its smallest leg once, then once per leg", async () => {
    const opened = await open([3_000_000n, 1_000_000n], 100, () => 10n);
    await opened.buy(leg(3_000_000n));
    await opened.buy(leg(1_000_000n));
    const amounts = asked.map(({ amount }) => amount);
    expect(amounts.slice(0, 2).toSorted()).toEqual([3_000_000n, 4_000_000n]);
    expect(amounts.slice(2)).toEqual([3_000_000n, 1_000_000n]);
  });

  it("asks again, and never accepts less than the minimum, when the price fell a little", async () => {
    const opened = await open([1_000_000n], 500, (request) => (request === 1 ? 1_000n : 960n));
    const buy = await opened.buy(leg(1_000_000n));
    expect(buy.tokensOut).toBe(960_000_000n);
    expect(buy.minTokensOut).toBeGreaterThanOrEqual(950_000_000n);
    expect(asked).toHaveLength(3);
  });

  it("asks again with more room when the price rose, so that legs landing first do not make it fail", async () => {
    const opened = await open([1_000_000n], 100, (request) => (request === 1 ? 1_000n : 1_100n));
    const buy = await opened.buy(leg(1_000_000n));
    expect(buy.minTokensOut).toBeGreaterThanOrEqual(990_000_000n);
    expect(buy.minTokensOut).toBeLessThanOrEqual(995_000_000n);
  });

  it("says how far the price moved once it fell below the minimum", async () => {
    const opened = await open([1_000_000n], 100, (request) => (request === 1 ? 1_000n : 980n));
    await expect(opened.buy(leg(1_000_000n))).rejects.toMatchObject({
      code: "CTO_E_PRICE_MOVED",
      context: { offered: 980_000_000n, least: 990_000_000n },
      message: expect.stringContaining("1.0 % less"),
    });
  });

  it("requests the anchor if it exceeds its own minimum, and refuses an answer below it", async () => {
    const opened = await open([1_000_000n], 1_000, () => 1_000n);
    const buy = await opened.buy({ ...leg(1_000_000n), atLeast: 999_000_000n });
    expect(buy.minTokensOut).toBeGreaterThanOrEqual(999_000_000n);
    await expect(opened.buy({ ...leg(1_000_000n), atLeast: 1_000_000_001n })).rejects.toMatchObject({
      code: "CTO_E_PRICE_MOVED",
    });
  });

  it("stops asking when the price falls faster than it can ask", async () => {
    const opened = await open([1_000_000n], 1_000, (request) => 1_000n - 30n * BigInt(request - 1));
    await expect(opened.buy(leg(1_000_000n))).rejects.toMatchObject({ code: "CTO_E_NO_ROUTE" });
    expect(asked).toHaveLength(4);
  });

  it("refuses an answer that is not about the asked buy", async () => {
    await expect(open([1_000_000n], 100, () => 0n)).rejects.toMatchObject({
      code: "CTO_E_VENUE_INVALID_ANSWER",
    });
  });

  it("is a reference for what the legs buy together, if it offers anything", async () => {
    const asked = { legs: [1_000_000n, 2_000_000n].map(lamports), slippageBps: 100, taker: buyer };
    const quoting = await surveyed(() => 10n);
    expect(await quoting.venues.reference(quoting.survey, asked)).toBe(30_000_000n);
    server?.close();
    // Beside nothing, any price of a pool would look cheap.
    const empty = await surveyed(() => 0n);
    await expect(empty.venues.reference(empty.survey, asked)).rejects.toMatchObject({
      code: "CTO_E_VENUE_INVALID_ANSWER",
      message: expect.stringContaining("it offers nothing"),
    });
  });

  it("offers shorter routes, each priced anew, down to the least that is worth asking for", async () => {
    let opened = await open([1_000_000n], 100, (request) => 100n - BigInt(request));
    const outs = [opened.quote.tokensOut];
    while (opened.shorter) {
      const [shorter, again] = [await opened.shorter(), await opened.shorter()];
      expect(again).toBe(shorter);
      opened = shorter;
      outs.push(opened.quote.tokensOut);
    }
    expect(asked.map(({ maxAccounts }) => maxAccounts)).toEqual([64, 56, 48, 40, 32, 24]);
    expect(outs).toEqual([99n, 98n, 97n, 96n, 95n, 94n].map((rate) => rate * 1_000_000n));
  });
});
