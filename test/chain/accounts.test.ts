/** Tests reading accounts from endpoints that return too few accounts, cut accounts or old accounts. */
import type { Address } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { createChain } from "../../src/chain/index.ts";
import { createNewestSlot } from "../../src/chain/newest-slot.ts";
import type { Found } from "../../src/engine/ports.ts";
import { type Handler, startFaultServer } from "./fault-server.ts";

const MINT = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
const OWNER = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

/** A node at this slot. It refuses a request whose `minContextSlot` is later. */
const nodeAt =
  (slot: number, lamports: number): Handler =>
  ({ params }) => {
    const { minContextSlot = 0 } = (params[1] ?? {}) as { minContextSlot?: number };
    if (minContextSlot > slot)
      return { error: { code: -32016, message: "Minimum context slot has not been reached" } };
    const account = {
      owner: OWNER,
      lamports,
      data: ["", "base64"],
      executable: false,
      rentEpoch: 0,
      space: 0,
    };
    return { result: { context: { slot }, value: [account] } };
  };

const failing: Handler = () => ({ status: 503 });

describe("an endpoint that is behind", () => {
  it("is skipped once a newer one has answered, and another one is used", async () => {
    let up = true;
    await using ahead = await startFaultServer((request, before) =>
      (up ? nodeAt(1_000, 7) : failing)(request, before),
    );
    await using behind = await startFaultServer(nodeAt(900, 3));
    await using close = await startFaultServer(nodeAt(995, 5));
    const chain = createChain({ urls: [ahead.url, behind.url, close.url], retryBaseMs: 5 });
    expect((await chain.fetchAccounts([MINT])).accounts.get(MINT)?.lamports).toBe(7n);
    up = false;
    const after = await chain.fetchAccounts([MINT]);
    expect(after.slot).toBe(995n);
    expect(after.accounts.get(MINT)?.lamports).toBe(5n);
    expect(behind.requests).toHaveLength(1);
    chain.close();
  });

  it("makes the read fail if it is alone: we do not buy by its view of a market", async () => {
    let slot = 1_000;
    await using node = await startFaultServer((request, before) => nodeAt(slot, 1)(request, before));
    const chain = createChain({ urls: [node.url], retryBaseMs: 5 });
    await chain.fetchAccounts([MINT]);
    slot = 900;
    await expect(chain.fetchAccounts([MINT])).rejects.toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
    slot = 993;
    expect((await chain.fetchAccounts([MINT])).slot).toBe(993n);
    chain.close();
  });

  it("is used again after a minute without a newer answer, because the cluster may have restarted", () => {
    let now = 0;
    const newest = createNewestSlot(() => now);
    expect(newest.least()).toBeNull();
    newest.see(1_000n);
    newest.see(995n);
    expect(newest.least()).toBe(992n);
    now = 60_001;
    expect(newest.least()).toBeNull();
    newest.see(20n);
    expect(newest.least()).toBe(12n);
  });
});

describe("an answer that is not whole", () => {
  it.each<[string, unknown]>([
    ["has too few accounts", []],
    ["has an account without an owner", [{ lamports: 1, data: ["", "base64"] }]],
    ["has data that is not base64", [{ owner: OWNER, lamports: 1, data: ["*", "base64"] }]],
  ])("because it %s is refused", async (_what, value) => {
    await using node = await startFaultServer(() => ({ result: { context: { slot: 1 }, value } }));
    const chain = createChain({ urls: [node.url], retryBaseMs: 5 });
    await expect(chain.fetchAccounts([MINT])).rejects.toMatchObject({ code: "CTO_E_RPC_INVALID_ANSWER" });
    chain.close();
  });
});

describe("a search for a program's accounts", () => {
  const OTHER = "SysvarC1ock11111111111111111111111111111111" as Address;
  /** A node that finds these accounts: before this slot the first ones, and from it on the others. */
  const finding =
    (slot: number, before: readonly Address[], after: readonly Address[] = before): Handler =>
    ({ params }) => {
      const { minContextSlot } = (params[1] ?? {}) as { minContextSlot?: number };
      const found = minContextSlot === undefined ? before : after;
      const account = { owner: OWNER, lamports: 1, data: ["", "base64"] };
      return {
        result: {
          context: { slot: minContextSlot ?? slot },
          value: found.map((pubkey) => ({ pubkey, account })),
        },
      };
    };
  const search = async (nodes: readonly Handler[], resignQuorum?: number) => {
    await using first = await startFaultServer(nodes[0] ?? failing);
    await using second = await startFaultServer(nodes[1] ?? failing);
    const chain = createChain({
      urls: [first.url, second.url],
      retryBaseMs: 5,
      ...(resignQuorum === undefined ? {} : { resignQuorum }),
    });
    const found = chain.findAccounts(OWNER as Address, { memcmp: [{ offset: 0, bytes: MINT }] });
    const settled = await found.catch((error: unknown) => error);
    chain.close();
    const asked = [first, second].map(({ requests }) =>
      requests
        .filter(({ method }) => method === "getProgramAccounts")
        .map(({ params }) => (params[1] as { minContextSlot?: number }).minContextSlot),
    );
    if (!Array.isArray(settled)) return { failure: settled, asked };
    return { found: (settled as Found[]).map(({ accounts }) => [...accounts.keys()]), asked };
  };

  it("asks as many endpoints as must agree, once", async () => {
    expect(await search([finding(10, [MINT]), finding(11, [MINT])])).toEqual({
      found: [[MINT], [MINT]],
      asked: [[undefined], [undefined]],
    });
    const { found, asked } = await search([finding(10, [MINT]), finding(11, [])], 1);
    expect([found, asked.flat()]).toEqual([[[MINT]], [undefined]]);
  });

  it("asks again, from no slot behind, where they differ", async () => {
    const asked = [
      [undefined, 11],
      [undefined, 11],
    ];
    expect(await search([finding(10, [], [MINT]), finding(11, [MINT])])).toEqual({
      found: [[MINT], [MINT]],
      asked,
    });
    const lies = await search([finding(10, [MINT]), finding(11, [MINT, OTHER])]);
    expect(lies).toEqual({ found: [[MINT], [MINT, OTHER]], asked });
  });

  it("fails where too few of them answer", async () => {
    const { failure } = await search([finding(10, [MINT])]);
    expect(failure).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
  });
});
