/**
 * Reads a cluster's facts about itself. They are stored in normal accounts, so we read them in the same batch as the
 * accounts that we use them with: without an extra call, and from the same slot.
 */
import { type Address, address, type Lamports } from "@solana/kit";
import { CTOError, isCTOError } from "../../errors/index.ts";
import type { Fetched, RawAccount } from "../ports/chain.ts";
import { MOST_LAMPORTS_PER_BYTE } from "./bounds.ts";

export type ClusterFacts = {
  /**
   * The rent rate: the lamports that an account must hold for each of its bytes. It may rise and fall (SIMD-0437,
   * SIMD-0438).
   */
  readonly lamportsPerByte: bigint;
  readonly epoch: bigint;
  /** The cluster's own time, seconds. */
  readonly unixTimestamp: bigint;
  /** Whether the cluster accepts transactions of version 1 (SIMD-0385). */
  readonly versionOne: boolean;
};

export const RENT_SYSVAR = address("SysvarRent111111111111111111111111111111111");
export const CLOCK_SYSVAR = address("SysvarC1ock11111111111111111111111111111111");
/** The feature gate of transaction version 1. Its account contains whether it is active. */
export const VERSION_ONE_FEATURE = address("txv1aq4pp281K9um3tnPgkfX8UqtFT6wcVW3hNezGLL");

const SYSVAR_OWNER = address("Sysvar1111111111111111111111111111111111111");
const FEATURE_OWNER = address("Feature111111111111111111111111111111111111");

/** The accounts that {@link readClusterFacts} needs, to be read with other accounts. */
export const CLUSTER_ACCOUNTS: readonly Address[] = [RENT_SYSVAR, CLOCK_SYSVAR, VERSION_ONE_FEATURE];

/** Every account costs rent for this many bytes in addition to its data. */
const ACCOUNT_OVERHEAD = 128n;

/** The least lamports that an account of this many bytes must hold at this rate. */
export const rentExemption = ({ lamportsPerByte }: Pick<ClusterFacts, "lamportsPerByte">, bytes: number) =>
  ((ACCOUNT_OVERHEAD + BigInt(bytes)) * lamportsPerByte) as Lamports;

/** The rent-exempt minimum of a wallet, which is an account without data. */
export const walletMinimum = (cluster: Pick<ClusterFacts, "lamportsPerByte">): Lamports =>
  rentExemption(cluster, 0);

/**
 * Reads the cluster's facts from a batch of accounts.
 *
 * @param fetched a batch that includes {@link CLUSTER_ACCOUNTS}
 * @throws `CTO_E_RPC_INVALID_ANSWER`: without a rent rate and a clock we cannot calculate anything
 */
export function readClusterFacts({ accounts }: Pick<Fetched, "accounts">): ClusterFacts {
  return {
    lamportsPerByte: rentRateIn(accounts),
    ...clockIn(accounts),
    versionOne: isActive(accounts.get(VERSION_ONE_FEATURE) ?? null),
  };
}

const rentRateIn = (accounts: Fetched["accounts"]) => readRentRate(sysvar(accounts, RENT_SYSVAR, "Rent", 16));
const clockIn = (accounts: Fetched["accounts"]) => readClock(sysvar(accounts, CLOCK_SYSVAR, "Clock", 40));

/**
 * Says why the Rent or Clock sysvar in an endpoint's answer is unusable; null if those that were requested are usable. The
 * reader of accounts checks this, so that the next endpoint is asked.
 *
 * @param accounts an answer, with every address that was requested
 */
export function unusableSysvar(accounts: Fetched["accounts"]): string | null {
  try {
    if (accounts.has(RENT_SYSVAR)) rentRateIn(accounts);
    if (accounts.has(CLOCK_SYSVAR)) clockIn(accounts);
    return null;
  } catch (error) {
    if (isCTOError(error, "CTO_E_RPC_INVALID_ANSWER")) return error.context.problem;
    throw error;
  }
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/**
 * The facts about the cluster that are safe for every endpoint's answer: the higher rent, so that no rent is too low;
 * the later clock; version 1 only if all endpoints have it.
 */
export const agreedCluster = (clusters: readonly ClusterFacts[]): ClusterFacts | undefined =>
  clusters.reduce<ClusterFacts | undefined>((one, other) => {
    if (one === undefined) return other;
    return {
      lamportsPerByte: larger(one.lamportsPerByte, other.lamportsPerByte),
      epoch: larger(one.epoch, other.epoch),
      unixTimestamp: larger(one.unixTimestamp, other.unixTimestamp),
      versionOne: one.versionOne && other.versionOne,
    };
  }, undefined);

const invalid = (problem: string): CTOError =>
  new CTOError("CTO_E_RPC_INVALID_ANSWER", { method: "getMultipleAccounts", problem });

function sysvar(accounts: Fetched["accounts"], at: Address, name: string, bytes: number): DataView {
  const account = accounts.get(at) ?? null;
  if (account === null || account.owner !== SYSVAR_OWNER || account.data.length < bytes)
    throw invalid(`the ${name} sysvar is missing, or is not one`);
  const { buffer, byteOffset, byteLength } = account.data;
  return new DataView(buffer, byteOffset, byteLength);
}

/**
 * `solana_rent::Rent`: lamports per byte and year (u64), years (f64). Since SIMD-0194 the first is the whole rate and
 * the second is 1. Before, the rate was their product.
 */
function readRentRate(rent: DataView): bigint {
  const years = rent.getFloat64(8, true);
  if (years !== 1 && years !== 2) throw invalid(`the Rent sysvar's exemption threshold is ${years}`);
  const rate = rent.getBigUint64(0, true) * BigInt(years);
  if (rate === 0n || rate > MOST_LAMPORTS_PER_BYTE) throw invalid(`the rent is ${rate} lamports per byte`);
  return rate;
}

/** `solana_clock::Clock`: slot, epoch start, epoch, leader epoch, unix seconds; 8 bytes each. */
const readClock = (clock: DataView): Pick<ClusterFacts, "epoch" | "unixTimestamp"> => ({
  epoch: clock.getBigUint64(16, true),
  unixTimestamp: clock.getBigInt64(32, true),
});

/** `solana_feature_gate_interface::Feature`: the optional slot since which the feature is active. */
const isActive = (feature: RawAccount | null): boolean =>
  feature !== null && feature.owner === FEATURE_OWNER && feature.data[0] === 1 && feature.data.length >= 9;
