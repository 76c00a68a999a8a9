/**
 * Returns what an operation has left in its wallets to the funding wallet, in the open and at most once per leg: the legs'
 * `recover` steps are journaled, signed and followed under the same rules as the buys.
 *
 * It begins only once nothing else of the operation can land any more (see `requestRecovery`), and goes on from the journal
 * after a crash at any line.
 */
import { toFailure } from "../errors/index.ts";
import { closableOf, openedAccounts, owedBy, returnable } from "./conservation.ts";
import { requireRecoveryFees, WALLET_RENT_EXEMPT_MINIMUM } from "./costs.ts";
import { driveRecoveries, feeOf, openScene, type PlanOf } from "./drive-recoveries.ts";
import { isOutage } from "./drive-step.ts";
import { LeaseLost, type Run } from "./journaling.ts";
import { readHistories } from "./leg-history.ts";
import { once } from "./parallel.ts";
import type { Address, Lamports, Leg, Ports, RecoveryLeg } from "./ports.ts";
import type { RunOptions } from "./run.ts";
import { ENGINE_DEFAULTS } from "./settings.ts";
import type { Recovering } from "./sign-recovery.ts";
import { isAtRest } from "./step.ts";
import { driveSweep } from "./sweep.ts";
import { takenByOthers } from "./taken.ts";

/**
 * Carries out the recovery that was asked for, to its end or to where only a later run can go on.
 *
 * @throws `LeaseLost` or `Interrupted` when another run must go on; an outage's error when it is worth trying again
 */
export async function recoverOperation(ports: Ports, id: string, options: RunOptions): Promise<void> {
  const { journal } = ports;
  const operation = await journal.beginOperation(id, options.lease);
  if (operation === null) throw new LeaseLost(`operation ${id}`);
  const { recovery } = operation;
  if (recovery === undefined || recovery.state === "done") return;
  const run: Run = { ports, operation, lease: options.lease, signal: options.signal };
  // From here on the sweeper must find it at once, should this run die.
  if (recovery.state === "needs_review") await journal.changeRecovery(id, run.lease, { state: "requested" });
  const settings = options.settings ?? ENGINE_DEFAULTS;
  const legs = await journal.readLegs(id);
  const scene = once(() => openScene(run, options.wallets));
  const sweeps = operation.request.purpose === "sweep";
  const unplanned = sweeps ? null : await tried(run, async () => planMissing(run, await scene(), legs));
  const owed = (await journal.readOperation(id))?.recovery?.legs ?? [];
  const planOf: PlanOf = async ({ index }) => owed.find(({ leg }) => leg === index) ?? null;
  // What an earlier run has signed is driven to rest, whatever is refused now.
  const undriven = await tried(run, async () =>
    sweeps
      ? driveSweep(run, settings, await scene(), legs)
      : driveRecoveries(run, settings, await scene(), legs, planOf, false),
  );
  const refusal = unplanned ?? undriven;
  const steps = (await journal.readSteps(id)).filter(({ kind }) => kind === "recover");
  if (steps.some(({ status }) => !isAtRest(status))) throw refusal;
  const undecided = steps.some(({ status }) => status === "needs_review");
  const state = undecided ? "needs_review" : "done";
  const failure = refusal === null ? {} : { failure: toFailure(refusal) };
  if (!(await journal.changeRecovery(id, run.lease, { state, ...failure }))) throw new LeaseLost(id);
}

/** A refusal is answered, an outage is thrown: it is worth trying again later. */
async function tried(run: Run, work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof LeaseLost || run.signal.aborted || isOutage(error)) throw error;
    return error;
  }
}

/** Looks at the chain for the legs that have no step yet, and writes what they owe with their steps. */
async function planMissing(run: Run, scene: Recovering, legs: readonly Leg[]): Promise<void> {
  const { journal, chain } = run.ports;
  const { id } = run.operation;
  const steps = await journal.readSteps(id);
  const missing = legs.filter(
    ({ index }) => !steps.some(({ kind, leg }) => kind === "recover" && leg === index),
  );
  if (missing.length === 0) return;
  const histories = await readHistories(chain, steps, legs, missing);
  const opened = new Map([...histories].map(([leg, history]) => [leg, openedAccounts(history)]));
  const tokens = await chain.readTokenAccounts([...opened.values()].flat().map(({ address }) => address));
  const payers = scene.payer ? [scene.payer.address] : [];
  const { accounts } = await chain.fetchAccounts([...missing.map(({ address }) => address), ...payers]);
  const balanceOf = (address: Address): bigint => accounts.get(address)?.lamports ?? 0n;
  const taken = await takenByOthers(run);
  const fee = feeOf(scene);
  const planned: (RecoveryLeg & { readonly back: Lamports })[] = [];
  for (const leg of missing) {
    const history = histories.get(leg.index);
    if (history === undefined) continue;
    const closable = closableOf(opened.get(leg.index) ?? [], leg.address, tokens);
    const { owed, before } = owedBy(history, closable);
    const { recovered, swept } = taken(leg.walletId, (history.fund ?? history.buys[0])?.slot ?? 0n);
    const kept = (before > recovered ? before - recovered : 0n) as Lamports;
    const present = {
      balance: balanceOf(leg.address),
      closes: closable.flatMap(({ address }) => tokens.get(address) ?? []),
    };
    const plan = {
      leg: leg.index,
      owed: swept ? (0n as Lamports) : owed,
      before: kept,
      accounts: swept ? [] : closable,
    };
    const back = returnable(plan, present);
    const fits = back > fee && (scene.payer !== null || present.balance >= fee + WALLET_RENT_EXEMPT_MINIMUM);
    planned.push({
      ...plan,
      back: fits ? back : (0n as Lamports),
      ...(swept
        ? { why: "all of the wallet's SOL has been returned since" }
        : whyLess(plan, back, fits, history.fund === null)),
    });
  }
  const due = planned.filter(({ back }) => back > 0n);
  if (scene.payer !== null) {
    requireRecoveryFees(scene.payer.address, balanceOf(scene.payer.address), BigInt(due.length) * fee);
  }
  const plain = planned.map(({ back: _back, ...leg }) => leg);
  const numbers = due.map(({ leg }) => leg);
  if (!(await journal.writeRecovery(id, run.lease, plain, numbers))) throw new LeaseLost(id);
}

function whyLess(
  { owed }: Pick<RecoveryLeg, "owed">,
  back: bigint,
  fits: boolean,
  atomic: boolean,
): { why?: string } {
  if (owed === 0n) {
    return {
      why: atomic
        ? "the operation left nothing in it that is the funding wallet's: it was not funded ahead"
        : "the buy used up what was funded",
    };
  }
  if (back === 0n) return { why: "the wallet holds no more than what it had before, and must keep" };
  if (!fits) return { why: "returning it costs more than it is, or than the wallet can pay" };
  if (back < owed) return { why: "the wallet must keep what it had before, and its rent-exempt minimum" };
  return {};
}
