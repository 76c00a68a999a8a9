/** Tests that a leg whose own signer is dead waits alone: the other legs land, and it never has two live attempts. */
import { describe, expect, it } from "vitest";
import { abandonOperation } from "../../src/engine/operation/run.ts";
import type { Address } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { FUNDING, openFunded } from "./landing-cluster.ts";

const LEGS = 6;

const failed = (address?: Address) =>
  new CTOError("CTO_E_WALLET_SIGNER_FAILED", {
    name: "vault",
    reason: "no answer after 120 s",
    ...(address === undefined ? {} : { address }),
  });

/** Opens an operation whose keyring fails with this error for a transaction of these wallets; null: it signs. */
async function openWith(
  mode: "prefunded" | "standard",
  fails: (walletIds: readonly string[]) => CTOError | null,
) {
  const asked: string[] = [];
  const request = { mode, parallelism: 2 };
  const { journal, id, ports, options, run } = await openFunded(LEGS, request, ({ keyring }) => ({
    keyring: {
      ...keyring,
      sign: async (approved, walletIds) => {
        asked.push(walletIds.filter((walletId) => walletId !== "funding").join());
        const error = fails(walletIds);
        if (error !== null) throw error;
        return keyring.sign(approved, walletIds);
      },
    },
  }));
  const steps = async () =>
    (await journal.readSteps(id)).map(({ status, attempts }) => `${status} ${attempts.length}`);
  return {
    asked,
    steps,
    run,
    abandon: (error: unknown) => abandonOperation(ports, id, options, error),
    read: () => journal.readOperation(id),
  };
}

const othersLanded = ["ready 0", ...Array.from({ length: LEGS - 1 }, () => "confirmed 1")];

describe.each(["prefunded", "standard"] as const)("a dead signer of one leg (%s)", (mode) => {
  it("holds back no other leg, and its leg lands with one attempt once it answers", async () => {
    let dead = true;
    const { run, steps } = await openWith(mode, (ids) =>
      dead && ids.includes("w1") ? failed(addressOf("wallet 1")) : null,
    );
    await expect(run()).rejects.toMatchObject({ code: "CTO_E_WALLET_SIGNER_FAILED" });
    expect(await steps()).toEqual(othersLanded);
    dead = false;
    expect((await run()).status).toBe("completed");
    expect(await steps()).toEqual(Array.from({ length: LEGS }, () => "confirmed 1"));
  });

  it("ends its leg alone, by name, when the tries are used up", async () => {
    const error = failed(addressOf("wallet 1"));
    const { run, steps, abandon, read } = await openWith(mode, (ids) => (ids.includes("w1") ? error : null));
    await expect(run()).rejects.toBe(error);
    expect(await abandon(error)).toBe(true);
    expect(await steps()).toEqual(["failed 0", ...othersLanded.slice(1)]);
    expect((await read())?.status).toBe("completed");
  });
});

it.each([
  ["the funding wallet's", failed(FUNDING.address)],
  ["one that is not named", failed()],
])("%s dead signer, which may sign for all, stops the legs that have not started", async (_whose, error) => {
  const { run, asked, steps } = await openWith("standard", () => error);
  await expect(run()).rejects.toBe(error);
  expect(asked).toEqual(["w1", "w2"]);
  expect(await steps()).toEqual(Array.from({ length: LEGS }, () => "ready 0"));
});
