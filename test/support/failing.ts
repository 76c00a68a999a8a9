/** Makes the buys of some wallets fail on chain, independent of their funding. */
import { type Address, createNoopSigner, type Instruction } from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import type { Buy, OpenVenue } from "../../src/engine/ports.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { exceptBuys } from "./unjudged.ts";

/** Transfers more lamports than any wallet has. The buy therefore fails on chain, and costs its fee. */
const impossible = (buyer: Address): Instruction =>
  getTransferSolInstruction({ source: createNoopSigner(buyer), destination: buyer, amount: 10n ** 18n });

/**
 * Wraps the ports so that the buys of these wallets fail on chain. Their preflight is skipped, because it would refuse
 * them.
 */
export const failing = (ports: WorkerPorts, buyers: readonly Address[]): WorkerPorts => ({
  ...ports,
  policy: exceptBuys(ports.policy),
  chain: {
    ...ports.chain,
    broadcast: (wire, how) => ports.chain.broadcast(wire, { ...how, preflight: false }),
  },
  venues: {
    ...ports.venues,
    open: async (...given): Promise<OpenVenue> => {
      const opened = await ports.venues.open(...given);
      return {
        ...opened,
        buy: async (request): Promise<Buy> => {
          const buy = await opened.buy(request);
          return buyers.includes(request.buyer)
            ? { ...buy, cleanup: [...buy.cleanup, impossible(request.buyer)] }
            : buy;
        },
      };
    },
  },
});
