/** Chooses one of the tokens that a user's operations bought, and reads how much of it each wallet holds. */
import { useState } from "preact/hooks";
import { isPending, useResource } from "../../api/resource.ts";
import type { BoughtToken, Problem, Wallet } from "../../api/types.ts";
import { shorten } from "../../parts/address.tsx";
import { Select } from "../../parts/field.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Token } from "../../parts/token.tsx";

/** The interval of the reads, ms. A read of token balances costs the cluster more than one of SOL. */
const LIVE_MS = 30_000;

export type Held = {
  readonly tokens: readonly BoughtToken[];
  /** Null if the user's operations named no token yet. */
  readonly token: BoughtToken | null;
  readonly choose: (mint: string) => void;
  /** Base units by wallet id; null while they are not known. */
  readonly units: ReadonlyMap<string, string> | null;
  readonly problem: Problem | null;
  /** Whether the first reads have ended. A column that appeared later would move the others. */
  readonly isReady: boolean;
};

export function useHeldToken(user: string): Held {
  const path = `/v1/users/${encodeURIComponent(user)}`;
  const [chosen, choose] = useState("");
  const bought = useResource<{ tokens: BoughtToken[] }>(`${path}/tokens`);
  const tokens = bought.data?.tokens ?? [];
  const token = tokens.find(({ mint }) => mint === chosen) ?? tokens[0] ?? null;
  const balances = useResource<{ wallets: Wallet[] }>(
    token === null ? null : `${path}/wallets?balances=true&token=${token.mint}`,
    LIVE_MS,
  );
  const known = (balances.data?.wallets ?? []).flatMap(({ id, balance }) =>
    balance?.tokens == null ? [] : [[id, balance.tokens] as const],
  );
  return {
    tokens,
    token,
    choose,
    units: balances.data === null ? null : new Map(known),
    problem: balances.problem,
    isReady: !isPending(bought) && (token === null || !isPending(balances)),
  };
}

/** The symbol or the name, else the shortened address. The whole address stands beside the choice. */
export const shortNameOf = ({ mint, tokenLabel }: BoughtToken): string =>
  tokenLabel?.symbol || tokenLabel?.name || shorten(mint);

export function HeldTokenChoice({ held: { tokens, token, choose, problem } }: { held: Held }) {
  if (token === null) return null;
  return (
    <div class="held-token">
      <Select
        label="Token balances of"
        value={token.mint}
        options={tokens.map((one) => ({
          value: one.mint,
          label: one.tokenLabel === null ? shortNameOf(one) : `${shortNameOf(one)} (${shorten(one.mint)})`,
        }))}
        onValue={choose}
      />
      <Token address={token.mint} label={token.tokenLabel} ends={6} />
      {problem && problem.status !== 0 && <ProblemNote problem={problem} />}
    </div>
  );
}
