/**
 * Reads the receipts' data that is not in the journal: the token's decimals and the cluster. Both are cached.
 */
import type { Address } from "../../engine/ports.ts";
import { createFailoverReader, loadReceipt, type Receipt } from "../../receipts/index.ts";
import { findCluster } from "../../runtime/cluster-address.ts";
import { openClusterClient } from "../../runtime/cluster-client.ts";
import type { CTOContext } from "../../runtime/context.ts";

/** The most mints in the cache, because strangers choose which receipts they open. */
const REMEMBERED_MINTS = 1_000;

export type ReceiptSource = {
  /** @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_CALL_WITHOUT_RECEIPT`, `CTO_E_JOURNAL_UNAVAILABLE` */
  receipt(operationId: string): Promise<Receipt>;
};

export function createReceiptSource(context: Pick<CTOContext, "config" | "journal">): ReceiptSource {
  const { config, journal } = context;
  const known = new Map<Address, number>();
  let genesis: string | undefined;
  const genesisHash = async (): Promise<string> => {
    genesis ??= await (await openClusterClient(config)).genesisHash();
    return genesis;
  };
  const decimals = async (mint: Address): Promise<number> => {
    const remembered = known.get(mint);
    if (remembered !== undefined) return remembered;
    const read = await createFailoverReader((await findCluster(config)).urls).decimals(mint);
    if (known.size >= REMEMBERED_MINTS) known.clear();
    known.set(mint, read);
    return read;
  };
  return {
    receipt: (operationId) => loadReceipt({ journal }, operationId, { decimals, genesisHash }),
  };
}
