/**
 * Tests that `cto explain` prints four histories as docs/explain.md shows them: an operation that waited, one that
 * signed again, one that went to review, and one that changed its venue.
 */
import { readFileSync } from "node:fs";
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { takeFirst } from "../../src/engine/buy/take-first.ts";
import { limitsFor } from "../../src/engine/limits/limits.ts";
import { conclude } from "../../src/engine/operation/conclude.ts";
import { emit, type Run } from "../../src/engine/operation/journaling.ts";
import { notesOf } from "../../src/engine/operation/note.ts";
import { legEvent } from "../../src/engine/operation/step-events.ts";
import type { OpenVenue, Ports, Step, Survey, VenueCode, Venues } from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { driveStep, type StepRun } from "../../src/engine/step/drive-step.ts";
import { VERSION_ZERO } from "../../src/engine/transaction/format.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf, attemptOf, legsOf, planned, requestOf } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { explainOperation, storyText } from "../../src/services/explain.ts";
import { dead, openScene, type Script } from "../engine/parts.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";

const SETTINGS = {
  ...ENGINE_DEFAULTS,
  times: { rebroadcastMs: 10_000, reviewAfterMs: 60_000 },
  limitsRequired: async () => false,
};

/** The chain's answers, one per poll. The last one repeats. */
type Looks = readonly Partial<Pick<Script, "view" | "evidence">>[];

/** Creates an operation of one leg. The clock moves only at a poll of the chain. */
async function openStory(looks: Looks) {
  let now = Date.UTC(2026, 10, 26, 12, 0, 0);
  const { ports: base, script } = await openScene(["in_flight"], null);
  const journal = createMemoryJournal({ now: () => new Date(now) });
  const { id, lease, first } = await planned(journal, 1);
  let look = -1;
  const chain = {
    ...base.chain,
    latestBlockhash: async () => ({ ...attemptOf(1), slot: 500n, lastValidBlockHeight: 401n }),
    watch: async (...[, { timeoutMs }]: Parameters<Ports["chain"]["watch"]>) => {
      look = Math.min(look + 1, looks.length - 1);
      Object.assign(script, { view: { state: "unseen" }, evidence: "unavailable" }, looks[look]);
      now += timeoutMs;
      return script.view;
    },
  };
  const ports: Ports = {
    ...base,
    journal,
    chain,
    clock: { now: () => new Date(now), sleep: async () => undefined },
  };
  const operation = await journal.readOperation(id);
  if (operation === null) throw new Error("it was just accepted");
  const run: Run = { ports, operation, lease, signal: new AbortController().signal };
  const [leg] = legsOf(1);
  if (leg === undefined) throw new Error("it has one leg");
  return {
    run,
    wait: (ms: number) => {
      now += ms;
    },
    async drive(changes: Partial<Pick<StepRun, "sign" | "movesOn">> = {}) {
      const sign = async (number: number, { id: step }: Step) => {
        now += 1_000;
        // A later attempt has a later blockhash.
        const lastValidBlockHeight = number === 1 ? 250n : 400n;
        return { ...attemptOf(number, `${step} ${number}`), lastValidBlockHeight };
      };
      const stepRun = {
        ...run,
        settings: SETTINGS,
        wallet: leg.address,
        cancellable: true,
        sign,
        movesOn: () => false,
        ...changes,
      };
      await driveStep(stepRun, first, (step) => emit(ports, id, legEvent(leg, step, 70)));
      await conclude(run);
      return storyText(await explainOperation({ journal }, id));
    },
  };
}

const LANDED = { state: "confirmed", slot: 905n, failure: null } as const;

const page = readFileSync("docs/explain.md", "utf8");
const transcript = (title: string): string =>
  page.split(`## ${title}\n`)[1]?.split("```\n")[1]?.trimEnd() ?? `docs/explain.md has no "${title}"`;

it("waited: the evidence was missing, then the attempt could still land, then it had", async () => {
  const { drive } = await openStory([{}, { evidence: dead(251n) }, { view: LANDED }]);
  expect(await drive()).toBe(transcript("It waited"));
});

it("was signed again, once its first attempt was provably dead", async () => {
  const { drive } = await openStory([{ evidence: dead(260n, 261n) }, { view: LANDED }]);
  expect(await drive()).toBe(transcript("It was signed again"));
});

it("went to review, because no endpoint gave evidence in time", async () => {
  const { drive } = await openStory([{}]);
  expect(await drive()).toBe(transcript("It went to review"));
});

it("changed its venue: the first one had ended by the time the attempt failed", async () => {
  const story = await openStory([
    {
      view: {
        state: "finalized",
        slot: 904n,
        failure: { error: "x", message: "the bonding curve is complete" },
      },
      evidence: [
        {
          height: 240n,
          status: () => ({
            slot: 904n,
            finalized: true,
            failure: { error: "x", message: "the bonding curve is complete" },
          }),
        },
      ],
    },
    { view: LANDED },
  ]);
  let hasEnded = false;
  const open = (venue: VenueCode): OpenVenue => {
    if (hasEnded && venue === "pumpfun")
      throw new CTOError("CTO_E_NO_ROUTE", {
        mint: addressOf("token"),
        venue,
        reason: "its bonding curve is complete",
      });
    const quote = {
      lamports: lamports(1_000_000n),
      tokensOut: 100n,
      priceImpactBps: 0,
      feeLamports: null,
      legs: [],
    };
    const none = {
      rentLamports: lamports(0n),
      buyerRentLamports: lamports(0n),
      transientLamports: lamports(0n),
    };
    return {
      venue,
      market: "issued",
      quote,
      offline: true,
      offer: () => ({ tokensOut: 100n, leastTokens: 99n }),
      buy: async () =>
        ({ venue, tokensOut: 100n, minTokensOut: 99n, ...none, setup: [], swap: [], cleanup: [] }) as never,
    } as unknown as OpenVenue;
  };
  const venues = {
    detect: async () => ({ platform: "pumpfun" }),
    route: () => ["pumpfun", "pumpswap"],
    open: async (venue: VenueCode) => open(venue),
  } as unknown as Venues;
  const survey: Survey = {
    slot: 1n,
    mint: addressOf("token"),
    tokenProgram: addressOf("token program"),
    decimals: 6,
    tokenAccountBytes: 165,
    owners: new Map(),
    fetched: { slot: 1n, accounts: new Map() },
    cluster: OLD_CLUSTER,
  };
  const context = {
    legs: legsOf(1),
    legCount: 1,
    payers: { funding: null },
    limits: limitsFor({ everyone: null, own: null }, false),
    format: VERSION_ZERO,
    decided: notesOf(story.run),
  };
  const told = await story.drive({
    sign: async (number, { id }) => {
      story.wait(1_000);
      const market = await takeFirst(
        { venues },
        requestOf(),
        survey,
        context,
        async (taken) => taken as never,
      );
      return { ...attemptOf(number, `${id} ${number}`), venue: market.open.venue };
    },
    movesOn: () => {
      hasEnded = true;
      return true;
    },
  });
  expect(told).toBe(transcript("It changed its venue"));
});
