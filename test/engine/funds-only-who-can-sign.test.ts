/**
 * Tests that no money is sent ahead to a wallet whose key or signer cannot be opened: it could not buy, and could not give
 * the money back.
 */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { TRIES } from "../../src/engine/beats.ts";
import { fundBuyers } from "../../src/engine/funding/funding.ts";
import type { Address, Holdings, Ports, Survey } from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf, planned } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { openCluster } from "../engine/landing-cluster.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";

const FUNDER = { walletId: "funding", address: addressOf("funding") };
const survey: Survey = {
  slot: 1_000n,
  mint: addressOf("token"),
  tokenProgram: addressOf("token program"),
  decimals: 6,
  tokenAccountBytes: 165,
  owners: new Map([
    [FUNDER.address, { lamports: lamports(9_000_000_000n), tokens: null, tokenAccount: addressOf("none") }],
    ...[1, 2, 3].map((leg): [Address, Holdings] => [
      addressOf(`wallet ${leg}`),
      { lamports: lamports(5_000_000n), tokens: 7n, tokenAccount: addressOf("account") },
    ]),
  ]),
  fetched: { slot: 1_000n, accounts: new Map() },
  cluster: OLD_CLUSTER,
};

/**
 * Funds the buyers of an operation. Returns what was sent, and the error.
 *
 * @param tries how often an outage has stopped the operation before
 */
async function fundWith(
  requireOpenable: NonNullable<Ports["keyring"]["requireOpenable"]>,
  count = 1,
  tries = 0,
  now = () => new Date(),
) {
  const { ports: cluster, sent } = await openCluster();
  const journal = createMemoryJournal({ now: () => new Date() });
  const ports: Ports = {
    ...cluster,
    journal,
    keyring: { ...cluster.keyring, requireOpenable },
    clock: { ...cluster.clock, now },
  };
  const { id, lease } = await planned(journal, count);
  const legs = await journal.readLegs(id);
  const [leg] = legs;
  const operation = await journal.readOperation(id);
  if (operation === null) throw new Error("no operation");
  const run = { ports, operation: { ...operation, tries }, lease, signal: new AbortController().signal };
  const buyers = { funder: FUNDER, legs, survey: async () => survey };
  const settings = { ...ENGINE_DEFAULTS, limitsRequired: async () => false };
  const code = await fundBuyers(run, settings, buyers).then(
    () => null,
    (error: { code: string }) => error.code,
  );
  const steps = await journal.readSteps(id);
  const fundings = steps.filter(({ kind }) => kind === "fund").length;
  const buys = steps
    .filter(({ kind }) => kind === "buy")
    .map(({ status, failure }) => failure?.code ?? status);
  return { sent: sent(), code, walletId: leg?.walletId, fundings, buys };
}

describe("a funding ahead", () => {
  it("is refused before anything is written or sent if a buyer's signer cannot be opened", async () => {
    const { sent, code, fundings } = await fundWith(async ([walletId = ""]) => {
      throw new CTOError("CTO_E_WALLET_SIGNER_UNKNOWN", { walletId, name: "vault" });
    });
    expect(code).toBe("CTO_E_WALLET_SIGNER_UNKNOWN");
    expect([sent, fundings]).toEqual([undefined, 0]);
  });

  it("opens the signers of those who are paid", async () => {
    const asked: string[] = [];
    const { code, walletId } = await fundWith(async (walletIds) => {
      asked.push(...walletIds);
    });
    expect(code).toBeNull();
    expect(asked).toEqual([walletId]);
  });

  it.each([
    new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name: "vault", reason: "away" }),
    new CTOError("CTO_E_WALLET_SIGNER_UNKNOWN", { walletId: "w2", name: "vault" }),
  ])(
    "sends nothing to the wallet whose signer cannot be opened ($code), and pays the others",
    async (error) => {
      const { sent, code, buys } = await fundWith(
        async (walletIds) => {
          if (walletIds.includes("w2")) throw error;
        },
        3,
        TRIES - 1,
      );
      expect(code).toBeNull();
      expect(sent?.map(([to]) => to)).toEqual([addressOf("wallet 1"), addressOf("wallet 3")]);
      expect(buys).toEqual(["ready", error.code, "ready"]);
    },
  );

  const away = new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name: "vault", reason: "away" });

  it("waits where a signer fails while it opens, and opens it again at the next tries", async () => {
    for (let tries = 0; tries < TRIES - 1; tries += 1) {
      const { sent, code, buys, fundings } = await fundWith(
        async (walletIds) => {
          if (walletIds.includes("w2")) throw away;
        },
        3,
        tries,
      );
      expect([code, sent, fundings]).toEqual(["CTO_E_WALLET_SIGNER_FAILED", undefined, 0]);
      expect(buys).toEqual(["ready", "ready", "ready"]);
    }
  });

  it("does not wait again for a signer that has hung: the others are paid", async () => {
    let time = 0;
    const { sent, buys } = await fundWith(
      async (walletIds) => {
        if (!walletIds.includes("w2")) return;
        time += 120_000;
        throw away;
      },
      3,
      0,
      () => new Date(time),
    );
    expect(sent?.map(([to]) => to)).toEqual([addressOf("wallet 1"), addressOf("wallet 3")]);
    expect(buys).toEqual(["ready", away.code, "ready"]);
  });

  it("waits where the journal does not answer, which says nothing about a wallet", async () => {
    const { sent, code, buys } = await fundWith(async (walletIds) => {
      if (walletIds.includes("w2")) throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: "down" });
    }, 3);
    expect([code, sent]).toEqual(["CTO_E_JOURNAL_UNAVAILABLE", undefined]);
    expect(buys).toEqual(["ready", "ready", "ready"]);
  });
});
