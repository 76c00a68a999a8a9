/** Counts what the processes write, and catches a step that is given to a person although its fate could be proved. */
import type { Attempt, Step } from "../src/engine/ports.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** A look takes two seconds, and gathering the evidence a few more: older trouble cannot be the reason. */
const EXCUSE_MS = 30_000;
/** What has been on chain for so many blocks, any endpoint that is asked must know. */
const SEEN_BLOCKS = 15;

/** Told of every step as it was written. */
export function recordStep({ tally }: World, method: string, step: Step): void {
  if (method === "insertAttempt") {
    tally.signed += 1;
    if (step.attempts.length > 1) tally.resigned += 1;
    if (step.kind === "fund") tally.funded += 1;
    if (step.kind === "recover") tally.returned += 1;
  }
  if (method === "reopenStep") tally.reopened += 1;
}

/** A review needs an excuse: an endpoint that kept the truth back lately, or a truth that is not decided yet. */
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
