/** Implements the RPC methods about the chain itself: slots, heights, blockhashes, epochs, fees, the node. */
import { lamports } from "@solana/kit";
import { z } from "zod";
import { SLOTS_PER_EPOCH } from "../bank.ts";
import { computeFee } from "../fee.ts";
import { API_VERSION, bankFor, headFor, type Method, method, withContext } from "./method.ts";
import { address, blockhash, contextConfig, u64 } from "./params.ts";
import { recentFees } from "./recent-fees.ts";
import { messageParam } from "./wire-params.ts";

const onlyContext = z.tuple([contextConfig.optional()]);
const nothing = z.tuple([]);
const MAX_FEE_ADDRESSES = 128;

export const chainStateMethods: Readonly<Record<string, Method>> = {
  getSlot: method(onlyContext, (cluster, [config]) => headFor(cluster, config).slot),

  getBlockHeight: method(onlyContext, (cluster, [config]) => headFor(cluster, config).height),

  getLatestBlockhash: method(onlyContext, (cluster, [config]) => {
    const head = headFor(cluster, config);
    const lastValidBlockHeight = cluster.ledger.lastValidBlockHeight(head);
    return withContext(head, { blockhash: head.blockhash, lastValidBlockHeight });
  }),

  isBlockhashValid: method(z.tuple([blockhash, contextConfig.optional()]), (cluster, [hash, config]) => {
    const head = headFor(cluster, config);
    return withContext(head, cluster.ledger.isBlockhashValidAt(hash, head));
  }),

  getEpochInfo: method(onlyContext, (cluster, [config]) => {
    const head = headFor(cluster, config);
    return {
      absoluteSlot: head.slot,
      blockHeight: head.height,
      epoch: head.slot / SLOTS_PER_EPOCH,
      slotIndex: head.slot % SLOTS_PER_EPOCH,
      slotsInEpoch: SLOTS_PER_EPOCH,
      transactionCount: cluster.ledger.transactionCount(),
    };
  }),

  getEpochSchedule: method(nothing, () => ({
    firstNormalEpoch: 0,
    firstNormalSlot: 0,
    leaderScheduleSlotOffset: SLOTS_PER_EPOCH,
    slotsPerEpoch: SLOTS_PER_EPOCH,
    warmup: false,
  })),

  getTransactionCount: method(onlyContext, (cluster, [config]) => {
    headFor(cluster, config);
    return cluster.ledger.transactionCount();
  }),

  getAgGenesisCert: method(nothing, (cluster) =>
    cluster.consensus === "alpenglow" ? { slot: cluster.ledger.first.slot } : null,
  ),

  getGenesisHash: method(nothing, (cluster) => cluster.ledger.genesisHash),
  getHealth: method(nothing, () => "ok"),
  getVersion: method(nothing, () => ({ "solana-core": API_VERSION, "feature-set": 0 })),

  getMinimumBalanceForRentExemption: method(z.tuple([u64, contextConfig.optional()]), (cluster, [size]) =>
    cluster.rentExemption(size),
  ),

  getFeeForMessage: method(z.tuple([z.string(), contextConfig.optional()]), (cluster, [text, config]) => {
    const head = headFor(cluster, config);
    const message = messageParam(text);
    const known = cluster.ledger.isBlockhashValidAt(message.blockhash, head);
    return withContext(head, known ? computeFee(message) : null);
  }),

  getRecentPrioritizationFees: method(
    z.tuple([z.array(address).max(MAX_FEE_ADDRESSES).nullish().optional()]),
    (cluster, [addresses]) => recentFees(cluster, addresses ?? []),
  ),

  /** Nodes do not have this method: it changes the rent while the localnet runs. */
  ctoSetRent: method(z.tuple([u64]), (cluster, [lamportsPerByte]) => {
    cluster.setRent(lamportsPerByte);
    return lamportsPerByte;
  }),

  requestAirdrop: method(
    z.tuple([address, u64, contextConfig.optional()]),
    (cluster, [to, amount, config]) => {
      bankFor(cluster, config);
      return cluster.requestAirdrop(to, lamports(amount));
    },
  ),
};
