/**
 * Tests a lookup table of many addresses on the localnet: it is created over several transactions, shown, and used by a
 * transaction that lands.
 */
import { type Address, lamports } from "@solana/kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TransactionDraft } from "../../src/engine/ports.ts";
import { openWorkerPorts } from "../../src/runtime/worker-ports.ts";
import { setLimits } from "../../src/services/limits.ts";
import { makeLookupTable } from "../../src/services/lookup-table.ts";
import { viewLookupTables } from "../../src/services/lookup-table-view.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { stableAccounts } from "../../src/venues/stable-accounts.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { jsonOf, runCli } from "../cli/run-cli.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { unjudged } from "../support/unjudged.ts";

const MANY = Array.from({ length: 65 }, () => generateKeypair().address);

let stage: Stage;
let opened: Awaited<ReturnType<typeof openWorkerPorts>>;
beforeEach(async () => {
  stage = await openStage({ buyers: 1 });
  opened = await openWorkerPorts(stage.context);
});
afterEach(async () => {
  opened.close();
  await stage.close();
});

const make = (accounts?: readonly Address[]) =>
  makeLookupTable(stage.context, opened.ports, stage.userId, undefined, accounts);

describe("a lookup table", () => {
  it("of 65 addresses takes four extensions, holds them in order, and shortens a transaction that lands", async () => {
    const { chain, keyring } = opened.ports;
    const { table, transactions } = await make(MANY);
    expect(transactions).toBe(5);
    const [view] = await viewLookupTables(chain, [table]);
    expect(view).toMatchObject({ authority: stage.funding.address, isUsable: true, entries: MANY });

    const { slot: _slot, ...lifetime } = await chain.latestBlockhash();
    const receivers = [MANY[0], MANY[30], MANY[64]] as Address[];
    const draft: TransactionDraft = {
      feePayer: stage.funding.address,
      transfers: receivers.map((to) => ({ from: stage.funding.address, to, lamports: lamports(890_880n) })),
      setup: [],
      swap: [],
      memo: { text: "cto:1:op:fund:1/1", signer: stage.funding.address },
      cleanup: [],
      computeUnitLimit: 50_000,
      computeUnitPrice: 0n,
      lifetime,
      lookupTables: {},
    };
    const short = chain.compose({ ...draft, lookupTables: { [table]: view?.entries ?? [] } });
    // Three addresses of 32 bytes become three indices of one byte. The table's own entry takes 34 bytes.
    expect(short.size).toBe(chain.compose(draft).size - 3 * 32 + 3 + 34);
    const signed = await keyring.sign(unjudged(short), [stage.funding.id]);
    expect(await chain.broadcast(signed.wire, { preflight: true })).toBe("sent");
    const seen = await chain.watch(signed.signature, { timeoutMs: 10_000, until: "confirmed" });
    expect(seen).toMatchObject({ state: expect.stringMatching(/confirmed|finalized/), failure: null });
    const { accounts } = await chain.fetchAccounts(receivers);
    expect(receivers.map((to) => accounts.get(to)?.lamports)).toEqual([890_880n, 890_880n, 890_880n]);
  });

  it("is shown with what it lacks by `cto alt show`, which names what is no table", async () => {
    const { table } = await make(MANY.slice(0, 1));
    const [view] = (await jsonOf(["alt", "show", table], stage.env)) as [{ lacks: string[] }];
    expect(view).toMatchObject({ table, isUsable: true, entries: [MANY[0]] });
    expect(view.lacks).toEqual(await stableAccounts());
    const configured = await runCli(["alt", "show"], {
      ...stage.env,
      CTO_LOOKUP_TABLES: stage.funding.address,
    });
    expect(configured).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("CTO_E_LOOKUP_TABLE_UNKNOWN"),
    });
  });

  it("counts under the limits what its funding wallet lost by it, and is refused before anything is signed", async () => {
    const { context, localnet, userId, funding } = stage;
    const held = () => localnet.cluster.account(funding.address)?.lamports ?? 0n;
    const counted = async () => (await context.journal.readSpending(userId)).wallets.get(funding.id);
    const before = held();
    await make(MANY);
    const lost = before - held();
    expect(await counted()).toEqual({ spending: 0n, costs: lost });
    await setLimits(context, userId, { maxUserDayLamports: lamports(2n * lost - 1n) });
    const transactions = localnet.cluster.history().length;
    await expect(make(MANY)).rejects.toMatchObject({ code: "CTO_E_LIMIT_EXCEEDED" });
    expect(localnet.cluster.history()).toHaveLength(transactions);
    expect(await counted()).toEqual({ spending: 0n, costs: lost });
  });

  it("that cannot be paid for is said to be unfinished", async () => {
    await stage.context.journal.addUser({ id: "bob" });
    await generateWallets(stage.context, "bob", 1, { role: "funding" });
    await expect(makeLookupTable(stage.context, opened.ports, "bob")).rejects.toMatchObject({
      code: "CTO_E_LOOKUP_TABLE_UNFINISHED",
    });
  });
});
