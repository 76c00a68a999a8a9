/** Counts the steps that processes write, and reports a step that went to review although its result could be proved. */
import type { Attempt, Step } from "../src/engine/ports.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** A watch takes two seconds, and the evidence a few more. An older endpoint fault cannot be the reason for a review. */
const EXCUSE_MS = 30_000;
/** Every endpoint must return a transaction that has been on chain for this many blocks. */
const SEEN_BLOCKS = 15;

/** Counts a step that was written. */
export function recordStep({ tally }: World, method: string, step: Step): void {
  if (method === "insertAttempt") {
    tally.signed += 1;
    if (step.attempts.length > 1) tally.resigned += 1;
    if (step.kind === "fund") tally.funded += 1;
    if (step.kind === "recover") tally.returned += 1;
  }
  if (method === "reopenStep") tally.reopened += 1;
}

/** Checks a review. It needs a reason: a recent endpoint fault, or an attempt whose result is not decided yet. */
export function recordReview(world: World, process: Process, step: Step): void {
  world.tally.reviews += 1;
  if (process.troubledAt > world.scheduler.now - EXCUSE_MS) return;
  if (step.attempts.some((attempt) => isUndecided(world, attempt))) return;
  world.tally.violations.push(`${step.id} went to review although its fate could be proved`);
}

function isUndecided({ cluster }: World, { signature, lastValidBlockHeight }: Attempt): boolean {
  const view = cluster.view(0);
  const block = cluster.find(signature, view);
  if (block === undefined) return view.finalizedHeight - SEEN_BLOCKS <= Number(lastValidBlockHeight) + 1;
  const failed = block.landings.find(({ transaction }) => transaction.signature === signature)?.failed;
  return failed
    ? block.height > view.finalizedHeight - SEEN_BLOCKS
    : block.height > view.tip.height - SEEN_BLOCKS;
}
