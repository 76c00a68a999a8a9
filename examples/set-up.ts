/**
 * Creates what the examples need on the running localnet, if it is missing: users with wallets, SOL in them, and
 * tokens. Your application creates its users and wallets with the same functions, once.
 */
import {
  addCTOUser,
  airdropTestSol,
  createTestToken,
  generateCTOWallets,
  isCTOError,
  listCTOWallets,
} from "cto-queue";

const SOL = 1_000_000_000n;
const BUYERS = 3;
/** Wallets with less SOL receive this amount. */
const ENOUGH = { funding: "10", buyer: "2" };

async function ensureUser(id: string): Promise<void> {
  await addCTOUser({ id }).catch((error: unknown) => {
    if (!isCTOError(error, "CTO_E_USER_EXISTS")) throw error;
  });
  const wallets = await listCTOWallets(id);
  const has = (role: "funding" | "buyer"): number => wallets.filter((wallet) => wallet.role === role).length;
  await generateCTOWallets(id, Math.max(0, BUYERS - has("buyer")), { role: "buyer" });
  await generateCTOWallets(id, 1 - has("funding"), { role: "funding" });
}

async function ensureFunds(id: string): Promise<void> {
  const wallets = await listCTOWallets(id, { balances: true });
  await Promise.all(
    wallets
      .filter(({ role, lamports = "0" }) => BigInt(lamports) < BigInt(ENOUGH[role]) * SOL)
      .map(({ address, role }) => airdropTestSol(address, ENOUGH[role])),
  );
}

/**
 * Prepares the users and creates tokens.
 *
 * @returns the mints of the new tokens
 * @throws `CTO_E_HOME_MISSING`, `CTO_E_CONFIG_NO_CLUSTER` if `cto start` does not run in this folder
 */
export async function setUp(users: readonly string[], tokens: number): Promise<string[]> {
  for (const user of users) {
    await ensureUser(user);
    await ensureFunds(user);
  }
  const mints: string[] = [];
  for (let made = 0; made < tokens; made += 1) mints.push(await createTestToken());
  return mints;
}
