/**
 * Tests that `simulateTransaction` returns the new state of every account, and that execution then has the same result.
 */
import { generateKeyPairSigner, lamports } from "@solana/kit";
import { getCreateAccountInstruction } from "@solana-program/system";
import {
  findAssociatedTokenPda,
  getCreateAssociatedTokenInstructionAsync,
  getInitializeMint2Instruction,
  getMintSize,
  getMintToInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { beforeEach, describe, expect, it } from "vitest";
import { Cluster } from "../../src/localnet/cluster.ts";
import { call, fundedSigner, memo, SOL, send, signed, signedV1, transfer } from "./support.ts";

const UNITS = 200_000;

let cluster: Cluster;
beforeEach(() => {
  cluster = new Cluster({ slotMs: 0 });
});

const now = () => cluster.head("processed").blockhash;

const simulate = (wire: string, config: object = { replaceRecentBlockhash: true }) => {
  const { result } = call(cluster, "simulateTransaction", wire, { encoding: "base64", ...config });
  return (result as { value: Record<string, unknown> }).value;
};

/** Returns instructions that create a mint and an account of it, and that mint five units. */
async function minting() {
  const payer = await fundedSigner(cluster);
  const mint = await generateKeyPairSigner();
  const [token] = await findAssociatedTokenPda({
    owner: payer.address,
    mint: mint.address,
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
  });
  const space = getMintSize();
  const rent = lamports(cluster.rentExemption(BigInt(space)));
  const instructions = [
    getCreateAccountInstruction({
      payer,
      newAccount: mint,
      lamports: rent,
      space,
      programAddress: TOKEN_PROGRAM_ADDRESS,
    }),
    getInitializeMint2Instruction({ mint: mint.address, decimals: 6, mintAuthority: payer.address }),
    await getCreateAssociatedTokenInstructionAsync({ payer, owner: payer.address, mint: mint.address }),
    getMintToInstruction({ mint: mint.address, token, mintAuthority: payer, amount: 5n }),
    memo("gm"),
  ];
  return { payer, mint: mint.address, instructions };
}

describe("a simulation", () => {
  it("says what the landed transaction's record says afterwards", async () => {
    const { payer, mint, instructions } = await minting();
    const wire = await signed(payer, now(), instructions);
    const told = simulate(wire);
    const signature = String(send(cluster, wire).result);
    cluster.tick(40);
    const { result } = call(cluster, "getTransaction", signature, { maxSupportedTransactionVersion: 0 });
    const { meta } = result as { meta: Record<string, unknown> };
    for (const field of ["fee", "preBalances", "postBalances", "preTokenBalances", "postTokenBalances"]) {
      expect(told[field], field).toEqual(meta[field]);
    }
    expect(told.postTokenBalances).toMatchObject([
      { accountIndex: 2, mint, owner: payer.address, uiTokenAmount: { amount: "5", decimals: 6 } },
    ]);
  });

  it("names just as many loaded bytes as a version 1 transaction needs", async () => {
    const { payer, instructions } = await minting();
    const limited = (loadedAccountsDataSizeLimit: number) =>
      signedV1(payer, now(), instructions, { computeUnitLimit: UNITS, loadedAccountsDataSizeLimit });
    const { loadedAccountsDataSize: size, err } = simulate(await limited(10_000_000));
    expect(err).toBeNull();
    expect(simulate(await limited(Number(size)))).toMatchObject({ err: null });
    expect(simulate(await limited(Number(size) - 1))).toMatchObject({
      err: "MaxLoadedAccountsDataSizeExceeded",
    });
  });

  it("of what would fail leaves nothing but the fee, and no fee where no block would carry it", async () => {
    const payer = await fundedSigner(cluster);
    const to = await generateKeyPairSigner();
    const failing = [transfer(payer, to.address, SOL), transfer(payer, to.address, 20n * SOL)];
    expect(simulate(await signed(payer, now(), failing))).toMatchObject({
      err: { InstructionError: [1, { Custom: 1 }] },
      fee: 5_000n,
      preBalances: [10n * SOL, 0n, 1n],
      postBalances: [10n * SOL - 5_000n, 0n, 1n],
    });
    expect(simulate(await signed(to, now(), [transfer(to, payer.address, 1n)]))).toMatchObject({
      err: "AccountNotFound",
      fee: null,
      loadedAccountsDataSize: 0,
      preBalances: [0n, 10n * SOL, 1n],
      postBalances: [0n, 10n * SOL, 1n],
    });
  });

  it("of an older node returns none of it", async () => {
    cluster = new Cluster({ slotMs: 0, simulatesEffects: false });
    const payer = await fundedSigner(cluster);
    const told = simulate(await signed(payer, now(), [memo("gm")]));
    expect(told).toMatchObject({ err: null });
    for (const field of ["fee", "loadedAccountsDataSize", "preBalances", "postTokenBalances"]) {
      expect(told).not.toHaveProperty(field);
    }
  });
});
