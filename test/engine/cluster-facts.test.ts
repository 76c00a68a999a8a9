/** Tests the facts that we read from a cluster's own accounts, and the values that we reject. */
import { type Address, address, lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { createChain } from "../../src/chain/index.ts";
import {
  CLUSTER_ACCOUNTS,
  readClusterFacts,
  rentExemption,
  walletMinimum,
} from "../../src/engine/cluster/cluster-facts.ts";
import { type RawAccount, RENT_SYSVAR, VERSION_ONE_FEATURE } from "../../src/engine/ports.ts";
import { startLocalnet } from "../../src/localnet/index.ts";
import { clusterAccounts, rentSysvar } from "../support/cluster-accounts.ts";

const withAccount = (at: Address, account: RawAccount) =>
  readClusterFacts({ accounts: new Map([...clusterAccounts(), [at, account]]) });

describe("the facts of a cluster", () => {
  it("are its rent rate, its clock, and whether version 1 is on", () => {
    const facts = { lamportsPerByte: 5_080n, epoch: 1_064n, unixTimestamp: 1_795_000_000n, versionOne: true };
    expect(readClusterFacts({ accounts: clusterAccounts(facts) })).toEqual(facts);
  });

  it("are read from a localnet with the accounts that they are used with", async () => {
    await using localnet = await startLocalnet({ slotMs: 0 });
    const chain = createChain({ urls: [localnet.rpcUrl] });
    const facts = readClusterFacts(await chain.fetchAccounts(CLUSTER_ACCOUNTS));
    expect(rentExemption(facts, 165)).toBe(localnet.cluster.rentExemption(165n));
    expect(Math.abs(Number(facts.unixTimestamp) - Date.now() / 1_000)).toBeLessThan(60);
    chain.close();
  });

  it("have the same rate where the sysvar states it per year, as before SIMD-0194", () => {
    expect(withAccount(RENT_SYSVAR, rentSysvar(6_960n, 2)).lamportsPerByte).toBe(6_960n);
    expect(rentSysvar(6_960n, 2).data).not.toEqual(rentSysvar(6_960n).data);
  });

  it.each([
    [6_960n, 890_880n, 2_039_280n],
    [5_080n, 650_240n, 1_488_440n],
    [696n, 89_088n, 203_928n],
  ])("at %d lamports per byte a wallet holds %d, a token account %d", (lamportsPerByte, wallet, token) => {
    expect(walletMinimum({ lamportsPerByte })).toBe(wallet);
    expect(rentExemption({ lamportsPerByte }, 165)).toBe(token);
  });

  it.each([
    ["no rent", rentSysvar(0n)],
    ["more than any cluster has asked", rentSysvar(20_000n)],
    ["a threshold that none has had", rentSysvar(6_960n, 3)],
    ["somebody else's account", { ...rentSysvar(6_960n), owner: VERSION_ONE_FEATURE }],
    ["half an account", { ...rentSysvar(6_960n), data: new Uint8Array(15) }],
  ])("are not believed with %s", (_what, rent) => {
    expect(() => withAccount(RENT_SYSVAR, rent)).toThrow(
      expect.objectContaining({ code: "CTO_E_RPC_INVALID_ANSWER" }),
    );
  });

  it("are not guessed where the endpoint leaves the sysvars out", () => {
    expect(() => readClusterFacts({ accounts: new Map() })).toThrow(
      expect.objectContaining({ code: "CTO_E_RPC_INVALID_ANSWER" }),
    );
  });

  it("do not take a feature for on that is pending, or that is no feature", () => {
    const owner = address("Feature111111111111111111111111111111111111");
    const pending = { owner, lamports: lamports(1n), data: new Uint8Array(9) };
    expect(withAccount(VERSION_ONE_FEATURE, pending).versionOne).toBe(false);
    const active = { ...pending, data: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0) };
    expect(withAccount(VERSION_ONE_FEATURE, active).versionOne).toBe(true);
    expect(withAccount(VERSION_ONE_FEATURE, { ...active, owner: RENT_SYSVAR }).versionOne).toBe(false);
  });
});
