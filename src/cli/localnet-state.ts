/**
 * Keeps a localnet between two runs of the same CTO_HOME: its chain, and the desk's markets. The journal of this home
 * survives too, so the localnet must, or good receipts would name transactions that the chain does not have.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { address, createKeyPairSignerFromPrivateKeyBytes, isAddress, type KeyPairSigner } from "@solana/kit";
import { z } from "zod";
import type { Config } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import type { SavedBook } from "../localnet/desk/index.ts";
import type { MachineName } from "../localnet/index.ts";

/** Where the localnet of this CTO_HOME is saved, unless `--snapshot` names another file. */
export const chainFile = ({ CTO_HOME }: Pick<Config, "CTO_HOME">): string => join(CTO_HOME, "localnet.chain");

/** Beside the chain's file. */
export const marketsFile = (chain: string): string => `${chain}.json`;

const whole = z
  .string()
  .regex(/^[1-9]\d{0,19}$/)
  .transform(BigInt);
const schema = z.object({
  machine: z.enum(["today", "tower"]),
  /** The accounts of the programs' folder are on the chain already. */
  prepared: z.boolean(),
  /** False while the localnet runs, so that a start after a crash is recognised. */
  stopped: z.boolean(),
  savedAt: z.iso.datetime(),
  books: z.array(
    z.object({
      mint: z
        .string()
        .refine(isAddress)
        .transform((text) => address(text)),
      tokenReserve: whole,
      lamportsReserve: whole,
    }),
  ),
});

export type SavedLocalnet = {
  readonly machine: MachineName;
  readonly prepared: boolean;
  readonly stopped: boolean;
  readonly savedAt: string;
  readonly books: readonly SavedBook[];
};

const failed = (reason: string, cause?: unknown): CTOError =>
  new CTOError("CTO_E_LOCALNET_FAILED", { reason }, { cause });

/**
 * Returns what an earlier run has saved beside this chain, or null.
 * @throws `CTO_E_LOCALNET_FAILED` if it cannot be read, or is of another machine
 */
export function readSaved(chain: string, machine: MachineName): SavedLocalnet | null {
  if (!existsSync(chain) || !existsSync(marketsFile(chain))) return null;
  let saved: z.infer<typeof schema>;
  try {
    saved = schema.parse(JSON.parse(readFileSync(marketsFile(chain), "utf8")));
  } catch (error) {
    throw failed(`${marketsFile(chain)} is not the state of a localnet; --fresh begins a new one`, error);
  }
  if (saved.machine !== machine) {
    const reason = `the saved localnet is of the cluster "${saved.machine}"; use --cluster ${saved.machine}, or --fresh to begin a new one`;
    throw failed(reason);
  }
  const books = saved.books.map(({ mint, ...book }) => ({ mint, book }));
  return { ...saved, books };
}

/** Writes the whole file or nothing. @throws `CTO_E_LOCALNET_FAILED` */
export function writeSaved(chain: string, { books, ...state }: SavedLocalnet): void {
  const flat = books.map(({ mint, book }) => ({
    mint,
    tokenReserve: `${book.tokenReserve}`,
    lamportsReserve: `${book.lamportsReserve}`,
  }));
  const file = marketsFile(chain);
  try {
    writeFileSync(`${file}.part`, JSON.stringify({ ...state, books: flat }));
    renameSync(`${file}.part`, file);
  } catch (error) {
    throw failed(`${file} cannot be written`, error);
  }
}

/** Derives the desk's wallet from the chain, so that a restored chain has the same desk with its tokens. */
export const deskSignerOf = (genesisHash: string): Promise<KeyPairSigner> =>
  createKeyPairSignerFromPrivateKeyBytes(
    new Uint8Array(createHash("sha256").update(`desk/${genesisHash}`).digest()),
  );
