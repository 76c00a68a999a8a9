/** Requests a new token from the desk of the running localnet. */
import { z } from "zod";
import type { Config } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import { type LocalnetAddress, readLocalnetAddress } from "../runtime/cluster-address.ts";
import { createClusterClient } from "../runtime/cluster-client.ts";

const answerSchema = z.object({ mint: z.string().min(32).max(44) });
const TIMEOUT_MS = 30_000;

export type TokenRequest = {
  readonly decimals: number;
  /** In base units. Half of the supply is the book's reserve of tokens. */
  readonly supply: bigint;
  /** The book's reserve of lamports. */
  readonly lamportsReserve: bigint;
  /** The token's symbol; absent if it has none. */
  readonly symbol?: string;
  readonly name?: string;
};

/** @throws `CTO_E_TOKEN_NEEDS_LOCALNET` if none runs, or if the configured endpoints are of another cluster */
export async function requireLocalnet(
  config: Pick<Config, "CTO_HOME" | "SOLANA_RPC_URL">,
): Promise<LocalnetAddress> {
  const localnet = await readLocalnetAddress(config);
  const [url] = config.SOLANA_RPC_URL ?? [];
  const host = url === undefined ? "" : new URL(url).host;
  const refused = (why: string): CTOError => new CTOError("CTO_E_TOKEN_NEEDS_LOCALNET", { why });
  if (localnet === null)
    throw refused(
      url === undefined ? "none is running" : `SOLANA_RPC_URL names ${host}, and none is running`,
    );
  if (url !== undefined && (await createClusterClient(url).genesisHash()) !== localnet.genesisHash)
    throw refused(`SOLANA_RPC_URL names ${host}, which is another cluster`);
  return localnet;
}

/**
 * Creates an SPL mint and lists it at the desk.
 *
 * @returns the mint's address
 * @throws `CTO_E_TOKEN_NEEDS_LOCALNET`, `CTO_E_DESK_FAILED`
 */
export async function createToken(
  config: Pick<Config, "CTO_HOME" | "SOLANA_RPC_URL">,
  token: TokenRequest,
): Promise<string> {
  const localnet = await requireLocalnet(config);
  const failed = (reason: string) => new CTOError("CTO_E_DESK_FAILED", { reason });
  const response = await fetch(new URL("/localnet/tokens", localnet.jupiterUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      decimals: token.decimals,
      supply: String(token.supply),
      lamportsReserve: String(token.lamportsReserve),
      symbol: token.symbol,
      name: token.name,
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw failed(`it does not answer at ${localnet.jupiterUrl}`);
  });
  const body: unknown = await response.json().catch(() => null);
  const parsed = answerSchema.safeParse(body);
  if (!response.ok || !parsed.success) throw failed(`it answered HTTP ${response.status}`);
  return parsed.data.mint;
}
