/**
 * What the examples need, made on the running localnet if it is missing: users with wallets, SOL in them, tokens.
 * Your application has its users and wallets already: it needs none of this.
 */

import { lamports } from "@solana/kit";
import { airdrop, openTestCluster } from "../src/cli/airdrop.ts";
import { createToken } from "../src/cli/desk-client.ts";
import { type CTOContext, isCTOError, openContext } from "../src/index.ts";
import { addUser } from "../src/services/users.ts";
import { generateWallets } from "../src/services/wallets.ts";

const SOL = 1_000_000_000n;
const BUYERS = 3;
/** Wallets that hold less are given more. */
const ENOUGH = { funding: 10n * SOL, buyer: 2n * SOL };

async function ensureUser({ journal, config }: CTOContext, id: string): Promise<void> {
  await addUser({ journal, config }, { id }).catch((error: unknown) => {
    if (!isCTOError(error, "CTO_E_USER_EXISTS")) throw error;
  });
  const wallets = await journal.listWallets(id);
  const has = (role: "funding" | "buyer"): number => wallets.filter((wallet) => wallet.role === role).length;
  const missing = Math.max(0, BUYERS - has("buyer"));
  await generateWallets({ journal, config }, id, missing, { role: "buyer" });
  await generateWallets({ journal, config }, id, 1 - has("funding"), { role: "funding" });
}

async function ensureFunds({ journal, config }: CTOContext, id: string): Promise<void> {
  const cluster = await openTestCluster(config, "the example");
  const wallets = await journal.listWallets(id);
  const balances = await cluster.balances(wallets.map(({ address }) => address));
  await Promise.all(
    wallets
      .filter(({ address, role }) => (balances.get(address) ?? 0n) < ENOUGH[role])
      .map(({ address, role }) => airdrop(cluster, address, lamports(ENOUGH[role]))),
  );
}

/**
 * @returns the mints of new tokens
 * @throws `CTO_E_CONFIG_NO_CLUSTER` when `cto start` does not run in this folder
 */
export async function setUp(users: readonly string[], tokens: number): Promise<string[]> {
  const context = await openContext();
  try {
    for (const user of users) {
      await ensureUser(context, user);
      await ensureFunds(context, user);
    }
    const token = { decimals: 6, supply: 1_000_000_000_000_000n, lamportsReserve: 1_000n * SOL };
    const mints: string[] = [];
    for (let made = 0; made < tokens; made += 1) mints.push(await createToken(context.config, token));
    return mints;
  } finally {
    await context.close();
  }
}
