/**
 * Attack: a member sells itself enough tokens for half of its pledge, in a transaction of its own with the call's memo. The page,
 * the status and the receipt count the whole pledge, and both verifiers refuse the honest operator's receipt (rule 9).
 */
import { expect, it } from "vitest";
import { boughtBy } from "../../src/engine/calls/results.ts";
import type { Address, Signature } from "../../src/engine/ports.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";

const [MEMBER, OTHER, MINT] = [generateKeypair(), generateKeypair(), generateKeypair()].map(
  ({ address }) => address,
) as [Address, Address, Address];
const SOL = 1_000_000_000n;
const meant = {
  wallet: MEMBER,
  mint: MINT,
  lamports: 5n * SOL,
  signature: null,
  readHanded: async () => ({ leastTokens: 100n, mayLeave: 6n * SOL }),
};
const tokens = [
  { owner: OTHER, mint: MINT, before: 100n, after: 0n },
  { owner: MEMBER, mint: MINT, before: 0n, after: 100n },
];
const at = { signature: "2".repeat(88) as Signature, fee: 5_000n };

it.fails("half of the pledge is not the whole", async () => {
  const changes = [
    { address: MEMBER, before: 9n * SOL, after: 9n * SOL - (5n * SOL) / 2n - at.fee },
    { address: OTHER, before: SOL, after: SOL + (5n * SOL) / 2n },
  ];
  expect(await boughtBy(meant, at, { tokens, changes })).toBe(0n);
});

it.fails("what another wallet has paid the fee for is not the member's prefunded buy (rules 4 and 9)", async () => {
  const changes = [
    { address: OTHER, before: 9n * SOL, after: 14n * SOL - at.fee },
    { address: MEMBER, before: 9n * SOL, after: 4n * SOL - at.fee },
  ];
  expect(await boughtBy(meant, at, { tokens, changes })).toBe(0n);
});
