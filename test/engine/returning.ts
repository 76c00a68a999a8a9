/** Opens operations whose legs have unsigned returns. */
import { lamports } from "@solana/kit";
import type { RecoveryLeg } from "../../src/engine/ports.ts";
import { recoverOperation } from "../../src/engine/recovery/recover.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { openScene, type Scene } from "./parts.ts";

export const OWED: RecoveryLeg = { leg: 1, owed: lamports(1_000n), before: lamports(0n), accounts: [] };

export const stateOf = async ({ journal, id }: Scene): Promise<(string | undefined)[]> => {
  const operation = await journal.readOperation(id);
  return [operation?.status, operation?.recovery?.state];
};

/**
 * Returns a settled operation of these legs, each of which owes the same and has an unsigned return.
 *
 * @param indexes the legs that are planned. Default: all
 */
export async function returning(
  legs: number,
  readTokenAccounts: (call: number) => Promise<Map<never, never>>,
  indexes: readonly number[] = Array.from({ length: legs }, (_, at) => at + 1),
): Promise<{ scene: Scene; recover: () => Promise<void>; steps: () => Promise<string[]> }> {
  const statuses = Array.from({ length: legs }, () => "finalized" as const);
  const scene = await openScene(statuses, "completed", { mode: "standard" });
  const { journal, id, ports } = scene;
  await journal.markSettled(id);
  await journal.requestRecovery(id);
  const lease = await scene.lease();
  await journal.writeRecovery(
    id,
    lease,
    indexes.map((leg) => ({ ...OWED, leg })),
    indexes,
  );
  await journal.releaseLease(lease);
  const [first] = scene.wallets;
  if (first === undefined) throw new Error("no wallet");
  const funding = { ...first, id: "funding", role: "funding" as const, address: addressOf("funding") };
  let calls = 0;
  const chain = {
    ...ports.chain,
    computeUnitPrice: async () => 0n,
    readTokenAccounts: async () => {
      calls += 1;
      return readTokenAccounts(calls);
    },
  };
  const recover = async (): Promise<void> => {
    const held = await scene.lease();
    const signal = new AbortController().signal;
    try {
      const options = { lease: held, wallets: [...scene.wallets, funding], signal };
      await recoverOperation({ ...ports, chain }, id, options);
    } finally {
      await journal.releaseLease(held);
    }
  };
  const steps = async (): Promise<string[]> =>
    (await journal.readSteps(id)).filter(({ kind }) => kind === "recover").map(({ status }) => status);
  return { scene, recover, steps };
}
