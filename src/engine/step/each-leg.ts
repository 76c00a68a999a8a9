/** Drives the steps of several legs side by side, so that a fault of one leg's own signer holds back no other leg. */
import { forEachLimited } from "../../base/parallel.ts";
import { isCTOError, isOutage } from "../../errors/index.ts";
import type { Address, Step } from "../ports.ts";

export type EachLeg = {
  readonly parallelism: number;
  /** The wallet that signs for all legs; null if each leg signs alone. If its signer fails, no leg can be signed. */
  readonly shared: Address | null;
  /** Whether this other error concerns one leg only. Default: none does. */
  isOwn?(error: unknown): boolean;
};

/** Whether the signer of one leg's wallet failed. If we do not know whose signer it was, it may be the shared one. */
const isOwnSigner = (error: unknown, shared: Address | null): boolean =>
  isCTOError(error, "CTO_E_WALLET_SIGNER_FAILED") &&
  (shared === null || (error.context.address !== undefined && error.context.address !== shared));

/**
 * Drives every step, in their order. A leg whose own signer fails stays as it is in the journal: nothing of it was sent, and
 * a later run signs it. The other legs go on. Any other error stops the legs that have not started.
 *
 * @throws that other error, or once all legs have been driven the first that concerned one leg. An outage comes before a refusal,
 * because it is worth trying again soon, and a refusal shows again then
 */
export async function driveEach(
  steps: readonly Step[],
  { parallelism, shared, isOwn = () => false }: EachLeg,
  drive: (step: Step) => Promise<void>,
): Promise<void> {
  const heldBack: unknown[] = [];
  const drivenAll = forEachLimited(steps, parallelism, async (step) => {
    try {
      await drive(step);
    } catch (error) {
      if (!isOwnSigner(error, shared) && !isOwn(error)) throw error;
      heldBack.push(error);
    }
  });
  await drivenAll.catch((error: unknown) => {
    if (isOutage(error)) throw error;
    heldBack.unshift(error);
  });
  if (heldBack.length > 0) throw heldBack.find(isOutage) ?? heldBack[0];
}
