/** Tests that an endpoint some slots behind the funding of the buyers does not end their legs as short of funds. */
import { describe, expect, it } from "vitest";
import type { Survey } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { openFunded, surveyOf } from "./landing-cluster.ts";

const LEGS = 3;
/** The slot in which everything lands, by `openCluster`. */
const LANDED = 1_001n;

/** What an endpoint shows as of this slot: before the funding landed, the buyers hold nothing. */
const surveyAt = (slot: bigint): Survey =>
  surveyOf(LEGS, { slot, tokens: null, ...(slot < LANDED ? { held: 0n } : {}) });

/** @param behind how many surveys after the funding come from an endpoint that is behind it */
async function operate(behind: number) {
  const state = { left: behind };
  const { journal, id, run } = await openFunded(LEGS, { mode: "standard" }, (base, opened) => ({
    clock: { ...base.clock, sleep: async () => undefined },
    chain: {
      ...base.chain,
      // A buy does not fit into one transaction with its funding.
      compose: (draft) => {
        if (draft.transfers.length === 1 && draft.memo.text.includes(":buy:"))
          throw new CTOError("CTO_E_TRANSACTION_TOO_LARGE", { size: 1_500, limit: 1_232 });
        return base.chain.compose(draft);
      },
    },
    venues: {
      ...base.venues,
      survey: async () => {
        const isFunded = (await base.journal.readSteps(opened)).some(
          ({ kind, status }) => kind === "fund" && status === "confirmed",
        );
        if (!isFunded) return surveyAt(LANDED - 10n);
        state.left -= 1;
        return surveyAt(state.left >= 0 ? LANDED - 2n : LANDED);
      },
    },
  }));
  const steps = async () =>
    (await journal.readSteps(id)).map(({ kind, status, failure }) => `${kind} ${failure?.code ?? status}`);
  return { run, steps };
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
