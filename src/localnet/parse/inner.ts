/** Encodes inner instructions as the RPC does: parsed, or by account indices. */
import { getBase58Decoder } from "@solana/kit";
import type { InnerInstruction, Outcome } from "../bank.ts";
import type { Cluster } from "../cluster.ts";
import type { WireTransaction } from "../wire.ts";
import { parseInstruction } from "./instruction.ts";
import type { KeyedInstruction } from "./types.ts";

const ofIndices = ({ programIndex, accountIndices, data, stackHeight }: InnerInstruction) => ({
  programIdIndex: programIndex,
  accounts: accountIndices,
  data: getBase58Decoder().decode(data),
  stackHeight,
});

/** An instruction with addresses instead of indices. */
export const withKeys = (
  keys: readonly string[],
  instruction: {
    readonly programIndex: number;
    readonly accountIndices: readonly number[];
    readonly data: KeyedInstruction["data"];
  },
): KeyedInstruction => ({
  programId: keys[instruction.programIndex] ?? "",
  accounts: instruction.accountIndices.map((index) => keys[index] ?? ""),
  data: instruction.data,
});

/** Contains only the top-level instructions that called others, with their index. */
export const innerInstructions = (inner: Outcome["inner"], keys: readonly string[], parsed: boolean) =>
  inner.flatMap((list, index) =>
    list.length === 0
      ? []
      : [
          {
            index,
            instructions: list.map((each) =>
              parsed ? parseInstruction(withKeys(keys, each), each.stackHeight) : ofIndices(each),
            ),
          },
        ],
  );

/** For `simulateTransaction`, which always parses inner instructions. */
export const encodeInner = (cluster: Cluster, decoded: WireTransaction, { inner }: Outcome) => {
  const loaded = cluster.loadedAddresses(decoded);
  return innerInstructions(inner, [...decoded.staticKeys, ...loaded.writable, ...loaded.readonly], true);
};
