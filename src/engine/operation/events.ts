/** What is told of an operation while it runs: the events that its journal keeps. */
import type { Address, Lamports, Signature } from "@solana/kit";
import type { TokenLabel } from "../../base/token-label.ts";
import type { Failure, OperationStatus, Resolution, StepStatus } from "./model.ts";

/** Progress phases of the original interface, with their percentages. */
export const PHASES = {
  started: { label: "CTO Operation Started", progress: 10 },
  validating: { label: "Validating Parameters", progress: 25 },
  detecting: { label: "Platform Detection", progress: 45 },
  executing: { label: "Executing Operation", progress: 70 },
  completed: { label: "CTO Operation Completed", progress: 100 },
} as const;
export type Phase = keyof typeof PHASES;

export type OperationEvent =
  | {
      readonly type: "phase";
      readonly phase: Phase;
      readonly label: string;
      readonly progress: number;
      /** Of `detecting`: what the token calls itself; absent: nothing. */
      readonly token?: TokenLabel;
    }
  | {
      readonly type: "leg";
      readonly leg: number;
      readonly address: Address;
      readonly lamports: Lamports;
      readonly status: StepStatus;
      readonly progress: number;
      readonly signature?: Signature;
      readonly slot?: bigint;
      readonly failure?: Failure;
    }
  | {
      /** A batch of buyers is paid by the funding wallet, ahead of the buys. */
      readonly type: "fund";
      readonly batch: number;
      /** The first and the last leg that the batch pays for. */
      readonly firstLeg: number;
      readonly lastLeg: number;
      readonly status: StepStatus;
      readonly progress: number;
      readonly signature?: Signature;
      readonly slot?: bigint;
      readonly failure?: Failure;
    }
  | {
      /** What the operation left in a wallet goes back to whoever paid it. */
      readonly type: "recover";
      readonly leg: number;
      readonly address: Address;
      /** Rents of closed accounts included. */
      readonly lamports: Lamports;
      readonly status: StepStatus;
      readonly progress: number;
      readonly signature?: Signature;
      readonly slot?: bigint;
      readonly failure?: Failure;
    }
  | {
      readonly type: "result";
      readonly status: OperationStatus;
      readonly progress: number;
      readonly failure?: Failure;
    }
  | {
      /** A leg landed, and its wallet received less than was signed for. It is told once, when the transaction is final. */
      readonly type: "incident";
      readonly leg: number;
      readonly address: Address;
      /** Token base units. */
      readonly received: bigint;
      readonly least: bigint;
      readonly signature: Signature;
      readonly slot: bigint;
      readonly failure: Failure;
      readonly progress: number;
    }
  | {
      /** A person has decided what no evidence could: the audit record of it. */
      readonly type: "review";
      readonly leg: number;
      readonly resolution: Resolution;
      /** Decided although the evidence does not bear it out. */
      readonly forced: boolean;
      readonly reviewer: string;
      readonly reason: string;
      /** What the evidence said at that moment, in words. */
      readonly evidence: string;
      readonly progress: number;
      readonly signature?: Signature;
    };

/**
 * An event as the journal keeps it: numbered from 1 without gaps, per operation. Where old events were compacted, the one
 * that follows says how many stood directly before it: a gap without that is none, but an event that is not seen yet.
 */
export type StoredEvent = OperationEvent & {
  readonly seq: number;
  readonly at: Date;
  readonly compacted?: number;
};
