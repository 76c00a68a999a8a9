/** Tests that nodes with different records behind one address do not prove an absence together. */
import type { Address, Signature } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { readHistory } from "../../src/chain/history.ts";
import type { Call, Rpc } from "../../src/chain/rpc.ts";
import { whyUnproved } from "../../src/engine/restore/memo-history.ts";
import { addressOf, attemptOf } from "../../src/journal/contract/harness.ts";

const SINCE = 800n;
const TIP = 2_000n;

type Node = { readonly firstAvailable: bigint };
const ARCHIVE: Node = { firstAvailable: 0n };
/** Started from a snapshot after the purchase. */
const YOUNG: Node = { firstAvailable: 950n };

type Landed = { readonly signature: Signature; readonly slot: bigint };
const landedAt = (slot: bigint): Landed => ({ signature: attemptOf(1, `slot ${slot}`).signature, slot });
const BOUGHT = landedAt(900n);

/** Answers each call by the next node. @param first the node of the first call */
function behindOneAddress(nodes: readonly Node[], history: readonly Landed[], first: number) {
  let calls = first;
  const answer = (method: string, params: readonly unknown[]): unknown => {
    const node = nodes[calls++ % nodes.length] ?? ARCHIVE;
    if (method === "getEpochInfo") return { absoluteSlot: TIP, blockHeight: TIP };
    if (method === "getFirstAvailableBlock") return node.firstAvailable;
    const { before } = params[1] as { before?: Signature };
    const from = before === undefined ? 0 : history.findIndex(({ signature }) => signature === before) + 1;
    return history
      .slice(from)
      .filter(({ slot }) => slot >= node.firstAvailable)
      .map(({ signature, slot }) => ({ signature, slot, err: null, memo: null }));
  };
  const call: Call = async ({ method, params, schema }) => schema.parse(answer(method, params));
  const onDistinctEndpoints: Rpc["onDistinctEndpoints"] = async (_count, work) => [await work(call, "one")];
  return readHistory({ onDistinctEndpoints }, 1, addressOf("a wallet") as Address, SINCE);
}

const FARMS: [string, Node[]][] = [
  ["two nodes", [ARCHIVE, YOUNG]],
  ["three nodes", [ARCHIVE, ARCHIVE, YOUNG]],
  ["four nodes, of which one is an archive", [ARCHIVE, YOUNG, YOUNG, YOUNG]],
];

describe.each(FARMS)("the history of a wallet from %s behind one address", (_name, nodes) => {
  const starts = nodes.map((_node, index) => index);

  it.each(starts)("proves no absence of what only an archive has, from node %i on", async (first) => {
    const [history] = await behindOneAddress(nodes, [BOUGHT], first);
    if (history === undefined) return expect.fail("no history");
    const isSeen = history.lines.some(({ signature }) => signature === BOUGHT.signature);
    expect(isSeen || whyUnproved(history, { since: SINCE }) !== null).toBe(true);
  });

  it.each(starts)(
    "has it where an older transaction shows how far the records go, from node %i on",
    async (first) => {
      const [history] = await behindOneAddress(nodes, [BOUGHT, landedAt(700n)], first);
      expect(history).toMatchObject({ complete: true });
      expect(history?.lines.map(({ slot }) => slot)).toEqual([900n, 700n]);
    },
  );
});

it("proves an absence by a node that has everything", async () => {
  const [history] = await behindOneAddress([ARCHIVE], [], 0);
  expect(history).toMatchObject({ complete: true, lines: [], firstAvailableSlot: 0n });
});
