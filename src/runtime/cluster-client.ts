/**
 * Reads the cluster's name, balances and mints, and requests airdrops, for commands and for the server. Workers use
 * `chain/` instead.
 */
import { type Address, type Lamports, lamports, type Signature } from "@solana/kit";
import { z } from "zod";
import { createBoundedRpc, hasGenesisCert } from "../base/bounded-rpc.ts";
import { firstAnswer } from "../base/first-answer.ts";
import { hideSecrets, secretsOf } from "../base/hide-secrets.ts";
import { once } from "../base/once.ts";
import { visible } from "../base/visible.ts";
import type { Config } from "../config.ts";
import { landedAt } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { findCluster } from "./cluster-address.ts";

/** A person waits for these answers, so the timeout is short. */
const TIMEOUT_MS = 5_000;
/** Characters of an endpoint's text that people see. */
const MOST_TEXT = 200;
/** The most accounts of one `getMultipleAccounts` request. */
const ACCOUNTS_PER_CALL = 100;

const integer = z.union([z.bigint(), z.number().int()]).transform(BigInt);
const accountsSchema = z.object({ value: z.array(z.object({ lamports: integer }).nullable()) });
const supplySchema = z.object({
  value: z.object({ decimals: integer.transform(Number).pipe(z.number().min(0).max(255)) }),
});
const statusesSchema = z.object({
  value: z.array(z.object({ confirmationStatus: z.string().nullish(), err: z.unknown() }).nullable()),
});

/** Numbers of an answer are bigint, which JSON does not have. */
const plain = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

export type ClusterClient = ReturnType<typeof createClusterClient>;

/** @param url may contain credentials; error messages contain only its host */
export function createClusterClient(url: string) {
  const { host } = new URL(url);
  const rpc = createBoundedRpc(url);
  const hide = hideSecrets(secretsOf(url));
  const safe = (text: string): string => visible(hide(text).slice(0, MOST_TEXT));
  const commitment = once(async () => {
    const certified = await hasGenesisCert(url, AbortSignal.timeout(TIMEOUT_MS));
    return landedAt(certified ? "alpenglow" : "tower");
  });
  const ask = async <T>(
    method: string,
    schema: z.ZodType<T>,
    call: (options: { abortSignal: AbortSignal }) => Promise<unknown>,
  ) => {
    const answer = await call({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: unknown) => {
      const timedOut = error instanceof Error && error.name === "TimeoutError";
      const reason = `${host}: ${timedOut ? `no answer within ${TIMEOUT_MS} ms` : "not reachable, or it refused"}`;
      throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method, reason }, { cause: error });
    });
    const checked = schema.safeParse(answer);
    if (!checked.success)
      throw new CTOError("CTO_E_RPC_INVALID_ANSWER", { method, problem: `${host}: wrong shape` });
    return checked.data;
  };
  return {
    host,
    /** Makes a text of this endpoint safe to show: it may quote the URL. */
    safe,
    health: () => ask("getHealth", z.string().transform(safe), (options) => rpc.getHealth().send(options)),
    genesisHash: () => ask("getGenesisHash", z.string(), (options) => rpc.getGenesisHash().send(options)),
    slot: () =>
      ask("getSlot", integer, async (options) =>
        rpc.getSlot({ commitment: await commitment() }).send(options),
      ),
    /** The balances in lamports; 0 for an address that is not on chain. */
    async balances(addresses: readonly Address[]): Promise<Map<Address, bigint>> {
      const found = new Map<Address, bigint>();
      for (let from = 0; from < addresses.length; from += ACCOUNTS_PER_CALL) {
        const part = addresses.slice(from, from + ACCOUNTS_PER_CALL);
        const config = {
          commitment: await commitment(),
          encoding: "base64",
          dataSlice: { offset: 0, length: 0 },
        } as const;
        const { value } = await ask("getMultipleAccounts", accountsSchema, (options) =>
          rpc.getMultipleAccounts(part, config).send(options),
        );
        for (const [at, address] of part.entries()) found.set(address, value[at]?.lamports ?? 0n);
      }
      return found;
    },
    /** The decimals of a mint. */
    async decimals(mint: Address): Promise<number> {
      const { value } = await ask("getTokenSupply", supplySchema, async (options) =>
        rpc.getTokenSupply(mint, { commitment: await commitment() }).send(options),
      );
      return value.decimals;
    },
    requestAirdrop: (to: Address, amount: Lamports): Promise<string> =>
      ask("requestAirdrop", z.string(), async (options) =>
        rpc.requestAirdrop(to, lamports(amount), { commitment: await commitment() }).send(options),
      ),
    /** Returns whether the transaction is on chain, and the cluster's error if it failed there. */
    async outcome(signature: string): Promise<{ landed: boolean; failure: string | null }> {
      const { value } = await ask("getSignatureStatuses", statusesSchema, (options) =>
        rpc.getSignatureStatuses([signature as Signature]).send(options),
      );
      const [status] = value;
      const isSeen = status != null && status.confirmationStatus !== "processed";
      const failure = isSeen && status.err != null ? JSON.stringify(status.err, plain) : null;
      return { landed: isSeen && failure === null, failure };
    },
  };
}

/** The reads that any endpoint may answer. */
export type ClusterReads = Pick<ClusterClient, "genesisHash" | "balances" | "decimals">;

/**
 * Opens a client for the configured endpoints, or for the running localnet. It asks them in their order, until one answers.
 *
 * @throws `CTO_E_CONFIG_NO_CLUSTER`
 */
export async function openClusterClient(config: Config): Promise<ClusterReads> {
  const [first, ...others] = (await findCluster(config)).urls;
  const clients = [createClusterClient(first), ...others.map(createClusterClient)] as const;
  return {
    genesisHash: () => firstAnswer(clients, (client) => client.genesisHash()),
    balances: (addresses) => firstAnswer(clients, (client) => client.balances(addresses)),
    decimals: (mint) => firstAnswer(clients, (client) => client.decimals(mint)),
  };
}
