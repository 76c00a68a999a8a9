/**
 * Signs legs as a worker does, with a real market on the localnet but without the journal, so that the bench can
 * measure the CPU time.
 */
import type { Address } from "@solana/kit";
import type { AnchoredMarket, Markets } from "../src/engine/buy/markets.ts";
import { openMarket } from "../src/engine/buy/open-market.ts";
import { signBuy } from "../src/engine/buy/sign-buy.ts";
import { limitsFor } from "../src/engine/limits/limits.ts";
import type { Run } from "../src/engine/operation/journaling.ts";
import type { Leg, NewAttempt, Operation, Step, TransactionDraft, Wallet } from "../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../src/engine/settings.ts";
import { formatFor } from "../src/engine/transaction/format.ts";
import { openWorkerPorts } from "../src/runtime/worker-ports.ts";
import { newOperationId } from "../src/services/operations.ts";
import type { System } from "./system.ts";

const NO_LIMITS = limitsFor({ everyone: {}, own: {} }, false);

export type Signing = {
  readonly legs: readonly Leg[];
  /** Signs the leg's transaction. The result is ready for the journal and for broadcast. */
  sign(leg: Leg): Promise<NewAttempt>;
  /** Returns the draft of the last leg's transaction. */
  lastDraft(): TransactionDraft;
  /** Opens the market again for a new operation, so that no template is cached yet. */
  again(): Promise<void>;
  close(): void;
};

export async function openSigning(
  { context }: Pick<System, "context">,
  mint: Address,
  wallets: readonly Wallet[],
  lamports = 10_000_000n,
): Promise<Signing> {
  const opened = await openWorkerPorts(context);
  let last: TransactionDraft | undefined;
  const lifetime = await opened.ports.chain.latestBlockhash();
  const ports = {
    ...opened.ports,
    chain: {
      ...opened.ports.chain,
      latestBlockhash: async () => lifetime,
      compose(draft: TransactionDraft) {
        last = draft;
        return opened.ports.chain.compose(draft);
      },
    },
  };
  const legs = wallets.map(
    ({ id, address }, at): Leg => ({
      index: at + 1,
      walletId: id,
      address,
      lamports: lamports as Leg["lamports"],
      tokensBefore: 0n,
    }),
  );
  const steps = legs.map(
    ({ index }): Step => ({
      id: `step-${index}`,
      operationId: "none",
      number: index,
      kind: "buy",
      status: "ready",
      version: 1,
      attempts: [],
    }),
  );
  const [wallet] = wallets;
  if (wallet === undefined) throw new Error("no wallet");
  const open = async (): Promise<{ run: Run; markets: Markets }> => {
    const operation: Operation = {
      id: newOperationId(),
      request: {
        userId: wallet.userId,
        userChatId: 1,
        tokenAddress: mint,
        buyLamports: (lamports * BigInt(legs.length)) as Leg["lamports"],
        mode: "prefunded",
        platform: "auto",
        priority: 0,
        slippageBps: 5_000,
        parallelism: legs.length,
      },
      status: "active",
      progress: 0,
      cancelRequested: false,
      partial: false,
      settled: false,
      tries: 0,
      createdAt: new Date(),
    };
    const survey = await ports.venues.survey(
      mint,
      legs.map(({ address }) => address),
    );
    const format = await formatFor(
      ports.keyring,
      survey.cluster,
      legs.map(({ walletId }) => walletId),
    );
    const scene = { legs, legCount: legs.length, payers: { funding: null }, limits: NO_LIMITS, format };
    const market = await openMarket(ports, ENGINE_DEFAULTS, operation, survey, scene);
    const anchors = new Map(
      legs.map(({ index, lamports }) => [index, market.open.offer(lamports).leastTokens]),
    );
    const anchored: AnchoredMarket = { ...market, anchors, outOfReach: new Map(), funded: new Map() };
    const lease = { userId: wallet.userId, owner: "bench", token: 1n };
    return {
      run: { ports, operation, lease, signal: new AbortController().signal },
      markets: {
        current: async () => anchored,
        ends: () => false,
        note: () => undefined,
        outgrew: async () => false,
        isOutdated: async () => false,
      },
    };
  };
  let now = await open();
  return {
    legs,
    sign: (leg) => {
      const step = steps[leg.index - 1];
      if (step === undefined) throw new Error(`no step of leg ${leg.index}`);
      return signBuy(now.run, now.markets, leg, legs.length, step);
    },
    lastDraft() {
      if (last === undefined) throw new Error("nothing was composed");
      return last;
    },
    async again() {
      now = await open();
    },
    close: () => opened.close(),
  };
}
