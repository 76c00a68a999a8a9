/** Builds the accounts that describe a cluster (rent, clock, features), as a node returns them. */
import { type Address, address, lamports } from "@solana/kit";
import {
  CLOCK_SYSVAR,
  type ClusterFacts,
  type RawAccount,
  RENT_SYSVAR,
  VERSION_ONE_FEATURE,
} from "../../src/engine/ports.ts";

/** The facts of an older cluster: the highest rent, and no transactions of version 1. */
export const OLD_CLUSTER: ClusterFacts = {
  lamportsPerByte: 6_960n,
  epoch: 0n,
  unixTimestamp: 1_795_000_000n,
  versionOne: false,
};

const SYSVARS = address("Sysvar1111111111111111111111111111111111111");
const FEATURES = address("Feature111111111111111111111111111111111111");

const accountOf = (owner: Address, bytes: number, write: (view: DataView) => void): RawAccount => {
  const data = new Uint8Array(bytes);
  write(new DataView(data.buffer));
  return { owner, lamports: lamports(1_000_000n), data };
};

/** Builds the rent sysvar. @param years the exemption threshold: 2 before SIMD-0194, when the rate was per year */
export const rentSysvar = (lamportsPerByte: bigint, years = 1): RawAccount =>
  accountOf(SYSVARS, 17, (view) => {
    view.setBigUint64(0, lamportsPerByte / BigInt(years), true);
    view.setFloat64(8, years, true);
  });

export const clusterAccounts = (facts: Partial<ClusterFacts> = {}): Map<Address, RawAccount> => {
  const { lamportsPerByte, epoch, unixTimestamp, versionOne } = { ...OLD_CLUSTER, ...facts };
  const clock = accountOf(SYSVARS, 40, (view) => {
    view.setBigUint64(16, epoch, true);
    view.setBigInt64(32, unixTimestamp, true);
  });
  return new Map<Address, RawAccount>([
    [RENT_SYSVAR, rentSysvar(lamportsPerByte)],
    [CLOCK_SYSVAR, clock],
    // A pending feature has an account, too.
    [VERSION_ONE_FEATURE, accountOf(FEATURES, 9, (view) => view.setUint8(0, versionOne ? 1 : 0))],
  ]);
};
