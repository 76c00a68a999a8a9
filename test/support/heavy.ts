/**
 * Makes every buy too large for one version 0 transaction with its funding, and lets the wallets sign no newer version, so
 * that operations are funded ahead.
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

/** Accounts of no meaning, 33 bytes each. */
const PADDING = 19;

/** A transfer of nothing from the buyer to itself, with accounts that the System program does not look at. */
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
      // There is no shorter route without the ballast.
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
 * To be put between a worker and its ports.
 * @param version the newest that the wallets can sign
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
