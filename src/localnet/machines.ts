/** The machines that a localnet can be: what a cluster reads like today, and what it read like before. */
import type { Consensus } from "../engine/ports.ts";

/** Everything that differs between clusters, and that nothing outside may take for granted. */
export type Machine = {
  /** Time between slots, ms. 0: no slot comes by itself, only by `tick()`. */
  readonly slotMs: number;
  /** Blocks that `confirmed` stays behind the newest one. */
  readonly confirmedDepth: number;
  /** Blocks that `finalized` stays behind the newest one. */
  readonly finalizedDepth: number;
  /** Every so many slots one has no block; 0: each has. */
  readonly skipEvery: number;
  /** The rent rate that it begins with. */
  readonly lamportsPerByte: bigint;
  /** What `getAgGenesisCert` tells. */
  readonly consensus: Consensus;
  /** Whether transactions may be of version 1. */
  readonly versionOne: boolean;
};

export const MACHINES = {
  /** Solana of November 2026: Alpenglow, where what is confirmed is final and only a slot may be skipped. */
  today: {
    slotMs: 200,
    confirmedDepth: 1,
    finalizedDepth: 1,
    skipEvery: 16,
    lamportsPerByte: 5_080n,
    consensus: "alpenglow",
    versionOne: true,
  },
  /** Solana until 2026, and private clusters since. */
  tower: {
    slotMs: 400,
    confirmedDepth: 1,
    finalizedDepth: 32,
    skipEvery: 0,
    lamportsPerByte: 6_960n,
    consensus: "tower",
    versionOne: false,
  },
} as const satisfies Readonly<Record<string, Machine>>;

export type MachineName = keyof typeof MACHINES;
export const MACHINE_NAMES = Object.keys(MACHINES) as MachineName[];
