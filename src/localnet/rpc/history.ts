/** Implements the RPC methods about the past: transactions, signatures of an address, blocks. */
import type { Address } from "@solana/kit";
import { z } from "zod";
import type { Cluster } from "../cluster.ts";
import type { ExecutedTransaction } from "../execution.ts";
import type { Block, Commitment } from "../ledger.ts";
import { encodeTransaction } from "../parse/transaction.ts";
import { RpcError } from "./errors.ts";
import { headFor, historyCommitment, type Method, method } from "./method.ts";
import {
  address,
  commitment,
  contextConfig,
  contextFields,
  signature,
  transactionEncoding,
  u64,
} from "./params.ts";

/** Agave's limits. */
const MAX_SIGNATURES = 1_000;
const MAX_BLOCK_RANGE = 500_000;

const transactionFields = {
  commitment: commitment.nullish(),
  encoding: transactionEncoding.nullish(),
  maxSupportedTransactionVersion: z.number().int().nonnegative().nullish(),
};

/** Older clients pass the encoding alone instead of a configuration. */
const transactionConfig = z.union([
  z.object(transactionFields),
  transactionEncoding.transform((encoding) => ({
    encoding,
    commitment: undefined,
    maxSupportedTransactionVersion: undefined,
  })),
]);

const blockConfig = z.object({
  ...transactionFields,
  transactionDetails: z.enum(["full", "accounts", "signatures", "none"]).nullish(),
  rewards: z.boolean().nullish(),
});

const signaturesConfig = z.object({
  ...contextFields,
  before: signature.nullish(),
  until: signature.nullish(),
  limit: z.number().int().min(1).max(MAX_SIGNATURES).nullish(),
});

/** @throws RpcError if the slot has no block at this commitment. */
const blockAt = (cluster: Cluster, slot: bigint, level: Commitment): Block => {
  const { first } = cluster.ledger;
  if (slot < first.slot) {
    const message = `Block ${slot} cleaned up, does not exist on node. First available block: ${first.slot}`;
    throw new RpcError("blockCleanedUp", message);
  }
  const isPast = slot <= cluster.head(level).slot;
  const block = isPast ? cluster.ledger.blockAt(slot) : null;
  if (isPast && block === null) {
    const message = `Slot ${slot} was skipped, or missing due to ledger jump to recent snapshot`;
    throw new RpcError("slotSkipped", message);
  }
  if (block === null) throw new RpcError("blockNotAvailable", `Block not available for slot ${slot}`);
  return block;
};

const present = (cluster: Cluster, { signatures }: Block): ExecutedTransaction[] =>
  signatures.map((wanted) => cluster.ledger.transaction(wanted)).filter((found) => found !== null);

const blockView = (cluster: Cluster, block: Block, config: z.infer<typeof blockConfig>) => {
  const details = config.transactionDetails ?? "full";
  const options = {
    encoding: config.encoding ?? "json",
    maxVersion: config.maxSupportedTransactionVersion ?? undefined,
  };
  const parent = cluster.ledger.parentOf(block);
  return {
    blockHeight: block.height,
    blockTime: block.time,
    blockhash: block.blockhash,
    parentSlot: parent?.slot ?? block.slot - 1n,
    previousBlockhash: block.previousBlockhash,
    ...(details === "full" && {
      transactions: present(cluster, block).map((each) => encodeTransaction(each, options)),
    }),
    ...(details === "accounts" && {
      transactions: present(cluster, block).map((each) =>
        encodeTransaction(each, { ...options, encoding: "accounts" }),
      ),
    }),
    ...(details === "signatures" && { signatures: block.signatures }),
    ...(config.rewards !== false && { rewards: [] }),
  };
};

const signaturesOf = (cluster: Cluster, of: Address, config: z.infer<typeof signaturesConfig>) => {
  const head = cluster.head(historyCommitment(config));
  const newestFirst = cluster.ledger
    .transactionsOf(of)
    .filter(({ slot }) => slot <= head.slot)
    .toReversed();
  const start = config.before ? newestFirst.findIndex((each) => each.signature === config.before) + 1 : 0;
  const end = config.until ? newestFirst.findIndex((each) => each.signature === config.until) : -1;
  // If `before` is not a transaction of this address, there is no starting point, so the result is empty.
  if (config.before && start === 0) return [];
  return newestFirst
    .slice(start, end === -1 ? undefined : end)
    .slice(0, config.limit ?? MAX_SIGNATURES)
    .map(({ signature, slot, err, memo, blockTime }) => ({
      signature,
      slot,
      err,
      memo,
      blockTime,
      confirmationStatus: cluster.ledger.commitmentOf(slot),
    }));
};

const slotsBetween = (cluster: Cluster, from: bigint, to: bigint): bigint[] => {
  const start = from < cluster.ledger.first.slot ? cluster.ledger.first.slot : from;
  const count = Math.min(Number(to - start) + 1, MAX_BLOCK_RANGE);
  const slots = count <= 0 ? [] : Array.from({ length: count }, (_, index) => start + BigInt(index));
  return slots.filter((slot) => cluster.ledger.blockAt(slot) !== null);
};

export const historyMethods: Readonly<Record<string, Method>> = {
  getTransaction: method(
    z.tuple([signature, transactionConfig.nullish().optional()]),
    (cluster, [wanted, config]) => {
      const head = cluster.head(historyCommitment(config));
      const found = cluster.ledger.transaction(wanted);
      if (found === null || found.slot > head.slot) return null;
      const maxVersion = config?.maxSupportedTransactionVersion ?? undefined;
      const encoded = encodeTransaction(found, { encoding: config?.encoding ?? "json", maxVersion });
      return { slot: found.slot, blockTime: found.blockTime, ...encoded };
    },
  ),

  getSignaturesForAddress: method(
    z.tuple([address, signaturesConfig.nullish().optional()]),
    (cluster, [of, config]) => signaturesOf(cluster, of, config ?? {}),
  ),

  getBlock: method(
    z.tuple([u64, z.union([blockConfig, transactionConfig]).nullish().optional()]),
    (cluster, [slot, config]) =>
      blockView(cluster, blockAt(cluster, slot, historyCommitment(config)), config ?? {}),
  ),

  getBlockTime: method(z.tuple([u64]), (cluster, [slot]) => blockAt(cluster, slot, "processed").time),

  getBlocks: method(
    z.tuple([
      u64,
      z
        .union([u64, z.object(contextFields)])
        .nullish()
        .optional(),
      contextConfig.optional(),
    ]),
    (cluster, [from, end, config]) => {
      const given = typeof end === "bigint" ? config : (end ?? config);
      const { slot } = cluster.head(historyCommitment(given));
      return slotsBetween(cluster, from, typeof end === "bigint" && end < slot ? end : slot);
    },
  ),

  getBlocksWithLimit: method(
    z.tuple([u64, u64, contextConfig.optional()]),
    (cluster, [from, limit, config]) => {
      const { slot } = cluster.head(historyCommitment(config));
      return slotsBetween(cluster, from, slot).slice(0, Number(limit));
    },
  ),

  getFirstAvailableBlock: method(z.tuple([]), (cluster) => cluster.ledger.first.slot),

  minimumLedgerSlot: method(z.tuple([contextConfig.optional()]), (cluster, [config]) => {
    headFor(cluster, config);
    return cluster.ledger.first.slot;
  }),
};
