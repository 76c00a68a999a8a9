/** Shows what a recovery of an operation's funds would return, before anyone requests it. */

import type { CTORecoveryPreview } from "../contract/types.ts";
import { feeOf, openScene } from "../engine/recovery/drive-recoveries.ts";
import { planRecovery, unplannedLegs } from "../engine/recovery/plan-recovery.ts";
import type { ChainPorts } from "../runtime/chain-ports.ts";
import type { CTOContext } from "../runtime/context.ts";
import { type RecoverOptions, whenFinal } from "./recovery.ts";

export type RecoveryPreview = CTORecoveryPreview & { readonly jobId: string };

/**
 * Plans the returns as a worker would. Nothing is signed or stored.
 *
 * @param options.waitMs how long to wait until the operation is final, ms. Default 0
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_RECOVERY_TOO_EARLY`, `CTO_E_RECOVERY_UNPROVED`, `CTO_E_RPC_UNAVAILABLE`,
 * `CTO_E_USER_HAS_NO_FUNDING_WALLET`
 */
export async function previewRecovery(
  context: Pick<CTOContext, "journal">,
  { chain }: Pick<ChainPorts, "chain">,
  jobId: string,
  { waitMs = 0 }: RecoverOptions = {},
): Promise<RecoveryPreview> {
  const { journal } = context;
  const operation = await whenFinal(context, jobId, performance.now() + waitMs, async (found) =>
    found.settled || found.recovery !== undefined ? found : null,
  );
  const looking = { ports: { journal, chain }, operation };
  const scene = await openScene(looking, await journal.listWallets(operation.request.userId));
  const [legs, steps] = await Promise.all([journal.readLegs(jobId), journal.readSteps(jobId)]);
  const missing = unplannedLegs(legs, steps);
  const { returns } = await planRecovery(looking, scene, { legs, missing, steps });
  const due = returns.filter(({ back }) => back > 0n);
  return {
    jobId,
    fundingAddress: scene.payer?.address ?? null,
    returnLamports: String(due.reduce((sum, { back }) => sum + back, 0n)),
    feeLamports: String(BigInt(due.length) * feeOf(scene)),
    legs: returns.flatMap(({ leg: index, owed, back, accounts, why }) => {
      const leg = missing.find((one) => one.index === index);
      if (leg === undefined) return [];
      return [
        {
          leg: index,
          walletId: leg.walletId,
          address: leg.address,
          owedLamports: String(owed),
          returnLamports: String(back),
          emptyAccounts: accounts.length,
          ...(why === undefined ? {} : { why }),
        },
      ];
    }),
  };
}
