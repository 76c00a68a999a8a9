/** Tests that a return ends for want of anything to return only if every endpoint that must agree shows it. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import type { Address, Chain, Consensus, Fetched, TokenAccount, Witness } from "../../src/engine/ports.ts";
import { signRecovery } from "../../src/engine/recovery/sign-recovery.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { isOutage } from "../../src/errors/index.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";
import { openScene, unavailable } from "./parts.ts";

const ACCOUNT = addressOf("account");
const RENT = 2_039_280n;

/** What one endpoint shows. Default: the wallet and its token account are gone, at the same rent as elsewhere. */
type View = { readonly balance?: bigint; readonly rent?: bigint; readonly account?: boolean };

type World = {
  readonly owed?: bigint;
  readonly consensus?: Consensus;
  /** What the endpoints show of the last final block. Default: what they show of the newest one. */
  readonly final?: readonly View[] | null;
};

/**
 * Signs a return of a wallet that owes SOL and the rent of an account.
 *
 * @param first what the endpoint shows that the return is drafted from
 * @param views what the endpoints show that must agree; null: too few of them answer
 */
async function sign(
  first: View | ((read: number) => View),
  views: readonly View[] | null,
  { owed = 100_000n + RENT, consensus = "tower", final = views }: World = {},
) {
  const { ports, journal, id, script } = await openScene(["failed"], "completed");
  script.consensus = consensus;
  const operation = await journal.readOperation(id);
  const [leg] = await journal.readLegs(id);
  const step = await journal.readStep(`${id}.buy.1`);
  if (operation === null || leg === undefined || step === null) throw new Error("no operation");
  const data = new Uint8Array();
  const shown = ({ balance = 0n, rent = 5_080n, account = false }: View): Fetched["accounts"] =>
    new Map([
      ...clusterAccounts({ lamportsPerByte: rent }),
      [leg.address, { owner: addressOf("system"), lamports: lamports(balance), data }],
      [ACCOUNT, account ? { owner: addressOf("token program"), lamports: lamports(RENT), data } : null],
    ]);
  const tokenAccountsIn = (accounts: Fetched["accounts"]): ReadonlyMap<Address, TokenAccount> => {
    const held = accounts.get(ACCOUNT);
    if (!held) return new Map();
    const token = { address: ACCOUNT, program: held.owner, owner: leg.address, lamports: held.lamports };
    return new Map([[ACCOUNT, { ...token, closable: true, wrapsSol: false }]]);
  };
  let asked = 0;
  let askedFinal = 0;
  const seenBy = (shownBy: readonly View[] | null): Witness[] => {
    if (shownBy === null) throw unavailable();
    return shownBy.map((view, at) => ({ endpoint: `endpoint-${at + 1}`, slot: 1n, accounts: shown(view) }));
  };
  const drafted = (): View => (typeof first === "function" ? first(asked) : first);
  const chain: Chain = {
    ...ports.chain,
    tokenAccountsIn,
    readTokenAccounts: async () => tokenAccountsIn(shown(drafted())),
    witnessAccounts: async (): Promise<Witness[]> => {
      asked += 1;
      // Each draft is followed by one look at the endpoints.
      if (asked % 2 === 1) return [{ endpoint: "first", slot: 1n, accounts: shown(drafted()) }];
      return seenBy(views);
    },
    witnessFinalAccounts: async () => {
      askedFinal += 1;
      return seenBy(final);
    },
  };
  const run = {
    ports: { ...ports, chain, keyring: { ...ports.keyring, newestVersion: async () => 0 as const } },
    operation,
    lease: { userId: "alice", owner: "worker", token: 1n },
    signal: new AbortController().signal,
  };
  const accounts = [{ address: ACCOUNT, lamports: lamports(RENT) }];
  const plan = { leg: 1, owed: lamports(owed), before: lamports(0n), accounts };
  const scene = { payer: { walletId: "funding", address: addressOf("funding") }, computeUnitPrice: 0n };
  const returning = { run, settings: ENGINE_DEFAULTS, scene, leg, legCount: 1, plan };
  const error = await signRecovery(returning, step).catch((thrown: unknown) => thrown);
  return { error, asked, askedFinal };
}

it("ends where every endpoint shows that the wallet holds nothing of it", async () => {
  const { error, asked } = await sign({}, [{}, {}]);
  expect(error).toMatchObject({ code: "CTO_E_RECOVERY_NOTHING_LEFT" });
  expect(asked).toBe(2);
});

it("ends without asking again where nothing is owed, whatever the wallet holds", async () => {
  const { error, asked } = await sign({ balance: 9_000_000n }, null, { owed: 0n });
  expect(error).toMatchObject({ code: "CTO_E_RECOVERY_NOTHING_LEFT" });
  expect(asked).toBe(1);
});

/** It may return 100,000 lamports at a low rent. At a high one it must keep all of them. */
const POOR: View = { balance: 760_000n, rent: 6_960n };

it.each<[string, View, View[]]>([
  ["one shows SOL in the wallet", {}, [{}, { balance: 9_000_000n }]],
  ["one shows an account to close", {}, [{ account: true }, {}]],
  ["one has a lower rent", POOR, [POOR, { ...POOR, rent: 5_080n }]],
  ["none but the first shows it", {}, [{ account: true }, { account: true }]],
])(
  "is refused, and does not end, where after three drafts of the endpoints %s",
  async (_what, first, views) => {
    const { error, asked } = await sign(first, views);
    expect(error).toMatchObject({ code: "CTO_E_ENDPOINTS_DISAGREE" });
    expect(asked).toBe(6);
  },
);

it.each<[string, View, View[]]>([
  ["an account to close", { balance: 9_000_000n }, [{ balance: 9_000_000n, account: true }]],
  ["more SOL", { balance: 50_000n }, [{ balance: 50_000n }, { balance: 90_000n }]],
])(
  "returns no part while another endpoint shows %s: the rest would be left for good",
  async (_what, first, views) => {
    const { error, asked } = await sign(first, views);
    expect(error).toMatchObject({ code: "CTO_E_ENDPOINTS_DISAGREE" });
    expect(asked).toBe(6);
  },
);

it("returns a part where every endpoint shows no more, and all that is owed without asking again", async () => {
  const composed = new Error("nothing was to be composed");
  const part = await sign({ balance: 50_000n }, [{ balance: 50_000n }, { balance: 50_000n }]);
  expect([part.error, part.asked]).toEqual([composed, 2]);
  const all = await sign({ balance: 9_000_000n, account: true }, null);
  expect([all.error, all.asked]).toEqual([composed, 1]);
});

it("waits where too few of the endpoints answer", async () => {
  const { error } = await sign({}, null);
  expect(error).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
});

it("is drafted anew where the first read was only too old", async () => {
  const rich = { balance: 9_000_000n };
  const { error, asked } = await sign((read) => (read === 1 ? {} : rich), [rich, rich]);
  expect(error).toEqual(new Error("nothing was to be composed"));
  expect(asked).toBe(4);
});

it("names each endpoint and what it shows", async () => {
  const { error } = await sign({}, [{}, { balance: 9_000_000n }]);
  expect(String(error)).toMatch(
    /the endpoint asked first says 0 lamports, endpoint-1 says 0 lamports, endpoint-2 says 100000 lamports/,
  );
});

/** On Tower a fork may take back the block that spent the money, so the wallet would hold it again. */
const SPENT_LATELY: [string, View, View][] = [
  ["all of it", {}, { balance: 9_000_000n }],
  ["the rent of an account", {}, { account: true }],
  ["a part of it", { balance: 50_000n }, { balance: 90_000n }],
];

it.each(SPENT_LATELY)(
  "waits where only a block that is not final yet has spent %s",
  async (_what, now, final) => {
    const { error } = await sign(now, [now, now], { final: [now, final] });
    expect(error).toMatchObject({ code: "CTO_E_RECOVERY_NOT_FINAL" });
    expect(isOutage(error)).toBe(true);
  },
);

it.each(SPENT_LATELY)(
  "does not ask for a second state on Alpenglow, where a landed block is final: %s",
  async (_what, now, final) => {
    const { error, askedFinal } = await sign(now, [now, now], {
      consensus: "alpenglow",
      final: [final, final],
    });
    expect(error).not.toMatchObject({ code: "CTO_E_RECOVERY_NOT_FINAL" });
    expect(askedFinal).toBe(0);
  },
);

it("ends on Tower once the last final block shows that nothing is left, and waits where too few say so", async () => {
  const ended = await sign({}, [{}, {}], { final: [{}, {}] });
  expect(ended).toMatchObject({ error: { code: "CTO_E_RECOVERY_NOTHING_LEFT" }, askedFinal: 1 });
  const { error } = await sign({}, [{}, {}], { final: null });
  expect(error).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
});
