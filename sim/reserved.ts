/**
 * Checks R7 and P6 in the simulator. Before each signature, the spending and the worst-case costs must be reserved, and a
 * funding must pay no leg whose buy has ended. At the end, the reservations must equal what the steps that are not dead
 * have spent.
 */

import { feesLost, sumOf } from "../src/engine/limits/reservations.ts";
import {
  type Attempt,
  type Operation,
  rentExemption,
  type Step,
  type UnsignedTransaction,
} from "../src/engine/ports.ts";
import type { Process } from "./process.ts";
import type { Scenario } from "./scenario.ts";
import {
  ACCOUNT_BYTES,
  type Message,
  readMessage,
  readTransaction,
  stepOf,
  tokenAccountOf,
} from "./transaction.ts";
import type { World } from "./world.ts";

/** Checks the reservations for a message. Called before it is signed. */
export async function checkReserved(
  world: World,
  process: Process,
  unsigned: Pick<UnsignedTransaction, "messageBytes">,
): Promise<void> {
  const { journal } = world;
  const message = readMessage(unsigned);
  const { operationId, kind, leg } = stepOf(message);
  const operation = await journal.readOperation(operationId);
  const steps = await journal.readSteps(operationId);
  const step = steps.find((one) => one.kind === kind && one.number === leg);
  // Another worker has changed the step. The journal will refuse this attempt, so it is never sent.
  if (operation === null || step?.status !== "ready") return;
  if (kind === "fund") await checkPaid(world, steps, message);
  if (kind !== "recover") await checkSpending(world, operation, steps, step);
  await checkCosts(world, process, operation, step, message);
}

/** Checks that a funding pays no leg whose buy has ended, also after a fork: nobody would spend what it is sent. */
async function checkPaid(
  { journal, tally }: World,
  steps: readonly Step[],
  { memo, transfers }: Message,
): Promise<void> {
  const [buy] = steps;
  const legs = buy === undefined ? [] : await journal.readLegs(buy.operationId);
  for (const { index, address } of legs) {
    const hasEnded = steps.some((one) => one.kind === "buy" && one.number === index && isDead(one));
    if (hasEnded && transfers.some(({ to }) => to === address))
      tally.violations.push(`${memo} pays leg ${index}, whose buy has ended`);
  }
}

async function checkSpending(
  { journal, tally }: World,
  { id, request: { userId } }: Operation,
  steps: readonly Step[],
  step: Step,
): Promise<void> {
  // One funding pays all legs of an operation.
  const concerned = steps.filter(
    (one) => one.kind === "buy" && (step.kind === "fund" || one.number === step.number),
  );
  if (concerned.some(({ status }) => status !== "ready")) return;
  const { wallets } = await journal.readSpending(userId);
  for (const buy of concerned) {
    const wallet = (await journal.readLegs(id)).find(({ index }) => index === buy.number)?.walletId ?? "";
    const needed = await spentBy(journal, userId, wallet, buy.id);
    const reserved = wallets.get(wallet)?.spending ?? 0n;
    if (reserved < needed)
      tally.violations.push(`${id}#${buy.number} is signed with ${reserved} of ${needed} lamports reserved`);
  }
}

/** Sums what a wallet's buys spend: this buy, and all that are in flight or have landed. */
async function spentBy(
  journal: World["journal"],
  userId: string,
  wallet: string,
  buyId: string,
): Promise<bigint> {
  let needed = 0n;
  for (const { id } of await journal.listOperations({ userId, limit: 100 })) {
    const steps = await journal.readSteps(id);
    for (const { index, walletId, lamports } of await journal.readLegs(id)) {
      const step = steps.find((one) => one.kind === "buy" && one.number === index);
      if (walletId === wallet && (step?.id === buyId || isTaking(step))) needed += lamports;
    }
  }
  return needed;
}

const isTaking = (step: Step | undefined): boolean =>
  step?.status === "in_flight" || step?.status === "confirmed" || step?.status === "finalized";

/**
 * Returns what the payer pays besides the spending: the fee, what a transfer adds beyond the share, and the rent of a
 * missing account.
 */
function costsOf(
  { cluster }: World,
  { missing, lowestRent }: Process,
  { fee, transfers, mint, lamports, memoSigner }: Message,
): bigint {
  if (mint === null) return fee;
  const sent = transfers.reduce((sum, transfer) => sum + transfer.lamports, 0n);
  const lamportsPerByte = lowestRent ?? cluster.view(0).tip.ledger.lamportsPerByte;
  const opens = missing.has(tokenAccountOf(mint, memoSigner));
  return (
    fee +
    (transfers.length > 0 ? sent - lamports : 0n) +
    (opens ? rentExemption({ lamportsPerByte }, ACCOUNT_BYTES) : 0n)
  );
}

async function checkCosts(
  world: World,
  process: Process,
  { request: { userId } }: Operation,
  step: Step,
  message: Message,
): Promise<void> {
  const { journal, tally } = world;
  const wallets = await journal.listWallets(userId);
  const payer = wallets.find(({ address }) => address === message.feePayer)?.id ?? "";
  let needed = costsOf(world, process, message) + feesLost(step.attempts);
  for (const { id } of await journal.listOperations({ userId, limit: 100 })) {
    for (const other of await journal.readSteps(id)) {
      const attempt = lastOf(other);
      if (other.id === step.id || attempt === undefined || feePayerOf(attempt) !== message.feePayer) continue;
      needed += takenBy(other);
    }
  }
  const reserved = (await journal.readSpending(userId)).wallets.get(payer)?.costs ?? 0n;
  if (reserved < needed)
    tally.violations.push(`${step.id} is signed with ${reserved} of ${needed} lamports of costs reserved`);
}

const feePayerOf = ({ wire }: Attempt): string => readTransaction(wire).feePayer;

/** Returns the attempt that landed, or else the last one, which may still land. */
const lastOf = ({ attempts }: Step): Attempt | undefined =>
  attempts.find(({ status }) => status === "landed") ?? attempts.at(-1);

const isDead = ({ status }: Step): boolean => status === "failed" || status === "cancelled";

/**
 * Returns the costs of a step so far: those of the attempt that landed or may land, and the fees of attempts that
 * failed on chain.
 */
function takenBy(step: Step): bigint {
  const lost = feesLost(step.attempts);
  const attempt = lastOf(step);
  return isDead(step) || attempt === undefined || attempt.status === "dead"
    ? lost
    : lost + sumOf(attempt.costs);
}

/**
 * Compares the journal's counters with the steps that are not dead, when everything is at rest. The counted costs may be higher
 * only for fundings, which leave minimums in the buyers' wallets, and for steps that are not finalized.
 */
export async function unequalShares({ journal }: World, { accepted }: Scenario): Promise<string[]> {
  const unequal: string[] = [];
  for (const userId of new Set(accepted.map(({ request }) => request.userId))) {
    const operations = accepted.filter(({ request }) => request.userId === userId);
    const steps = (await Promise.all(operations.map(({ id }) => journal.readSteps(id)))).flat();
    const spent = (await Promise.all(operations.map(({ id }) => spentIn(journal, id)))).reduce(sum, 0n);
    const costs = steps.map(takenBy).reduce(sum, 0n);
    const { day } = await journal.readSpending(userId);
    if (day.spending !== spent)
      unequal.push(`${userId} has ${day.spending} lamports reserved, and spent ${spent}`);
    const isExact = steps.every(
      (step) => isDead(step) || (step.status === "finalized" && step.kind !== "fund"),
    );
    if (day.costs < costs || (day.costs > costs && isExact))
      unequal.push(`${userId} has ${day.costs} lamports of costs counted, and paid ${costs}`);
  }
  return unequal;
}

const sum = (a: bigint, b: bigint): bigint => a + b;

async function spentIn(journal: World["journal"], id: string): Promise<bigint> {
  const legs = await journal.readLegs(id);
  return (await journal.readSteps(id))
    .filter((step) => step.kind === "buy" && !isDead(step))
    .map((step) => legs.find(({ index }) => index === step.number)?.lamports ?? 0n)
    .reduce(sum, 0n);
}
