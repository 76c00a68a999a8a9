/** Checks that a wallet holds nothing more of what it owes. That ends its return for good, so one endpoint alone must not say it. */
import { CTOError } from "../../errors/index.ts";
import { CLUSTER_ACCOUNTS, readClusterFacts } from "../cluster/cluster-facts.ts";
import type { Chain, Leg, RecoveryLeg, TokenAccount } from "../ports.ts";
import { returnable } from "./conservation.ts";

/** Returns the planned accounts that their wallet can close, by their bytes. */
export const closableBy = (
  { address }: Pick<Leg, "address">,
  tokens: ReadonlyMap<unknown, TokenAccount>,
): TokenAccount[] => [...tokens.values()].filter(({ closable, owner }) => closable && owner === address);

/** What one endpoint shows that the wallet can return, lamports. */
type Shown = { readonly endpoint: string; readonly back: bigint };

/**
 * Returns what can be returned by each of the endpoints that must agree (`RESIGN_QUORUM`), at the rent that it has itself.
 * Returns nothing if nothing is owed, or if there are no endpoints to compare.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE` if too few of them answer
 */
export async function readLeft(
  { witnessAccounts, tokenAccountsIn }: Pick<Chain, "witnessAccounts" | "tokenAccountsIn">,
  leg: Pick<Leg, "address">,
  plan: RecoveryLeg,
): Promise<Shown[]> {
  if (plan.owed === 0n || witnessAccounts === undefined || tokenAccountsIn === undefined) return [];
  const accounts = plan.accounts.map(({ address }) => address);
  const views = await witnessAccounts([leg.address, ...accounts, ...CLUSTER_ACCOUNTS]);
  return views.map((view) => {
    const planned = new Map(accounts.map((address) => [address, view.accounts.get(address) ?? null]));
    const balance = view.accounts.get(leg.address)?.lamports ?? 0n;
    const backs = [closableBy(leg, tokenAccountsIn(planned)), []].map((closes) =>
      returnable(readClusterFacts(view), plan, { balance, closes }),
    );
    return { endpoint: view.endpoint, back: backs.find((back) => back > 0n) ?? 0n };
  });
}

/** The error of a return for which only some reads show that nothing is left. */
export const disagreeing = ({ address }: Pick<Leg, "address">, shown: readonly Shown[]): CTOError =>
  new CTOError("CTO_E_ENDPOINTS_DISAGREE", {
    about: `what ${address} can return`,
    answers: [{ endpoint: "the endpoint asked first", back: 0n }, ...shown].map(({ endpoint, back }) => ({
      endpoint,
      says: `${back} lamports`,
    })),
  });
