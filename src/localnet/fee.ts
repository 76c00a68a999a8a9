/** What a transaction asks to pay: signatures, compute units, priority (agave's `fee` and `compute-budget-instruction`). */
import type { Address, ReadonlyUint8Array } from "@solana/kit";
import { COMPUTE_BUDGET_PROGRAM, SYSTEM_PROGRAM } from "./programs.ts";
import type { WireHeader, WireInstruction } from "./wire.ts";

const LAMPORTS_PER_SIGNATURE = 5_000n;
const MICRO_LAMPORTS_PER_LAMPORT = 1_000_000n;
const MAX_UNITS = 1_400_000n;
const DEFAULT_UNITS = 200_000n;
const DEFAULT_BUILTIN_UNITS = 3_000n;
/** Compute-budget instructions begin with one of these bytes. */
const SET_UNIT_LIMIT = 2;
const SET_UNIT_PRICE = 3;

/** Builtins that are not (yet) ordinary programs; they get a smaller default budget. */
const BUILTINS: ReadonlySet<string> = new Set([
  SYSTEM_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  "Vote111111111111111111111111111111111111111",
  "BPFLoader1111111111111111111111111111111111",
  "BPFLoader2111111111111111111111111111111111",
  "BPFLoaderUpgradeab1e11111111111111111111111",
  "LoaderV411111111111111111111111111111111111",
]);

/** Programs whose instruction data begins with the number of signatures to check, each charged like a signature. */
const PRECOMPILES: ReadonlySet<string> = new Set([
  "Ed25519SigVerify111111111111111111111111111",
  "KeccakSecp256k11111111111111111111111111111",
  "Secp256r1SigVerify1111111111111111111111111",
]);

type Message = {
  readonly header: WireHeader;
  readonly staticKeys: readonly Address[];
  readonly instructions: readonly WireInstruction[];
};

const view = (data: ReadonlyUint8Array): DataView => new DataView(new Uint8Array(data).buffer);

/** What the compute-budget instructions ask for: units, and micro-lamports per unit. */
export const computeBudget = ({ staticKeys, instructions }: Message): { units: bigint; price: bigint } => {
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

/** The fee in lamports that the cluster will take for a message. */
export const computeFee = (message: Message): bigint => {
  const { units, price } = computeBudget(message);
  const checked = message.instructions.reduce(
    (count, { programIndex, data }) =>
      count + (PRECOMPILES.has(message.staticKeys[programIndex] ?? "") ? (data[0] ?? 0) : 0),
    0,
  );
  const signatures = BigInt(message.header.numSignerAccounts + checked);
  const priority = (units * price + MICRO_LAMPORTS_PER_LAMPORT - 1n) / MICRO_LAMPORTS_PER_LAMPORT;
  return signatures * LAMPORTS_PER_SIGNATURE + priority;
};
