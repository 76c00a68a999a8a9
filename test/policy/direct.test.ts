/**
 * Tests that the policy approves every buy that we build ourselves, and refuses it as soon as one part of it is
 * different.
 */
import { AccountRole, type Instruction } from "@solana/kit";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { describe, expect, it } from "vitest";
import type { Lamports, TransactionDraft } from "../../src/engine/ports.ts";
import { WIDEST } from "../../src/engine/transaction/format.ts";
import { judge } from "../../src/policy/index.ts";
import { ownAccounts } from "../../src/policy/swap-scene.ts";
import { tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import { addressOf, bytesOf, FUNDING, type Honest, honestBuys, STRANGER } from "./buys.ts";

const honest = await honestBuys();

/**
 * Adds a lookup table of every account that is not ours, because some buys do not fit without one, and the changed ones
 * are longer.
 */
const withTable = async (each: Honest): Promise<Honest> => {
  const { setup, swap } = each.draft;
  const named = [...setup, ...swap].flatMap(({ accounts = [] }) => accounts.map((one) => one.address));
  const own = await ownAccounts(each.meant);
  const entries = [...new Set([...named, STRANGER])].filter((one) => !own.has(one));
  const lookupTables = { [addressOf(99)]: entries };
  return { ...each, draft: { ...each.draft, lookupTables }, meant: { ...each.meant, lookupTables } };
};

const buys = await Promise.all(honest.map(withTable));

const judged = ({ meant }: Honest, draft: TransactionDraft): Promise<string | null> =>
  judge(bytesOf(draft), meant);

const changed = (
  draft: TransactionDraft,
  part: "setup" | "swap" | "cleanup",
  at: number,
  change: (instruction: Instruction) => Instruction,
): TransactionDraft => ({
  ...draft,
  [part]: draft[part].map((each, index) => (index === at ? change(each) : each)),
});

/** The modes differ in the payer, not in the swap. We change only the standard one byte by byte. */
const isTakenApart = ({ name }: Honest): boolean => name.endsWith("standard");

describe.each(buys.map((each) => [each.name, each] as const))("a buy at %s", (_name, each) => {
  const { draft } = each;
  const parts = isTakenApart(each) ? (["setup", "swap", "cleanup"] as const) : [];

  it("is let through as it was meant", async () => {
    expect(await judged(each, draft)).toBeNull();
  });

  it("is refused when any account of any instruction is a stranger's", async () => {
    for (const part of parts) {
      for (const [at, { accounts = [] }] of draft[part].entries()) {
        for (const index of accounts.keys()) {
          const other = changed(draft, part, at, (one) => ({
            ...one,
            accounts: (one.accounts ?? []).map((account, place) =>
              place === index ? { address: STRANGER, role: AccountRole.WRITABLE } : account,
            ),
          }));
          expect(await judged(each, other), `${part} ${at}, account ${index}`).not.toBeNull();
        }
      }
    }
  });

  it("is refused when any byte of any instruction's data is another, or one is missing or too many", async () => {
    for (const part of parts) {
      for (const [at, { data = new Uint8Array() }] of draft[part].entries()) {
        const others = [
          ...Array.from({ length: data.length }, (_, byte) =>
            Uint8Array.from(data, (value, place) => (place === byte ? value ^ 1 : value)),
          ),
          data.slice(0, -1),
          Uint8Array.of(...data, 0),
        ];
        for (const other of others) {
          const draftOf = changed(draft, part, at, (one) => ({ ...one, data: Uint8Array.from(other) }));
          expect(await judged(each, draftOf), `${part} ${at}, ${other}`).not.toBeNull();
        }
      }
    }
  });

  it("is refused when an instruction is left out, stands there twice, or one more account is named", async () => {
    for (const part of parts) {
      for (const at of draft[part].keys()) {
        const twice = { ...draft, [part]: [...draft[part], draft[part][at]] } as TransactionDraft;
        expect(await judged(each, twice), `${part} ${at} twice`).not.toBeNull();
        const more = changed(draft, part, at, (one) => ({
          ...one,
          accounts: [...(one.accounts ?? []), { address: STRANGER, role: AccountRole.READONLY }],
        }));
        expect(await judged(each, more), `${part} ${at}, one more`).not.toBeNull();
      }
    }
    expect(await judged(each, { ...draft, swap: [] })).toBe("swap: it is missing");
  });

  it("opens no account that its buyer had: nobody has counted that rent", async () => {
    const { meant } = each;
    const had = { ...each, meant: { ...meant, tokensBefore: 0n } };
    const [opening, ...setup] = draft.setup;
    expect(opening?.programAddress).toBe(ASSOCIATED_TOKEN_PROGRAM_ADDRESS);
    expect(await judged(had, draft)).not.toBeNull();
    expect(await judged(had, { ...draft, setup })).toBeNull();
    const wrapping = setup.find(({ programAddress }) => programAddress === ASSOCIATED_TOKEN_PROGRAM_ADDRESS);
    if (wrapping === undefined) return;
    const kept = { ...had, meant: { ...had.meant, keepsWrapped: true } };
    const rest = setup.filter((one) => one !== wrapping);
    expect(await judged(kept, { ...draft, setup, cleanup: [] })).not.toBeNull();
    expect(await judged(kept, { ...draft, setup: rest, cleanup: [] })).toBeNull();
  });

  it("is refused when it asks for another signature", async () => {
    const { accounts = [] } = draft.swap[0] ?? {};
    const [first] = accounts.filter(({ address }) => !each.meant.wallets.includes(address));
    const asking = changed(draft, "swap", 0, (one) => ({
      ...one,
      accounts: (one.accounts ?? []).map((account) =>
        account.address === first?.address ? { ...account, role: AccountRole.READONLY_SIGNER } : account,
      ),
    }));
    expect(await judged(each, asking)).toMatch(/^it is signed by/);
  });

  it("is refused when it says something else, pays another way, or another amount", async () => {
    const { memo, transfers } = draft;
    const others: TransactionDraft[] = [
      { ...draft, memo: { ...memo, text: memo.text.replace("op_1", "op_2") } },
      { ...draft, memo: { ...memo, text: memo.text.replace("1/2", "2/2") } },
      { ...draft, memo: { ...memo, signer: STRANGER } },
      { ...draft, feePayer: STRANGER },
      { ...draft, computeUnitLimit: draft.computeUnitLimit + 1 },
      { ...draft, computeUnitPrice: draft.computeUnitPrice + 1n },
      {
        ...draft,
        transfers: [...transfers, { from: draft.feePayer, to: STRANGER, lamports: 1n as Lamports }],
      },
      {
        ...draft,
        closes: [{ address: STRANGER, owner: draft.memo.signer, program: each.meant.tokenProgram }],
      },
      ...transfers.flatMap((transfer) => [
        // Both wallets sign as before, but the other one pays.
        { ...draft, feePayer: draft.memo.signer },
        { ...draft, transfers: [{ ...transfer, lamports: (transfer.lamports + 1n) as Lamports }] },
        { ...draft, transfers: [{ ...transfer, to: STRANGER }] },
        { ...draft, transfers: [transfer, transfer] },
        { ...draft, transfers: [] },
      ]),
    ];
    for (const [at, other] of others.entries())
      expect(await judged(each, other), `the change ${at}`).not.toBeNull();
  });
});

it("most of them are short enough without a lookup table, and let through so", async () => {
  let short = 0;
  for (const { draft, meant } of honest) {
    const bytes = await Promise.resolve(draft)
      .then(bytesOf)
      .catch(() => null);
    if (bytes === null) continue;
    expect(await judge(bytes, meant)).toBeNull();
    short += 1;
  }
  expect(short).toBeGreaterThan(honest.length / 2);
});

it("all of them are let through in version 1, with their fees in the message", async () => {
  for (const { draft, meant } of honest) {
    const newer = { ...draft, format: WIDEST };
    expect(await judge(bytesOf(newer), meant)).toBeNull();
    expect(await judge(bytesOf({ ...newer, computeUnitPrice: 6_000n }), meant)).toMatch(/for priority/);
  }
});

describe("what a market is said to be", () => {
  it("is never one of our own accounts", async () => {
    const cpmm = buys.find(({ name }) => name === "cpmm 0, standard");
    if (cpmm === undefined) throw new Error("no CPMM buy");
    const market = { ...cpmm.meant.market, pool: FUNDING };
    expect(await judge(bytesOf(cpmm.draft), { ...cpmm.meant, market })).toBe(
      "the market's pool is one of our own accounts",
    );
  });

  it("has to be known", async () => {
    for (const each of buys.filter(({ name }) => !name.startsWith("jupiter"))) {
      expect(await judge(bytesOf(each.draft), { ...each.meant, market: {} })).toMatch(/is not known$/);
    }
  });
});

describe("an account of ours", () => {
  it("is never named by its place in a lookup table, where an endpoint may claim it to stand", async () => {
    for (const { draft, meant, name } of buys.filter(isTakenApart)) {
      const { buyer, mint, tokenProgram } = meant;
      const token = await tokenAccountOf(buyer, mint, tokenProgram);
      const lookupTables = { [addressOf(98)]: [...Object.values(meant.lookupTables).flat(), token] };
      const bytes = bytesOf({ ...draft, lookupTables });
      expect(await judge(bytes, { ...meant, lookupTables }), name).toBe(
        `it takes ${token}, which is ours, from a lookup table`,
      );
    }
  });
});

describe("bytes", () => {
  it("that are no message, or name an account of an unknown table, are refused", async () => {
    const [each] = buys;
    if (each === undefined) throw new Error("no buys");
    const bytes = bytesOf(each.draft);
    expect(await judge(bytes, each.meant)).toBeNull();
    const reason = "an instruction names an account of an unknown lookup table";
    expect(await judge(bytes, { ...each.meant, lookupTables: {} })).toBe(reason);
    expect(await judge(new Uint8Array(5), each.meant)).toMatch(/^the message cannot be decoded/);
    expect(await judge(bytes.subarray(0, 200), each.meant)).not.toBeNull();
  });
});
