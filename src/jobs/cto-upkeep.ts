/**
 * Offers what an operator does now and then: backups and restores, old records, the secret that seals keys, lookup
 * tables, and the import of another bot's users. The services are those of the command line.
 */
import { type Address, isAddress } from "@solana/kit";
import { CTOError } from "../errors/index.ts";
import { withChainPorts } from "../runtime/chain-ports.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { withWorkerPorts } from "../runtime/worker-ports.ts";
import { noteBackup } from "../services/backup.ts";
import { defaultChainPorts } from "../services/default-tokens.ts";
import { type ImportReport, importFrom } from "../services/import/index.ts";
import { type Mapping, parseMapping } from "../services/import/mapping.ts";
import { openSource } from "../services/import/source.ts";
import { type KeysStatus, keysStatus, type Rotation, rotateKeys } from "../services/keys.ts";
import { type MadeTable, makeLookupTable } from "../services/lookup-table.ts";
import { type LookupTableView, viewLookupTables } from "../services/lookup-table-view.ts";
import { type Pruning, prune, RETENTION_DAYS } from "../services/prune.ts";
import { type Declared, declareRestore } from "../services/restore.ts";

/**
 * Records that a backup of the journal was made now. `cto doctor --production` checks it.
 *
 * @param place where the backup is, for people; never a secret
 */
export async function noteCTOBackup(place: string): Promise<Date> {
  return noteBackup(await defaultContext(), place);
}

/**
 * Declares that the database was restored from a backup. No worker may run. docs/runbook.md has all steps.
 *
 * @throws `CTO_E_CONFIG_NO_CLUSTER`, `CTO_E_RPC_UNAVAILABLE`, and the errors for a wrong backup
 */
export async function declareCTORestore(reason: string): Promise<Declared> {
  const context = await defaultContext();
  return withChainPorts(context, (ports) => declareRestore(context, ports, reason));
}

/**
 * Compacts the events of operations that ended long ago, and removes old deliveries of webhooks.
 *
 * @param options.apply removes them. Without it, the result says what would be removed
 * @throws `CTO_E_USAGE`
 */
export async function pruneCTORecords({
  days = RETENTION_DAYS,
  apply = false,
}: {
  days?: number;
  apply?: boolean;
} = {}): Promise<Pruning> {
  if (!Number.isInteger(days) || days < 1 || days > 36_500) {
    throw new CTOError("CTO_E_USAGE", { problem: `days is from 1 to 36,500, not ${String(days)}` });
  }
  return prune(await defaultContext(), { days, dryRun: !apply });
}

/** Counts the wallets under each secret. Secrets are shown by their fingerprints. */
export async function getCTOKeysStatus(): Promise<KeysStatus> {
  return keysStatus(await defaultContext());
}

/** Seals all wallets' keys with ENCRYPTION_SECRET, while the system runs. docs/wallets.md has all steps. */
export async function rotateCTOKeys(): Promise<Rotation> {
  return rotateKeys(await defaultContext());
}

export type CTOImportOptions = {
  /** The connection string of the bot's database, which is only read. */
  readonly uri: string;
  /** Names of collections and fields that differ from the defaults: `cto import mongo --print-mapping` prints these. */
  readonly mapping?: unknown;
  /** Writes the import. Without it, the report says what would be written. */
  readonly apply?: boolean;
};

/**
 * Imports another bot's users and wallets from MongoDB. What exists here stays unchanged.
 *
 * @throws `CTO_E_IMPORT_MAPPING_INVALID`, `CTO_E_IMPORT_SOURCE_UNAVAILABLE`, `CTO_E_IMPORT_COLLECTION_EMPTY`
 */
export async function importCTOBot({
  uri,
  mapping: given = {},
  apply = false,
}: CTOImportOptions): Promise<ImportReport> {
  const mapping: Mapping = parseMapping(given);
  const context = await defaultContext();
  const source = await openSource(uri);
  try {
    return await importFrom(context, source, { mapping, apply });
  } finally {
    await source.close();
  }
}

/**
 * Creates an address lookup table of the accounts that all buys share. The user's funding wallet pays for it.
 *
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_USER_HAS_NO_FUNDING_WALLET`, `CTO_E_CONFIG_NO_CLUSTER`
 */
export async function createCTOLookupTable(userId: string): Promise<MadeTable> {
  const context = await defaultContext();
  return withWorkerPorts(context, (ports) => makeLookupTable(context, ports, userId));
}

/**
 * Returns the entries of lookup tables, and what they lack.
 *
 * @param tables their addresses. Default: those of CTO_LOOKUP_TABLES
 * @throws `CTO_E_USAGE`, `CTO_E_CONFIG_NO_CLUSTER`
 */
export async function viewCTOLookupTables(tables?: readonly string[]): Promise<LookupTableView[]> {
  const { config } = await defaultContext();
  const wanted: Address[] = (tables ?? config.CTO_LOOKUP_TABLES ?? []).map((text) => {
    if (isAddress(text)) return text;
    throw new CTOError("CTO_E_USAGE", { problem: `"${text}" is not a Solana address` });
  });
  if (wanted.length === 0) return [];
  return viewLookupTables((await defaultChainPorts()).chain, wanted);
}
