/** Lists the tokens that a user's operations bought or tried to buy, so that a person can choose one by its name. */
import type { TokenLabel } from "../base/token-label.ts";
import type { Address } from "../engine/ports.ts";
import type { CTOContext } from "../runtime/context.ts";
import { decimalsOf } from "./token-decimals.ts";
import { listWallets } from "./wallet-list.ts";

export type BoughtToken = {
  readonly mint: Address;
  /** The token's own label, as the newest operation with one kept it. */
  readonly label?: TokenLabel;
  /** Undefined if neither the journal nor the cluster can answer. */
  readonly decimals: number | undefined;
  readonly lastOperationAt: Date;
};

/** The newest operations of the user that we read. The answer must cost the same for any number of operations. */
const LOOKED_AT = 500;
/** The most tokens that we return. */
const MOST = 20;

/** @throws `CTO_E_USER_UNKNOWN` */
export async function listBoughtTokens(
  context: Pick<CTOContext, "config" | "journal">,
  userId: string,
): Promise<BoughtToken[]> {
  await listWallets(context, userId); // It refuses an unknown user.
  const operations = await context.journal.listOperations({ userId, limit: LOOKED_AT });
  const found = new Map<Address, Omit<BoughtToken, "decimals">>();
  for (const { request, tokenLabel, createdAt } of operations) {
    if (request.purpose !== undefined) continue; // A sweep buys nothing.
    const mint = request.tokenAddress;
    const known = found.get(mint);
    if (known === undefined && found.size === MOST) continue;
    const label = known?.label ?? tokenLabel;
    found.set(mint, {
      mint,
      ...(label === undefined ? {} : { label }),
      lastOperationAt: known?.lastOperationAt ?? createdAt,
    });
  }
  return Promise.all(
    [...found.values()].map(async (token) => ({ ...token, decimals: await decimalsOf(context, token.mint) })),
  );
}
