/** Defines the events of an operation, which the journal stores and listeners get while it runs. */
import type { Address, Lamports, Signature } from "@solana/kit";
import type { TokenLabel } from "../../base/token-label.ts";
import type { Failure, OperationStatus, Resolution, StepStatus } from "./model.ts";

/** The progress phases of the original interface, with their percentages. */
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
      /** Only in `detecting`: the token's own label; absent: it has none. */
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
      /** The funding wallet pays a batch of buyers ahead of their buys. */
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
      /** The lamports that the operation left in a wallet go back to the wallet that paid them. */
      readonly type: "recover";
      readonly leg: number;
      readonly address: Address;
      /** Includes the rents of closed accounts. */
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
      /**
       * A leg landed, and its wallet received fewer tokens than were signed for. Emitted once, when the transaction
       * is final.
       */
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
      /** A person has decided what the evidence could not decide. This event is the audit record. */
      readonly type: "review";
      /** The step's number: of a funding, its batch. */
      readonly leg: number;
      readonly resolution: Resolution;
      /** Whether the decision goes beyond the evidence. */
      readonly forced: boolean;
      readonly reviewer: string;
      readonly reason: string;
      /** The evidence at that moment, as text. */
      readonly evidence: string;
      readonly progress: number;
      readonly signature?: Signature;
    };

/**
 * An event as the journal stores it. Events are numbered per operation, from 1, without gaps.
 *
 * If old events were compacted, `compacted` of the next event is the number of events deleted directly before it. A
 * gap without such a number means that an event was not received yet.
 */
export type StoredEvent = OperationEvent & {
  readonly seq: number;
  readonly at: Date;
  readonly compacted?: number;
};
