/**
 * Keeps a journal on the cluster of its operations. On another cluster nothing of them is on chain: every attempt would
 * seem dead there, and would be signed again.
 *
 * The journal's note names its cluster by the genesis hash. The first worker on a configured cluster writes it. A localnet
 * leaves no note, because it may begin anew under the same journal.
 */
import { CLUSTER_NOTE as NOTE } from "../base/cluster-name.ts";
import { CTOError } from "../errors/index.ts";
import { findCluster, isLocalnet, readLocalnetAddress } from "../runtime/cluster-address.ts";
import { createClusterClient } from "../runtime/cluster-client.ts";
import type { CTOContext } from "../runtime/context.ts";

type Configured = Pick<CTOContext, "config" | "journal">;

/** Workers compare all endpoints with each other, so the first answer is enough here. */
async function genesisOf({ config }: Configured): Promise<string> {
  const { urls } = await findCluster(config);
  const answers = await Promise.allSettled(urls.map((url) => createClusterClient(url).genesisHash()));
  const answer = answers.find(({ status }) => status === "fulfilled") ?? answers[0];
  if (answer?.status === "fulfilled") return answer.value;
  throw answer?.reason;
}

async function isOfLocalnet({ config }: Configured, genesis: string): Promise<boolean> {
  return isLocalnet(config) || (await readLocalnetAddress(config))?.genesisHash === genesis;
}

/** The genesis hash of the journal's cluster, and of the endpoints' cluster if it is another one. */
export type OtherCluster = { readonly journal: string; readonly cluster: string };

/**
 * Finds out whether the endpoints belong to another cluster than the journal. Writes nothing.
 * @throws `CTO_E_CONFIG_NO_CLUSTER`, `CTO_E_RPC_UNAVAILABLE` if no endpoint answers
 */
export async function findOtherCluster(context: Configured): Promise<OtherCluster | null> {
  const note = await context.journal.readNote(NOTE);
  if (note === null) return null;
  const cluster = await genesisOf(context);
  return note.value === cluster ? null : { journal: note.value, cluster };
}

/**
 * Binds a journal without a cluster to the endpoints' cluster, and refuses another one.
 *
 * @throws `CTO_E_JOURNAL_OTHER_CLUSTER`, `CTO_E_CONFIG_NO_CLUSTER`, `CTO_E_RPC_UNAVAILABLE` if no endpoint answers
 */
export async function requireOwnCluster(context: Configured): Promise<void> {
  if ((await context.journal.readNote(NOTE)) === null && !isLocalnet(context.config)) {
    const genesis = await genesisOf(context);
    // Another process may be faster; then its cluster is compared below.
    if (!(await isOfLocalnet(context, genesis))) await context.journal.writeNote(NOTE, 0, genesis);
  }
  const other = await findOtherCluster(context);
  if (other !== null) throw new CTOError("CTO_E_JOURNAL_OTHER_CLUSTER", other);
}
