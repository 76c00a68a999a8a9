/** Tests that a height decides about the last blocks of a time only if it was read just now. */
import type { Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import { readHeight } from "../../src/engine/calls/height.ts";

const chainAt = (cached: bigint, now: bigint) => {
  const asked: boolean[] = [];
  const latestBlockhash = async ({ fresh = false } = {}) => {
    asked.push(fresh);
    return { blockhash: "b" as Blockhash, slot: 1n, lastValidBlockHeight: (fresh ? now : cached) + 150n };
  };
  return { asked, chain: { latestBlockhash } };
};

it.each([
  ["far from the last block", 100n, 100n, [false]],
  ["with the last block so near that it may have passed", 171n, 191n, [false, true]],
  ["on the last block", 200n, 220n, [false, true]],
  ["after the last block", 201n, 201n, [false]],
] as const)("reads a height %s", async (_where, cached, height, reads) => {
  const { asked, chain } = chainAt(cached, cached + 20n);
  expect(await readHeight(chain, 200n)).toBe(height);
  expect(asked).toEqual(reads);
});

it("reads a height once if nothing ends", async () => {
  const { asked, chain } = chainAt(100n, 120n);
  expect([await readHeight(chain, null), asked]).toEqual([100n, [false]]);
});
