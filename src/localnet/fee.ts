/**
 * Calculates what a transaction pays: signatures, compute units, priority (agave's `fee` and
 * `compute-budget-instruction`, SIMD-0385).
 */
import type { Address, ReadonlyUint8Array } from "@solana/kit";
import { COMPUTE_BUDGET_PROGRAM, SYSTEM_PROGRAM } from "./programs.ts";
import type { WireConfig, WireHeader, WireInstruction } from "./wire.ts";

const LAMPORTS_PER_SIGNATURE = 5_000n;
const MICRO_LAMPORTS_PER_LAMPORT = 1_000_000n;
const MAX_UNITS = 1_400_000n;
const DEFAULT_UNITS = 200_000n;
const DEFAULT_BUILTIN_UNITS = 3_000n;
/** Compute-budget instructions begin with one of these bytes. */
const SET_UNIT_LIMIT = 2;
const SET_UNIT_PRICE = 3;

/** Builtins that are not ordinary programs yet; their default budget is smaller. */
const BUILTINS: ReadonlySet<string> = new Set([
  SYSTEM_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  "Vote111111111111111111111111111111111111111",
  "BPFLoader1111111111111111111111111111111111",
  "BPFLoader2111111111111111111111111111111111",
  "BPFLoaderUpgradeab1e11111111111111111111111",
  "LoaderV411111111111111111111111111111111111",
]);

/**
 * Programs whose instruction data begins with the number of signatures to check. Each of these costs as much as a
 * signature of the transaction.
 */
const PRECOMPILES: ReadonlySet<string> = new Set([
  "Ed25519SigVerify111111111111111111111111111",
  "KeccakSecp256k11111111111111111111111111111",
  "Secp256r1SigVerify1111111111111111111111111",
]);

type Message = {
  readonly header: WireHeader;
  readonly staticKeys: readonly Address[];
  readonly instructions: readonly WireInstruction[];
  readonly config: WireConfig | null;
};

const view = (data: ReadonlyUint8Array): DataView => new DataView(new Uint8Array(data).buffer);

/** The budget of a version 1 message's configuration. The configuration contains the whole fee and no price. */
const budgetOf = ({ computeUnitLimit, priorityFee: fee }: WireConfig): { units: bigint; price: bigint } => {
  const units = BigInt(computeUnitLimit ?? 0);
  return { units, price: units === 0n ? 0n : ((fee ?? 0n) * MICRO_LAMPORTS_PER_LAMPORT) / units };
};

/** The budget of a message: units, and micro-lamports per unit. */
export const computeBudget = ({
  staticKeys,
  instructions,
  config,
}: Message): { units: bigint; price: bigint } => {
  if (config !== null) return budgetOf(config);
  let limit: bigint | undefined;
  let price = 0n;
  let defaults = 0n;
  for (const { programIndex, data } of instructions) {
    const program = staticKeys[programIndex] ?? "";
    if (program === COMPUTE_BUDGET_PROGRAM && data[0] === SET_UNIT_LIMIT && data.length >= 5) {
      limit = BigInt(view(data).getUint32(1, true));
    }
    if (program === COMPUTE_BUDGET_PROGRAM && data[0] === SET_UNIT_PRICE && data.length >= 9) {
      price = view(data).getBigUint64(1, true);
    }
    if (!PRECOMPILES.has(program)) defaults += BUILTINS.has(program) ? DEFAULT_BUILTIN_UNITS : DEFAULT_UNITS;
  }
  const units = limit ?? defaults;
  return { units: units < MAX_UNITS ? units : MAX_UNITS, price };
};

const priorityFee = (message: Message): bigint => {
  if (message.config !== null) return message.config.priorityFee ?? 0n;
  const { units, price } = computeBudget(message);
  return (units * price + MICRO_LAMPORTS_PER_LAMPORT - 1n) / MICRO_LAMPORTS_PER_LAMPORT;
};

/** The fee in lamports that the cluster takes for a message. */
export const computeFee = (message: Message): bigint => {
  const checked = message.instructions.reduce(
    (count, { programIndex, data }) =>
      count + (PRECOMPILES.has(message.staticKeys[programIndex] ?? "") ? (data[0] ?? 0) : 0),
    0,
  );
  const signatures = BigInt(message.header.numSignerAccounts + checked);
  return signatures * LAMPORTS_PER_SIGNATURE + priorityFee(message);
};
