/**
 * Reads accounts for one simulated process, from a node that may lag but is never older than this process's last
 * reading.
 */
import { createNewestSlot } from "../src/chain/newest-slot.ts";
import type { Chain, ChainTransaction, Fetched, Signature, TokenAccount } from "../src/engine/ports.ts";
import { clusterAccounts } from "../test/support/cluster-accounts.ts";
import type { Block } from "./cluster.ts";
import type { SimEndpoint } from "./endpoint.ts";
import { balanceOf } from "./ledger.ts";
import type { Process } from "./process.ts";
import type { SimRpc } from "./rpc.ts";
import { tokenOwnerOf } from "./transaction.ts";
import type { World } from "./world.ts";

/** Returns the newest confirmed block of the node that answers. */
export type ReadBlock = () => Block;

export function createBlockReader({ cluster, faults, scheduler }: World): ReadBlock {
  const newest = createNewestSlot(() => scheduler.now);
  const confirmed = (slotsAgo: number): Block => {
    const view = cluster.view(slotsAgo);
    return cluster.blockAt(view, view.tip.height - 1);
  };
  return () => {
    const asked = confirmed(
      faults.strikes("endpoint lags") ? faults.shape("endpoint lags").between(1, 60) : 0,
    );
    // We skip a node that is too far behind, and read from an up-to-date one.
    const block = BigInt(asked.slot) < (newest.least() ?? 0n) ? confirmed(0) : asked;
    newest.see(BigInt(block.slot));
    return block;
  };
}

type Reads = Pick<Chain, "fetchAccounts" | "readTokenAccounts" | "readTransaction" | "readAgreedTransaction">;

export function createReads(world: World, process: Process, rpc: SimRpc, readBlock: ReadBlock): Reads {
  const ask = <Value>(method: string, effect: () => Value): Promise<Value> =>
    process.call(`rpc.${method}`, () => rpc.request(method, effect));
  return {
    fetchAccounts: (addresses) =>
      ask("getMultipleAccounts", (): Fetched => {
        const { slot, ledger } = readBlock();
        const accountOf = (address: (typeof addresses)[number]) => {
          const lamports = balanceOf(ledger, address);
          return lamports === 0n ? null : { owner: address, lamports, data: new Uint8Array() };
        };
        const own = clusterAccounts(ledger);
        return {
          slot: BigInt(slot),
          accounts: new Map(addresses.map((one) => [one, own.get(one) ?? accountOf(one)])),
        };
      }),
    readTokenAccounts: (addresses) =>
      ask("getMultipleAccounts", () => {
        const { ledger } = readBlock();
        const existing = addresses.filter((address) => balanceOf(ledger, address) > 0n);
        return new Map(
          existing.map((address): [typeof address, TokenAccount] => [
            address,
            {
              address,
              program: "sim-token-program" as typeof address,
              owner: tokenOwnerOf(address),
              lamports: balanceOf(ledger, address),
              closable: (ledger.tokens.get(address) ?? 0n) === 0n,
              wrapsSol: false,
            },
          ]),
        );
      }),
    readTransaction: (signature) => ask("getTransaction", () => readFinal(world, signature, inTurn(world))),
    // As `chain/transactions.ts` does: those that do not have it say nothing. None of these endpoints lies about a transaction.
    ...(world.quorum === 1
      ? {}
      : {
          readAgreedTransaction: async (signature) => {
            let found: ChainTransaction | null = null;
            for (const endpoint of inTurn(world).slice(0, world.quorum))
              found ??= await ask("getTransaction", () => readFinal(world, signature, [endpoint]));
            return found;
          },
        }),
  };
}

/** Returns the endpoints, any of them first. */
function inTurn({ endpoints, latency }: World): readonly SimEndpoint[] {
  const first = latency.between(0, endpoints.length - 1);
  return [...endpoints.slice(first), ...endpoints.slice(0, first)];
}

/** Returns null if the node that is asked first never had the transaction, has pruned it, or does not have it as finalized. */
function readFinal(
  { cluster, faults }: Pick<World, "cluster" | "faults">,
  signature: Signature,
  [endpoint]: readonly SimEndpoint[],
): ChainTransaction | null {
  const view = cluster.view(
    faults.strikes("endpoint lags") ? faults.shape("endpoint lags").between(1, 60) : 0,
  );
  const block = cluster.find(signature, view);
  if (block === undefined || block.height > view.finalizedHeight) return null;
  if (!endpoint?.remembers(BigInt(block.slot))) return null;
  const landing = block.landings.find(({ transaction }) => transaction.signature === signature);
  if (landing === undefined) return null;
  const { failed, changes, received } = landing;
  return { slot: BigInt(block.slot), failed, changes, tokens: received };
}
