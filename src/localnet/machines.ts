/** Defines the kinds of cluster that a localnet can simulate: today's Solana, and Solana before 2026. */
import type { Consensus } from "../engine/ports.ts";

/** All properties that differ between clusters. Code outside must not assume any of them. */
export type Machine = {
  /** The time between slots, ms. 0: slots advance only by `tick()`. */
  readonly slotMs: number;
  /** How many blocks `confirmed` is behind the newest block. */
  readonly confirmedDepth: number;
  /** How many blocks `finalized` is behind the newest block. */
  readonly finalizedDepth: number;
  /** One slot in this many has no block; 0: every slot has a block. */
  readonly skipEvery: number;
  /** The rent rate at the start. */
  readonly lamportsPerByte: bigint;
  /** What `getAgGenesisCert` reports. */
  readonly consensus: Consensus;
  /** Whether transactions of version 1 are accepted. */
  readonly versionOne: boolean;
};

export const MACHINES = {
  /** Solana of November 2026: Alpenglow. A confirmed block is final; only a whole slot may be skipped. */
  today: {
    slotMs: 200,
    confirmedDepth: 1,
    finalizedDepth: 1,
    skipEvery: 16,
    lamportsPerByte: 5_080n,
    consensus: "alpenglow",
    versionOne: true,
  },
  /** Solana until 2026, and private clusters since then. */
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
