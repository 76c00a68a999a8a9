/** Tests that a leg that was funded ahead spends only its funding, and nothing that its wallet had before. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { fundedBy, reliedOn, requireFunded } from "../../src/engine/buy/funded.ts";
import type { Attempt, Step } from "../../src/engine/ports.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { addressOf, attemptOf } from "../../src/journal/contract/harness.ts";

const attempt = (status: Attempt["status"], change: Partial<Attempt> = {}): Attempt => ({
  ...attemptOf(1),
  status,
  createdAt: new Date(0),
  ...change,
});

const step = (kind: Step["kind"], leg: number, change: Partial<Step> = {}): Step => ({
  id: `op.${kind}.${leg}`,
  operationId: "op",
  kind,
  number: leg,
  status: "ready",
  version: 1,
  attempts: [],
  ...change,
});

const bringing = (...amounts: bigint[]) =>
  amounts.map((amount, at) => ({ leg: at + 1, lamports: lamports(amount) }));

describe("what a funding has brought its legs", () => {
  it("is read from its landed attempt only", () => {
    const attempts = [
      attempt("dead", { funded: bringing(10n, 20n) }),
      attempt("landed", { funded: bringing(11n, 22n) }),
    ];
    const landed = step("fund", 1, { status: "finalized", attempts });
    const legsOf = () => [{ index: 1 }, { index: 2 }];
    expect(fundedBy([landed, step("buy", 1)], legsOf)).toEqual(
      new Map([
        [1, 11n],
        [2, 22n],
      ]),
    );
    const live = attempt("live", { funded: bringing(10n, 20n) });
    expect(fundedBy([step("fund", 1, { status: "in_flight", attempts: [live] })], legsOf)).toEqual(new Map());
  });

  it("is nothing for a leg of its batch that it leaves out, and unknown if its legs are not known", () => {
    const legsOf = ({ number }: Step) => (number === 1 ? [{ index: 1 }, { index: 2 }] : [{ index: 3 }]);
    const known = step("fund", 1, { attempts: [attempt("landed", { funded: bringing(11n) })] });
    const older = step("fund", 2, { attempts: [attempt("landed")] });
    expect(fundedBy([known, older], legsOf)).toEqual(
      new Map([
        [1, 11n],
        [2, 0n],
      ]),
    );
  });

  it("is not less when it is signed again, for legs whose buys a fork may have left", () => {
    const attempts = [
      attempt("dead", { funded: bringing(30n, 20n) }),
      attempt("dead", { funded: bringing(10n, 20n) }),
    ];
    const bought = step("buy", 1, { attempts: [attempt("dead")] });
    const steps = [step("fund", 1, { attempts }), bought, step("buy", 2)];
    expect(reliedOn(steps)).toEqual(new Map([[1, 30n]]));
  });
});

describe("a leg's next buy", () => {
  const leg = { address: addressOf("buyer"), lamports: lamports(1_000n) };
  const costs = { network: lamports(50n), priority: lamports(5n), rent: lamports(200n) };
  const need = 1_255n;
  const buy = (...attempts: Attempt[]): Step => step("buy", 1, { attempts });

  it("takes what the funding has left and not a lamport more", () => {
    requireFunded(leg, buy(), costs, need);
    const refused = () => requireFunded(leg, buy(), costs, need - 1n);
    expect(refused).toThrow(
      expect.toSatisfy(
        (error) => isCTOError(error, "CTO_E_WALLET_SHORT_OF_FUNDS") && error.context.wallets[0]?.lacks === 1n,
      ),
    );
  });

  it("counts the fees of its attempts that failed on chain", () => {
    const failed = attempt("dead", { slot: 7n });
    const fees = failed.costs.network + failed.costs.priority;
    requireFunded(leg, buy(failed), costs, need + fees);
    expect(() => requireFunded(leg, buy(failed), costs, need + fees - 1n)).toThrow();
    // An attempt that expired, or that was in a block without being executed, has cost nothing.
    requireFunded(leg, buy(attempt("dead")), costs, need);
  });

  it("is refused if the funding left it out: it would spend the wallet's own", () => {
    expect(() => requireFunded(leg, buy(), costs, 0n)).toThrow(
      expect.objectContaining({ code: "CTO_E_WALLET_NOT_FUNDED" }),
    );
  });

  it("is not held to a funding that nothing was journaled of", () => {
    requireFunded(leg, buy(), costs, undefined);
  });
});
