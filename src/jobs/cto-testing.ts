/**
 * Offers SOL and tokens for tests on a localnet (SOL also on devnet and testnet). Both functions refuse a cluster on
 * which SOL is money.
 */
import { type Address, lamports } from "@solana/kit";
import { parseSol } from "../contract/amount.ts";
import { addressGiven, requireGiven } from "../contract/given.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { airdrop, openTestCluster } from "../services/airdrop.ts";
import { createToken } from "../services/test-token.ts";

/**
 * Gives an address SOL, and waits until the airdrop is confirmed.
 *
 * @throws `CTO_E_USAGE`, `CTO_E_CLUSTER_NOT_FOR_TESTS`, `CTO_E_CONFIG_NO_CLUSTER`, `CTO_E_RPC_UNAVAILABLE`
 * @example
 * await airdropTestSol(wallet.address, "2.5");
 */
export async function airdropTestSol(to: string, sol: number | string): Promise<void> {
  requireGiven(addressGiven, to, "to");
  const { config } = await defaultContext();
  await airdrop(await openTestCluster(config, "airdropTestSol"), to as Address, lamports(parseSol(sol)));
}

/** 1,000 SOL against half of 1,000,000,000 tokens. */
const BOOK = { decimals: 6, supply: 1_000_000_000_000_000n, lamportsReserve: 1_000_000_000_000n };

/**
 * Creates a token at the desk of the running localnet.
 *
 * @returns its mint
 * @throws `CTO_E_CONFIG_NO_CLUSTER`, `CTO_E_DESK_FAILED`
 */
export async function createTestToken(): Promise<string> {
  return createToken((await defaultContext()).config, BOOK);
}
