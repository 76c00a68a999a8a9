/** Tests that an endpoint some slots behind the funding of the buyers does not end their legs as short of funds. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { runOperation } from "../../src/engine/operation/run.ts";
import type { Address, Ports, Survey } from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf, legsOf, planned } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import { openCluster } from "./landing-cluster.ts";
import { delivers } from "./parts.ts";

const LEGS = 3;
/** The slot in which everything lands, by `openCluster`. */
const LANDED = 1_001n;
const accountOf = (buyer: Address): Address => addressOf(`account of ${buyer}`);
const funding = {
  id: "funding",
  userId: "alice",
  role: "funding",
  address: addressOf("funding"),
  position: 0,
  createdAt: new Date(0),
} as const;

/** What an endpoint shows as of this slot: before the funding landed, the buyers hold nothing. */
const surveyAt = (slot: bigint): Survey => {
  const held = slot < LANDED ? 0n : 900_000_000n;
  const buyers = legsOf(LEGS).map(({ address }) => [address, held] as const);
  return {
    slot,
    mint: addressOf("token"),
    tokenProgram: addressOf("token program"),
    decimals: 6,
    owners: new Map(
      [...buyers, [funding.address, 9_000_000_000n] as const].map(([address, has]) => [
        address,
        { lamports: lamports(has), tokens: null, tokenAccount: accountOf(address) },
      ]),
    ),
    fetched: { slot, accounts: new Map() },
    cluster: OLD_CLUSTER,
  };
};

/** @param behind how many surveys after the funding come from an endpoint that is behind it */
async function operate(behind: number) {
  const { ports: cluster } = await openCluster();
  const journal = createMemoryJournal({ now: () => new Date() });
  const { id, lease } = await planned(journal, LEGS, "op", { mode: "standard" });
  const delivered = new Map(legsOf(LEGS).map(({ address }) => [accountOf(address), 13n]));
  const state = { left: behind };
  const ports: Ports = {
    ...cluster,
    journal,
    clock: { ...cluster.clock, sleep: async () => undefined },
    chain: {
      ...cluster.chain,
      // A buy does not fit into one transaction with its funding.
      compose: (draft) => {
        if (draft.transfers.length === 1 && draft.memo.text.includes(":buy:"))
          throw new CTOError("CTO_E_TRANSACTION_TOO_LARGE", { size: 1_500, limit: 1_232 });
        return cluster.chain.compose(draft);
      },
      simulate: async (...given) => ({ ...(await cluster.chain.simulate(...given)), tokensAfter: delivered }),
      readTransaction: async () => delivers(LEGS, 13n),
    },
    venues: {
      ...cluster.venues,
      survey: async () => {
        const isFunded = (await journal.readSteps(id)).some(
          ({ kind, status }) => kind === "fund" && status === "confirmed",
        );
        if (!isFunded) return surveyAt(LANDED - 10n);
        state.left -= 1;
        return surveyAt(state.left >= 0 ? LANDED - 2n : LANDED);
      },
    },
  };
  const options = {
    lease,
    wallets: [funding],
    signal: new AbortController().signal,
    settings: { ...ENGINE_DEFAULTS, limitsRequired: async () => false },
  };
  const steps = async () =>
    (await journal.readSteps(id)).map(({ kind, status, failure }) => `${kind} ${failure?.code ?? status}`);
  return { run: () => runOperation(ports, id, options), steps };
}

const LANDING = ["buy confirmed", "buy confirmed", "buy confirmed", "fund confirmed"];

describe("a survey after the funding", () => {
  it.each([0, 1, 4])("that is behind it %i times is read again, and the legs land", async (behind) => {
    const { run, steps } = await operate(behind);
    await run();
    expect((await steps()).sort()).toEqual(LANDING);
  });

  it("that stays behind it is an outage: the legs wait, and land once the endpoint has caught up", async () => {
    const { run, steps } = await operate(6);
    await expect(run()).rejects.toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
    expect((await steps()).sort()).toEqual(["buy ready", "buy ready", "buy ready", "fund confirmed"]);
    await run();
    expect((await steps()).sort()).toEqual(LANDING);
  });
});
