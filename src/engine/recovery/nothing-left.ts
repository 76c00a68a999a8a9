/**
 * Checks that a wallet cannot return more of what it owes than one endpoint shows. A leg returns only once, so what the return
 * leaves is left for good, and one endpoint alone must not say it. Nor must a block that a fork may still drop.
 */
import { CTOError } from "../../errors/index.ts";
import { CLUSTER_ACCOUNTS, type ClusterFacts, readClusterFacts } from "../cluster/cluster-facts.ts";
import type { Chain, Leg, RecoveryLeg, TokenAccount, WitnessReader } from "../ports.ts";
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
  read: WitnessReader | undefined,
  tokenAccountsIn: Witnessing["tokenAccountsIn"],
  leg: Pick<Leg, "address">,
  plan: RecoveryLeg,
): Promise<Shown[]> {
  if (read === undefined || tokenAccountsIn === undefined) return [];
  const accounts = plan.accounts.map(({ address }) => address);
  const views = await read([leg.address, ...accounts, ...CLUSTER_ACCOUNTS]);
  return views.map((view) => {
    const planned = new Map(accounts.map((address) => [address, view.accounts.get(address) ?? null]));
    const balance = view.accounts.get(leg.address)?.lamports ?? 0n;
    const closable = closableBy(leg, tokenAccountsIn(planned));
    return { endpoint: view.endpoint, back: mostOf(readClusterFacts(view), plan, balance, closable) };
  });
}

type Witnessing = Pick<Chain, "witnessAccounts" | "witnessFinalAccounts" | "tokenAccountsIn" | "consensus">;

/**
 * Returns an error that names what each endpoint shows, if the wallet could return less than it owes, and some endpoint shows
 * that it could return more. Null otherwise, or if there are no endpoints to compare.
 *
 * On Tower the last final block must show it as well: a fork may drop the block that spent the money.
 *
 * @param most what the wallet could return by the first read, lamports
 * @throws `CTO_E_RPC_UNAVAILABLE` if too few of the endpoints answer; `CTO_E_RECOVERY_NOT_FINAL`
 */
export async function whyMore(
  { witnessAccounts, witnessFinalAccounts, tokenAccountsIn, consensus }: Witnessing,
  leg: Pick<Leg, "address">,
  plan: RecoveryLeg,
  most: bigint,
): Promise<CTOError | null> {
  if (most >= plan.owed) return null;
  const shown = await readLeft(witnessAccounts, tokenAccountsIn, leg, plan);
  if (shown.some(({ back }) => back > most)) {
    return new CTOError("CTO_E_ENDPOINTS_DISAGREE", {
      about: `what ${leg.address} can return`,
      answers: [{ endpoint: "the endpoint asked first", back: most }, ...shown].map(({ endpoint, back }) => ({
        endpoint,
        says: `${back} lamports`,
      })),
    });
  }
  if ((await consensus()) === "alpenglow") return null;
  const final = await readLeft(witnessFinalAccounts, tokenAccountsIn, leg, plan);
  const more = final.find(({ back }) => back > most);
  if (more === undefined) return null;
  throw new CTOError("CTO_E_RECOVERY_NOT_FINAL", { wallet: leg.address, now: most, final: more.back });
}
