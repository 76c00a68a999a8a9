/**
 * Makes every buy and its funding too large for one version 0 transaction. By default the wallets cannot sign a newer version,
 * so that operations are funded ahead.
 */
import {
  AccountRole,
  type Address,
  createNoopSigner,
  generateKeyPairSigner,
  type Instruction,
} from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import type { Buy, OpenVenue } from "../../src/engine/ports.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { exceptBuys } from "./unjudged.ts";

/** The number of unused accounts that we add. Each takes 33 bytes. */
const PADDING = 19;

/** Transfers 0 lamports from the buyer to itself, with additional accounts that the System program ignores. */
const ballast = (buyer: Address, padding: readonly Address[]): Instruction => {
  const nothing = getTransferSolInstruction({
    source: createNoopSigner(buyer),
    destination: buyer,
    amount: 0n,
  });
  return {
    ...nothing,
    accounts: [
      ...(nothing.accounts ?? []),
      ...padding.map((address) => ({ address, role: AccountRole.READONLY })),
    ],
  };
};

const withPadding = (ports: WorkerPorts, padding: readonly Address[]): WorkerPorts => ({
  ...ports,
  policy: exceptBuys(ports.policy),
  venues: {
    ...ports.venues,
    open: async (...given): Promise<OpenVenue> => {
      // The shorter route would not have the additional accounts, so we remove it.
      const { shorter: _, ...opened } = await ports.venues.open(...given);
      return {
        ...opened,
        buy: async (request): Promise<Buy> => {
          const buy = await opened.buy(request);
          return { ...buy, setup: [...buy.setup, ballast(request.buyer, padding)] };
        },
      };
    },
  },
});

/**
 * Returns a function that wraps a worker's ports.
 * @param version the newest transaction version that the wallets can sign
 */
export async function makeHeavy(version: 0 | 1 = 0): Promise<(ports: WorkerPorts) => WorkerPorts> {
  const padding = await Promise.all(
    Array.from({ length: PADDING }, async () => (await generateKeyPairSigner()).address),
  );
  return (ports) => {
    const keyring = { ...ports.keyring, newestVersion: async () => version };
    return withPadding({ ...ports, keyring }, padding);
  };
}
