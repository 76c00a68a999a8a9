/** Surveys the wallets after their funding. An endpoint that is behind it still shows them without money. */
import { CTOError } from "../../errors/index.ts";
import { FIRST_SLOT_MS } from "../cluster/bounds.ts";
import type { Run } from "../operation/journaling.ts";
import type { Step, Survey } from "../ports.ts";

/** How often we read. An endpoint behind the funding catches up within a slot or two. */
const LOOKS = 5;

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Returns the slot in which the last funding landed; 0 if none has. */
const fundedIn = (steps: readonly Step[]): bigint =>
  steps
    .filter(({ kind }) => kind === "fund")
    .flatMap(({ attempts }) => attempts.map(({ status, slot }) => (status === "landed" && slot) || 0n))
    .reduce(larger, 0n);

/** Returns the slot of the endpoint that is furthest behind: the fewest lamports count (see venues/views.ts). */
const oldestSlotOf = ({ fetched, others = [] }: Pick<Survey, "fetched" | "others">): bigint =>
  others.map((other) => other.fetched.slot).reduce(smaller, fetched.slot);

/**
 * Returns a survey in which every endpoint shows what the operation's fundings brought.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE` if one stays behind; and as `fresh` does
 */
export async function surveySince(
  { ports: { journal, clock }, operation, signal }: Run,
  fresh: () => Promise<Survey>,
): Promise<Survey> {
  const least = fundedIn(await journal.readSteps(operation.id));
  for (let look = 1; ; look += 1) {
    const survey = await fresh();
    const slot = oldestSlotOf(survey);
    if (slot >= least) return survey;
    const reason = `an endpoint answers as of slot ${slot}, behind slot ${least}, in which the buyers were funded`;
    if (look === LOOKS || signal.aborted)
      throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "getMultipleAccounts", reason });
    await clock.sleep(FIRST_SLOT_MS, signal);
  }
}
