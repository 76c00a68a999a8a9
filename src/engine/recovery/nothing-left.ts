/**
 * Checks that a wallet cannot return more of what it owes than one endpoint shows. A leg returns only once, so what the return
 * leaves is left for good, and one endpoint alone must not say it.
 */
import { CTOError } from "../../errors/index.ts";
import { CLUSTER_ACCOUNTS, type ClusterFacts, readClusterFacts } from "../cluster/cluster-facts.ts";
import type { Chain, Leg, RecoveryLeg, TokenAccount } from "../ports.ts";
import { returnable } from "./conservation.ts";

/** Returns the planned accounts that their wallet can close, by their bytes. */
export const closableBy = (
  { address }: Pick<Leg, "address">,
  tokens: ReadonlyMap<unknown, TokenAccount>,
): TokenAccount[] => [...tokens.values()].filter(({ closable, owner }) => closable && owner === address);

/** Returns what the wallet can return, with the accounts that it can close or, if that is more, without. Lamports. */
export function mostOf(
  cluster: Pick<ClusterFacts, "lamportsPerByte">,
  plan: RecoveryLeg,
  balance: bigint,
  closable: readonly TokenAccount[],
): bigint {
  const backs = [closable, []].map((closes) => returnable(cluster, plan, { balance, closes }));
  return backs.reduce((most: bigint, back: bigint) => (back > most ? back : most), 0n);
}

/** What one endpoint shows that the wallet can return, lamports. */
type Shown = { readonly endpoint: string; readonly back: bigint };

/** Returns what each of the endpoints that must agree (`RESIGN_QUORUM`) shows, at the rent that it has itself. */
async function readLeft(
  { witnessAccounts, tokenAccountsIn }: Witnessing,
  leg: Pick<Leg, "address">,
  plan: RecoveryLeg,
): Promise<Shown[]> {
  if (witnessAccounts === undefined || tokenAccountsIn === undefined) return [];
  const accounts = plan.accounts.map(({ address }) => address);
  const views = await witnessAccounts([leg.address, ...accounts, ...CLUSTER_ACCOUNTS]);
  return views.map((view) => {
    const planned = new Map(accounts.map((address) => [address, view.accounts.get(address) ?? null]));
    const balance = view.accounts.get(leg.address)?.lamports ?? 0n;
    const closable = closableBy(leg, tokenAccountsIn(planned));
    return { endpoint: view.endpoint, back: mostOf(readClusterFacts(view), plan, balance, closable) };
  });
}

type Witnessing = Pick<Chain, "witnessAccounts" | "tokenAccountsIn">;

/**
 * Returns an error that names what each endpoint shows, if the wallet could return less than it owes, and some endpoint shows
 * that it could return more. Null otherwise, or if there are no endpoints to compare.
 *
 * @param most what the wallet could return by the first read, lamports
 * @throws `CTO_E_RPC_UNAVAILABLE` if too few of the endpoints answer
 */
export async function whyMore(
  chain: Witnessing,
  leg: Pick<Leg, "address">,
  plan: RecoveryLeg,
  most: bigint,
): Promise<CTOError | null> {
  if (most >= plan.owed) return null;
  const shown = await readLeft(chain, leg, plan);
  if (shown.every(({ back }) => back <= most)) return null;
  return new CTOError("CTO_E_ENDPOINTS_DISAGREE", {
    about: `what ${leg.address} can return`,
    answers: [{ endpoint: "the endpoint asked first", back: most }, ...shown].map(({ endpoint, back }) => ({
      endpoint,
      says: `${back} lamports`,
    })),
  });
}
