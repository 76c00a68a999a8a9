/**
 * Reads what a wallet holds before its return is drafted, from as many endpoints as must agree. One that shows more than there is
 * would have the wallet's own money returned, or a return signed that fails on chain, which ends it for good.
 */
import { CTOError } from "../../errors/index.ts";
import type { ClusterFacts } from "../cluster/cluster-facts.ts";
import { readWithCluster } from "../cluster/read-cluster.ts";
import type { Chain, Fetched, Leg, RecoveryLeg, TokenAccount } from "../ports.ts";
import { rentsOf } from "./closable-now.ts";
import { closableBy } from "./nothing-left.ts";

type Reading = Pick<Chain, "fetchAccounts" | "witnessAccounts" | "readTokenAccounts" | "tokenAccountsIn">;

type Held = { readonly balance: bigint; readonly closable: readonly TokenAccount[] };

export type HeldNow = Held & {
  readonly slot: bigint;
  readonly cluster: ClusterFacts;
  /** Names what each endpoint shows, if they differ. */
  readonly disagreement: CTOError | null;
};

const isSame = (a: Held, b: Held): boolean =>
  a.balance === b.balance &&
  a.closable.length === b.closable.length &&
  a.closable.every(({ address, lamports, program }, at) => {
    const other = b.closable[at];
    return other?.address === address && other.lamports === lamports && other.program === program;
  });

const say = ({ balance, closable }: Held): string =>
  `${balance} lamports, and ${closable.length} accounts to close with ${rentsOf(closable)} lamports`;

/** @throws as `readWithCluster` does */
export async function readHeld(
  chain: Reading,
  leg: Pick<Leg, "address">,
  plan: Pick<RecoveryLeg, "accounts" | "owed">,
): Promise<HeldNow> {
  const planned = plan.accounts.map(({ address }) => address);
  const tokensIn = chain.tokenAccountsIn;
  const tokens = tokensIn === undefined ? await chain.readTokenAccounts(planned) : null;
  const wanted = tokens === null ? [leg.address, ...planned] : [leg.address];
  const { fetched, views, cluster } = await readWithCluster(chain, wanted);
  const heldIn = ({ accounts }: Pick<Fetched, "accounts">): Held => {
    const found = new Map(planned.map((address) => [address, accounts.get(address) ?? null]));
    const closable = closableBy(leg, tokens ?? tokensIn?.(found) ?? new Map());
    return { balance: accounts.get(leg.address)?.lamports ?? 0n, closable };
  };
  const first = heldIn(fetched);
  const shown = views.map(heldIn);
  const answers = shown.map((held, at) => ({ endpoint: `endpoint ${at + 1}`, says: say(held) }));
  const agree = plan.owed === 0n || shown.every((held) => isSame(held, first));
  const disagreement = agree
    ? null
    : new CTOError("CTO_E_ENDPOINTS_DISAGREE", { about: `what ${leg.address} holds`, answers });
  return { ...first, slot: fetched.slot, cluster, disagreement };
}
