/** Tests the `jupiter` venue on the desk, with real transactions on a real localnet. */
import {
  type Address,
  createNoopSigner,
  generateKeyPairSigner,
  type KeyPairSigner,
  lamports,
} from "@solana/kit";
import { getCreateAccountInstruction, getTransferSolInstruction } from "@solana-program/system";
import {
  getCreateAssociatedTokenIdempotentInstructionAsync,
  getInitializeMint2Instruction,
  getMintToInstruction,
} from "@solana-program/token";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Buy } from "../../src/engine/ports.ts";
import { createVenues } from "../../src/venues/index.ts";
import { TOKEN_2022_PROGRAM_ADDRESS } from "../../src/venues/token-layout.ts";
import { type Floor, memo, openFloor, until } from "./trading-floor.ts";

const SOL = 1_000_000_000n;
const TOKEN = { decimals: 6, supply: 1_000_000_000_000_000n, lamportsReserve: 50n * SOL };
const ATA_RENT = 2_039_280n;

const instructionsOf = (buy: Buy) => [...buy.setup, ...buy.swap, ...buy.cleanup];

describe("buying on the desk through the jupiter venue", () => {
  let floor: Floor;
  beforeAll(async () => {
    floor = await openFloor();
  });
  afterAll(() => floor.close());

  const openFor = async (
    mint: Address,
    buyers: readonly KeyPairSigner[],
    legs: readonly bigint[],
    slippageBps = 100,
  ) => {
    const venues = createVenues({
      chain: floor.chain,
      jupiter: { url: floor.desk.url, isDesk: async () => true },
    });
    const owners = buyers.map(({ address }) => address);
    const survey = await venues.survey(mint, owners);
    const [taker = floor.desk.address] = owners;
    const opened = await venues.open("jupiter", survey, { legs: legs.map(lamports), slippageBps, taker });
    return { survey, opened };
  };

  it("brings the quoted tokens for exactly the asked lamports, with a memo", async () => {
    const mint = await floor.desk.createToken(TOKEN);
    const buyer = await floor.newWallet(2n * SOL);
    const { survey, opened } = await openFor(mint, [buyer], [SOL]);
    expect(survey.owners.get(buyer.address)).toMatchObject({ lamports: 2n * SOL, tokens: null });
    expect(survey.decimals).toBe(6);
    expect(opened.quote.priceImpactBps).toBe(197); // 1 / 51, rounded up

    const buy = await opened.buy({ buyer: buyer.address, payer: buyer.address, lamports: lamports(SOL) });
    expect(buy.rentLamports).toBe(ATA_RENT);
    expect(buy.transientLamports).toBe(0n);
    const sent = await floor.send([buyer], [...instructionsOf(buy), memo(buyer.address, "cto:1:op:buy:1/1")]);

    expect(sent.error).toBeNull();
    expect(await floor.tokens(buyer.address, mint)).toBe(buy.tokensOut);
    expect(buy.tokensOut).toBe(opened.quote.tokensOut);
    expect(await floor.balance(buyer.address)).toBe(SOL - ATA_RENT - 5_000n);
  });

  it("lets a funding wallet fund and buy for a new wallet in one transaction", async () => {
    const mint = await floor.desk.createToken(TOKEN);
    const [funding, buyer] = [await floor.newWallet(5n * SOL), await floor.newWallet(0n)];
    const { opened } = await openFor(mint, [buyer], [SOL]);
    const buy = await opened.buy({ buyer: buyer.address, payer: funding.address, lamports: lamports(SOL) });
    const transfer = getTransferSolInstruction({
      source: createNoopSigner(funding.address),
      destination: buyer.address,
      amount: SOL,
    });
    const sent = await floor.send(
      [funding, buyer],
      [transfer, ...instructionsOf(buy), memo(buyer.address, "cto:1:op:buy:1/1")],
    );

    expect(sent.error).toBeNull();
    expect(sent.bytes).toBeLessThanOrEqual(1232);
    expect(await floor.tokens(buyer.address, mint)).toBe(buy.tokensOut);
    expect(await floor.balance(buyer.address)).toBe(0n);
    expect(await floor.balance(funding.address)).toBe(4n * SOL - ATA_RENT - 10_000n);
  });

  it("takes no lamports when the tokens cannot be had", async () => {
    const mint = await floor.desk.createToken(TOKEN);
    const buyer = await floor.newWallet(5n * SOL);
    const { opened } = await openFor(mint, [buyer], [SOL]);
    const buy = await opened.buy({ buyer: buyer.address, payer: buyer.address, lamports: lamports(SOL) });
    const first = await floor.send([buyer], [...instructionsOf(buy), memo(buyer.address, "first")]);
    expect(first.error).toBeNull();
    const second = await floor.send([buyer], [...instructionsOf(buy), memo(buyer.address, "again")]);
    expect(second.error).not.toBeNull();
    expect(await floor.balance(buyer.address)).toBe(4n * SOL - ATA_RENT - 10_000n);
  });

  it("lands ten legs that were all built at once, each above its minimum, and moves the price", async () => {
    const mint = await floor.desk.createToken(TOKEN);
    const buyers = await Promise.all(Array.from({ length: 10 }, () => floor.newWallet(SOL)));
    const leg = SOL / 2n;
    const { opened } = await openFor(
      mint,
      buyers,
      buyers.map(() => leg),
    );
    const bought = await Promise.all(
      buyers.map(async (buyer) => {
        const buy = await opened.buy({ buyer: buyer.address, payer: buyer.address, lamports: lamports(leg) });
        const { error } = await floor.send([buyer], [...instructionsOf(buy), memo(buyer.address, "leg")]);
        return { buy, error, tokens: await floor.tokens(buyer.address, mint) };
      }),
    );
    for (const { buy, error, tokens } of bought) {
      expect(error).toBeNull();
      expect(tokens).toBe(buy.tokensOut);
      expect(buy.tokensOut).toBeGreaterThanOrEqual(buy.minTokensOut);
    }
    // The buys added 5 SOL to a reserve of 50 SOL. The same lamports now buy about a sixth less than before.
    const next = await openFor(mint, buyers.slice(0, 1), [leg]);
    const best = bought.map(({ buy }) => buy.tokensOut).toSorted((a, b) => Number(b - a))[0] ?? 0n;
    expect(next.opened.quote.tokensOut).toBeLessThan((best * 9n) / 10n);
  });

  it("refuses a leg once the price has moved beyond the slippage", async () => {
    const mint = await floor.desk.createToken(TOKEN);
    const [buyer, whale] = [await floor.newWallet(SOL), await floor.newWallet(30n * SOL)];
    const mine = await openFor(mint, [buyer], [SOL / 10n]);
    const theirs = await openFor(mint, [whale], [20n * SOL]);
    const take = await theirs.opened.buy({
      buyer: whale.address,
      payer: whale.address,
      lamports: lamports(20n * SOL),
    });
    expect(
      (await floor.send([whale], [...instructionsOf(take), memo(whale.address, "whale")])).error,
    ).toBeNull();

    const late = mine.opened.buy({
      buyer: buyer.address,
      payer: buyer.address,
      lamports: lamports(SOL / 10n),
    });
    await expect(late).rejects.toMatchObject({
      code: "CTO_E_PRICE_MOVED",
      message: expect.stringMatching(/The price moved/),
    });
  });

  it("trades a Token-2022 mint of someone else's, once the desk holds some and lists it", async () => {
    const issuer = await floor.newWallet(SOL);
    const program = { programAddress: TOKEN_2022_PROGRAM_ADDRESS };
    const mint = await generateKeyPairSigner();
    const stock = await getCreateAssociatedTokenIdempotentInstructionAsync({
      payer: issuer,
      owner: floor.desk.address,
      mint: mint.address,
      tokenProgram: TOKEN_2022_PROGRAM_ADDRESS,
    });
    const created = await floor.send(
      [issuer, mint],
      [
        getCreateAccountInstruction({
          payer: issuer,
          newAccount: mint,
          lamports: 1_461_600n,
          space: 82n,
          ...program,
        }),
        getInitializeMint2Instruction(
          { mint: mint.address, decimals: 9, mintAuthority: issuer.address },
          program,
        ),
        stock,
        getMintToInstruction(
          { mint: mint.address, token: stock.accounts[1].address, mintAuthority: issuer, amount: 1_000_000n },
          program,
        ),
      ],
    );
    expect(created.error).toBeNull();
    const book = { tokenReserve: 1_000_001n, lamportsReserve: 10n * SOL };
    await expect(floor.desk.list(mint.address, book)).rejects.toMatchObject({ code: "CTO_E_DESK_FAILED" });
    await floor.desk.list(mint.address, { ...book, tokenReserve: 500_000n });

    const buyer = await floor.newWallet(2n * SOL);
    const { survey, opened } = await openFor(mint.address, [buyer], [SOL]);
    expect(survey).toMatchObject({ tokenProgram: TOKEN_2022_PROGRAM_ADDRESS, decimals: 9 });
    const buy = await opened.buy({ buyer: buyer.address, payer: buyer.address, lamports: lamports(SOL) });
    const sent = await floor.send([buyer], [...instructionsOf(buy), memo(buyer.address, "token-2022")]);
    expect(sent.error).toBeNull();
    expect(await floor.balance(buyer.address)).toBe(SOL - buy.rentLamports - 5_000n);
    const again = await openFor(mint.address, [buyer], [SOL]);
    expect(again.survey.owners.get(buyer.address)?.tokens).toBe(45_454n); // 500,000 / 11
  });

  it("finds no route for a mint that has no market, nor for more than the desk can promise", async () => {
    const mint = await floor.desk.createToken(TOKEN);
    const unlisted = await openFor(mint, [], [SOL]);
    const venues = createVenues({
      chain: floor.chain,
      jupiter: { url: floor.desk.url, isDesk: async () => true },
    });
    const request = { legs: [lamports(SOL)], slippageBps: 100, taker: floor.desk.address };
    const elsewhere = { ...unlisted.survey, mint: floor.desk.address };
    await expect(venues.open("jupiter", elsewhere, request)).rejects.toMatchObject({
      code: "CTO_E_NO_ROUTE",
      message: expect.stringMatching(/No routes found/),
    });
    const tooMuch = { ...request, legs: [lamports(500_000n * SOL), lamports(500_000n * SOL)] };
    await expect(venues.open("jupiter", unlisted.survey, tooMuch)).rejects.toMatchObject({
      code: "CTO_E_NO_ROUTE",
    });
  });
});

describe("the desk's quotes", () => {
  it("reach a client that must first wait for the rate limit", async () => {
    const tooMany = () => ({
      status: 429,
      headers: { "x-ratelimit-remaining": "-1", "x-ratelimit-reset": `${Math.ceil(Date.now() / 1_000)}` },
      body: "[API Gateway] Too many requests",
    });
    const floor = await openFloor({ fault: (request) => (request === 1 ? tooMany() : undefined) });
    try {
      const mint = await floor.desk.createToken(TOKEN);
      const venues = createVenues({
        chain: floor.chain,
        jupiter: { url: floor.desk.url, isDesk: async () => true },
      });
      const survey = await venues.survey(mint, []);
      const request = { legs: [lamports(SOL)], slippageBps: 100, taker: floor.desk.address };
      expect((await venues.open("jupiter", survey, request)).quote.tokensOut).toBeGreaterThan(0n);
    } finally {
      await floor.close();
    }
  });

  it("expire: the tokens go back, and a late buy fails and costs only its fee", async () => {
    const floor = await openFloor({ quoteTtlMs: 50 });
    try {
      const mint = await floor.desk.createToken(TOKEN);
      const buyer = await floor.newWallet(2n * SOL);
      const venues = createVenues({
        chain: floor.chain,
        jupiter: { url: floor.desk.url, isDesk: async () => true },
      });
      const survey = await venues.survey(mint, [buyer.address]);
      const request = { legs: [lamports(SOL)], slippageBps: 100, taker: buyer.address };
      const opened = await venues.open("jupiter", survey, request);
      const buy = await opened.buy({ buyer: buyer.address, payer: buyer.address, lamports: lamports(SOL) });
      await until(async () => (await floor.tokens(floor.desk.address, mint)) === TOKEN.supply);

      const late = await floor.send([buyer], [...instructionsOf(buy), memo(buyer.address, "late")]);
      expect(late.error).not.toBeNull();
      expect(await floor.balance(buyer.address)).toBe(2n * SOL - 5_000n);
      expect(await floor.tokens(buyer.address, mint)).toBeNull();
    } finally {
      await floor.close();
    }
  });

  it("are refused in the real API's words when a parameter is wrong or not offered", async () => {
    const floor = await openFloor({ apiKey: "right" });
    try {
      const ask = async (query: Record<string, string>, headers: Record<string, string> = {}) => {
        const response = await fetch(`${floor.desk.url}/swap/v2/build?${new URLSearchParams(query)}`, {
          headers,
        });
        return { status: response.status, body: (await response.json()) as { error?: string } };
      };
      const wsol = "So11111111111111111111111111111111111111112";
      const good = {
        inputMint: wsol,
        outputMint: floor.desk.address,
        amount: "1",
        taker: floor.desk.address,
      };
      expect(await ask({ ...good, amount: "-1" })).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/amount/) },
      });
      expect(await ask({ ...good, slippageBps: "10001" })).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/slippageBps/) },
      });
      expect(await ask({ ...good, tipAmount: "5" })).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/tipAmount/) },
      });
      expect(await ask({ ...good, inputMint: floor.desk.address, outputMint: wsol })).toEqual({
        status: 400,
        body: { error: "No routes found" },
      });
      expect((await ask(good, { "x-api-key": "wrong" })).status).toBe(401);
      expect((await ask(good, { "x-api-key": "right" })).status).toBe(400);
    } finally {
      await floor.close();
    }
  });
});
