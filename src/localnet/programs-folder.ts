/**
 * Reads a folder of real program binaries and their accounts, for the localnet.
 *
 * It contains `*.so`, named as in {@link KNOWN_PROGRAMS} or `<address>.so`, and `accounts/*.json` in the format of
 * `solana account --output json`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Address, address, isAddress, lamports } from "@solana/kit";
import { z } from "zod";
import { CTOError } from "../errors/index.ts";
import type { BankAccount } from "./bank.ts";
import type { Cluster } from "./cluster.ts";

/** File name without `.so` -> the program's address on mainnet. */
export const KNOWN_PROGRAMS: Readonly<Record<string, Address>> = {
  pump: address("6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P"),
  mayhem_program: address("MAyhSmzXzV1pTf7LsNkrNwkWKTo4ougAJ1PPg47MD4e"),
  pump_fees: address("pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ"),
  pump_fees_stub: address("pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ"),
  pump_amm: address("pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA"),
  raydium_cp_swap: address("CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C"),
  raydium_launchlab: address("LanMV9sAd7wArD4vJFi2qDdfnVhFxYSUg6eADduJ3uj"),
  meteora_dbc: address("dbcij3LWUppWqq96dh6gJWwBifmcGfLSB5D4DuSMaqN"),
  meteora_damm_v2: address("cpamdpZCGKUy5JxQXB4dcpGPiikHawvSWAd6mEn1sGG"),
  heaven: address("HEAVENoP2qxoeuF8Dj2oT1GHEnu49U5mJYkdeC8BAX2o"),
  jupiter: address("JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4"),
  mpl_token_metadata: address("metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s"),
};

const ELF = [0x7f, 0x45, 0x4c, 0x46];

export type ProgramFile = { readonly address: Address; readonly path: string };

const wrong = (file: string, problem: string, cause?: unknown): CTOError =>
  new CTOError("CTO_E_LOCALNET_FAILED", { reason: `${file} ${problem}` }, { cause });

const programAt = (path: string): ProgramFile => {
  const name = basename(path, ".so");
  const known = isAddress(name) ? name : KNOWN_PROGRAMS[name];
  if (known === undefined) {
    const names = Object.keys(KNOWN_PROGRAMS).join(", ");
    throw wrong(path, `is of no known program; name it <address>.so, or one of: ${names}`);
  }
  const head = readFileSync(path).subarray(0, ELF.length);
  if (!ELF.every((byte, at) => head[at] === byte)) throw wrong(path, "is not a program (it is no ELF file)");
  return { address: known, path };
};

const accountFile = z.object({
  pubkey: z.string().refine(isAddress, "not an address"),
  account: z.object({
    owner: z.string().refine(isAddress, "not an address"),
    lamports: z.union([z.number().int().nonnegative(), z.string().regex(/^\d+$/)]),
    data: z.tuple([z.string(), z.literal("base64")]),
    executable: z.boolean().default(false),
  }),
});

const accountAt = (path: string): BankAccount => {
  try {
    const { pubkey, account } = accountFile.parse(JSON.parse(readFileSync(path, "utf8")));
    return {
      address: address(pubkey),
      owner: address(account.owner),
      lamports: lamports(BigInt(account.lamports)),
      data: new Uint8Array(Buffer.from(account.data[0], "base64")),
      executable: account.executable,
    };
  } catch (error) {
    throw wrong(path, "is not an account as `solana account --output json` writes it", error);
  }
};

const filesIn = (folder: string, ending: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith(ending))
        .sort()
        .map((file) => join(folder, file))
    : [];

export type ProgramsFolder = {
  readonly folder: string;
  readonly programs: readonly ProgramFile[];
  /** By file name without `.json`. */
  readonly accounts: ReadonlyMap<string, BankAccount>;
};

/** @throws `CTO_E_LOCALNET_PROGRAMS_MISSING`; `CTO_E_LOCALNET_FAILED` with the name of the unusable file */
export const readProgramsFolder = (folder: string): ProgramsFolder => {
  if (!existsSync(folder)) throw new CTOError("CTO_E_LOCALNET_PROGRAMS_MISSING", { folder });
  return {
    folder,
    programs: filesIn(folder, ".so").map(programAt),
    accounts: new Map(
      filesIn(join(folder, "accounts"), ".json").map((path) => [basename(path, ".json"), accountAt(path)]),
    ),
  };
};

/** The first folder that exists and contains a program; null if there is none. */
export const findProgramsFolder = (candidates: readonly string[]): string | null =>
  candidates.find((folder) => filesIn(folder, ".so").length > 0) ?? null;

/** Writes the folder's accounts to the cluster. If several files have the same address, the last by name is used. */
export const putAccounts = (cluster: Cluster, { accounts }: ProgramsFolder): void => {
  for (const account of accounts.values()) cluster.setAccount(account);
};
