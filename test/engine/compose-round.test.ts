/**
 * Tests that a round hands out nothing that no simulation has passed, also if a member's route only loads more bytes of
 * accounts than the sample's; and that members keep their numbers.
 */
import type { Blockhash } from "@solana/kit";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Market } from "../../src/engine/buy/market.ts";
import { type Composition, composeRound } from "../../src/engine/calls/compose-round.ts";
import { createMuster, withdraw } from "../../src/engine/calls/muster-moves.ts";
import type { Address, Lamports, MessageFormat } from "../../src/engine/ports.ts";

const [A, B] = ["A", "B"] as [Address, Address];
const LIMITED: MessageFormat = { version: 1, loadedAccountsDataLimit: 100_000 };

const buy = {
  venue: "jupiter",
  tokensOut: 10n,
  minTokensOut: 10n,
  rentLamports: 0n,
  buyerRentLamports: 0n,
  transientLamports: 0n,
  setup: [],
  swap: [],
  cleanup: [],
  lookupTables: {},
};
/** What the venue does while it builds a buy. */
const venue = vi.hoisted(() => ({ building: async () => {} }));
const survey = {
  slot: 1_000n,
  mint: "mint",
  owners: new Map(
    [A, B].map((wallet) => [
      wallet,
      { tokenAccount: `tokens of ${wallet}`, lamports: 1_000_000_000n, tokens: null },
    ]),
  ),
  cluster: { lamportsPerByte: 5_080n, epoch: 1n, unixTimestamp: 1n, versionOne: true },
  fetched: { slot: 1_000n, accounts: new Map() },
};

vi.mock("../../src/engine/buy/open-market.ts", () => ({
  openMarket: async () =>
    ({
      open: {
        offline: false,
        async buy() {
          await venue.building();
          return buy;
        },
      },
      survey,
      payers: { funding: null },
      format: LIMITED,
      computeUnitLimit: 200_000,
      computeUnitPrice: 0n,
      cap: () => 10n,
      limits: { allowedPrograms: null },
    }) as unknown as Market,
}));

beforeEach(() => {
  venue.building = async () => {};
});

const member = (wallet: Address) => ({ wallet, lamports: 10n as Lamports, way: "signs" as const });

const goal = { leastLamports: 10n, mostLamports: 20n, leastWallets: 1, endsAt: new Date(0) };

/** Composes a round whose simulations all fail with this error. Returns the formats and memos that were composed. */
async function compose(
  error: unknown,
  muster = createMuster(goal, [member(A)]),
  onBlockhash: () => void = () => undefined,
) {
  const formats: MessageFormat[] = [];
  const memos: string[] = [];
  const chain = {
    latestBlockhash: async () => {
      onBlockhash();
      return { blockhash: "hash" as Blockhash, slot: 1_010n, lastValidBlockHeight: 1_150n };
    },
    compose: ({ format, memo }: { format: MessageFormat; memo: { text: string } }) => {
      formats.push(format);
      memos.push(memo.text);
      return { messageBytes: new Uint8Array(), signers: [A], size: 0 };
    },
    simulate: async () => ({ failure: { error, message: "refused" }, instructions: 1, effects: [] }),
  };
  const composition = {
    ports: { chain, venues: { survey: async () => survey }, policy: { approve: async () => ({}) } },
    call: { callId: "call_1", mint: "mint", platform: "auto", maxPrice: "1" },
    limits: { allowedPrograms: null },
    versionOf: () => 1,
  } as unknown as Composition;
  const round = await composeRound(composition, muster).catch((problem: { code: string }) => problem.code);
  return { formats, memos, round };
}

describe("a round", () => {
  it("allows a route that loads too many bytes the widest limit, and hands it out only if a simulation passes", async () => {
    const { formats, round } = await compose("MaxLoadedAccountsDataSizeExceeded");
    expect(formats).toEqual([LIMITED, { version: 1, loadedAccountsDataLimit: 64 * 1024 * 1024 }]);
    expect(round).toBe("CTO_E_MUSTER_MOVE_REFUSED");
  });

  it("leaves out whose simulation fails otherwise", async () => {
    expect(await compose("SanitizeFailure")).toMatchObject({
      formats: [LIMITED],
      round: "CTO_E_MUSTER_MOVE_REFUSED",
    });
  });

  it("builds the buys of many members some at once, and lets their blockhash begin to expire only then", async () => {
    const crowd = Array.from({ length: 60 }, (_, at) => `W${at}` as Address);
    for (const wallet of crowd)
      survey.owners.set(wallet, {
        tokenAccount: `tokens of ${wallet}`,
        lamports: 1_000_000_000n,
        tokens: null,
      });
    let [now, most, built, builtBefore] = [0, 0, 0, 0];
    venue.building = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      built += 1;
    };
    const muster = createMuster({ ...goal, mostLamports: 600n }, crowd.map(member));
    const { memos } = await compose("SanitizeFailure", muster, () => {
      builtBefore = built;
    });
    expect([most, builtBefore]).toEqual([16, 60]);
    expect(memos.sort()).toEqual(crowd.map((_, at) => `cto:1:call_1:buy:${at + 1}/60`).sort());
  });

  it("gives each member the number that it had before another one withdrew", async () => {
    const muster = withdraw(createMuster(goal, [member(A), member(B)]), A);
    expect((await compose("SanitizeFailure", muster)).memos).toEqual(["cto:1:call_1:buy:2/2"]);
  });
});
