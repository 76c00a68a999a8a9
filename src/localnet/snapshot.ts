/** Stores a cluster's whole state in one file, so that a localnet can stop and continue later. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import { CTOError } from "../errors/index.ts";
import type { LedgerState } from "./ledger.ts";

type Snapshot = {
  readonly format: typeof FORMAT;
  /** LiteSVM's own serialisation: accounts, programs, sysvars. */
  readonly bank: Uint8Array;
  readonly ledger: LedgerState;
  readonly airdrops: number;
};

const FORMAT = "cto-localnet-1";

const bigints = z.array(z.bigint());
const strings = z.array(z.string());

/** We check only the outline; this module has written the rest of the file. */
const outline = z.object({
  format: z.literal(FORMAT),
  bank: z.instanceof(Uint8Array),
  airdrops: z.number().int().nonnegative(),
  ledger: z.object({
    genesisHash: z.string(),
    blocks: z
      .array(z.object({ slot: z.bigint(), height: z.bigint(), blockhash: z.string(), signatures: strings }))
      .min(1),
    transactions: z.array(
      z.object({
        signature: z.string(),
        wire: z.instanceof(Uint8Array),
        slot: z.bigint(),
        accounts: strings,
        preBalances: bigints,
        postBalances: bigints,
      }),
    ),
  }),
});

const isSnapshot = (value: unknown): value is Snapshot => outline.safeParse(value).success;

/** Writes the whole file or nothing. @throws `CTO_E_LOCALNET_FAILED` */
export const writeSnapshot = (file: string, state: Omit<Snapshot, "format">): void => {
  try {
    // The temporary file and the rename prevent a crash from leaving an incomplete snapshot.
    writeFileSync(`${file}.part`, gzipSync(serialize({ format: FORMAT, ...state })));
    renameSync(`${file}.part`, file);
  } catch (error) {
    throw new CTOError(
      "CTO_E_LOCALNET_FAILED",
      { reason: `snapshot ${file} cannot be written` },
      { cause: error },
    );
  }
};

/** @throws `CTO_E_LOCALNET_FAILED` if the file cannot be read or is not a snapshot. */
export const readSnapshot = (file: string): Snapshot => {
  try {
    const value: unknown = deserialize(gunzipSync(readFileSync(file)));
    if (isSnapshot(value)) return value;
  } catch (error) {
    throw new CTOError(
      "CTO_E_LOCALNET_FAILED",
      { reason: `snapshot ${file} cannot be read` },
      { cause: error },
    );
  }
  throw new CTOError("CTO_E_LOCALNET_FAILED", { reason: `${file} is not a localnet snapshot` });
};
