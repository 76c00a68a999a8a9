/**
 * Grades a run from the chain. It counts landings from the transactions that the cluster executed, and spending from the
 * wallets' balances. Then it compares the journal with them.
 */
import type { Address, Operation, Step } from "../src/engine/ports.ts";
import type { Cluster } from "../src/localnet/index.ts";
import { readLedger } from "../test/support/ledger.ts";

/** The size of a new buyer's token account. Its rent is paid in addition to the buy. */
const TOKEN_ACCOUNT_BYTES = 165n;

export type Evidence = {
  readonly cluster: Pick<Cluster, "history" | "account" | "rentExemption">;
  /** The number of transactions in the cluster's history before the run. */
  readonly historyBefore: number;
  /** The wallets of this run. `lamportsBefore` is the sum of their balances before it. */
  readonly wallets: readonly Address[];
  readonly lamportsBefore: bigint;
  /** Null if no operation was accepted. */
  readonly operation: Operation | null;
  readonly steps: readonly Step[];
};

export const lamportsOf = (cluster: Pick<Cluster, "account">, wallets: readonly Address[]): bigint =>
  wallets.reduce((all, wallet) => all + (cluster.account(wallet)?.lamports ?? 0n), 0n);

const isLanded = ({ status }: Step): boolean => status === "confirmed" || status === "finalized";

/** The signatures of the landed transactions, by the step's name. */
type Landed = Map<string, string[]>;

/** Names a step. The name of a buy contains only its leg. */
const nameOf = ({ kind, number }: Pick<Step, "kind" | "number">): string =>
  kind === "buy" ? `leg ${number}` : `${kind} ${number}`;

/** Returns the violations of a run, one sentence each. An empty list means that the run passed. */
export function grade({
  cluster,
  historyBefore,
  wallets,
  lamportsBefore,
  operation,
  steps,
}: Evidence): string[] {
  const own = new Set<Address>(wallets);
  const entries = readLedger(cluster, historyBefore).filter(({ signers }) =>
    signers.some((signer) => own.has(signer)),
  );
  const violations: string[] = [];
  const landed: Landed = new Map();
  for (const { memos, failed, signature } of entries) {
    const [memo] = memos;
    if (memos.length !== 1 || memo === undefined || !own.has(memo.signer ?? ("" as Address))) {
      violations.push(`transaction ${signature} has ${memos.length} memos of ours`);
      continue;
    }
    if (memo.operationId !== operation?.id)
      violations.push(`transaction ${signature} is of ${memo.operationId}, which the run does not know`);
    const name = nameOf({ kind: memo.kind, number: memo.leg });
    if (!failed) landed.set(name, [...(landed.get(name) ?? []), signature]);
  }
  for (const [name, signatures] of landed) {
    if (signatures.length > 1) violations.push(`${name} has landed ${signatures.length} times`);
  }
  violations.push(...compare(landed, steps));
  const known = new Set<string>(steps.flatMap(({ attempts }) => attempts.map(({ signature }) => signature)));
  for (const { signature } of entries) {
    if (!known.has(signature)) violations.push(`transaction ${signature} is on chain and not in the journal`);
  }
  const spent = lamportsBefore - lamportsOf(cluster, wallets);
  const fees = entries.reduce((all, { fee }) => all + fee, 0n);
  const bought = [...landed.keys()].filter((name) => name.startsWith("leg ")).length;
  const most =
    (operation?.request.buyLamports ?? 0n) +
    fees +
    BigInt(bought) * cluster.rentExemption(TOKEN_ACCOUNT_BYTES);
  if (spent > most) violations.push(`${spent} lamports were spent, and the plan with its costs is ${most}`);
  violations.push(...unreturned(cluster, wallets, operation, steps));
  return violations;
}

/** Checks a finished recovery: the buyers' wallets were empty before the run, so they must be empty again. */
function unreturned(
  cluster: Evidence["cluster"],
  wallets: readonly Address[],
  operation: Operation | null,
  steps: readonly Step[],
): string[] {
  const returns = steps.filter(({ kind }) => kind === "recover");
  if (operation?.recovery?.state !== "done" || !returns.every(isLanded)) return [];
  const [, ...buyers] = wallets;
  const left = lamportsOf(cluster, buyers);
  return left === 0n ? [] : [`${left} lamports were left in the buyers' wallets`];
}

/** Compares the steps' statuses in the journal with the landings on chain. */
function compare(landed: ReadonlyMap<string, readonly string[]>, steps: readonly Step[]): string[] {
  const violations: string[] = [];
  for (const step of steps) {
    const name = nameOf(step);
    const onChain = landed.get(name) ?? [];
    const claimed = step.attempts.find(({ status }) => status === "landed")?.signature;
    if (isLanded(step) && (claimed === undefined || !onChain.includes(claimed)))
      violations.push(`${name} is ${step.status} in the journal and has not landed`);
    if (!isLanded(step) && step.status !== "needs_review" && onChain.length > 0)
      violations.push(`${name} is ${step.status} in the journal and has landed`);
  }
  const planned = new Set(steps.map(nameOf));
  for (const name of landed.keys()) {
    if (!planned.has(name)) violations.push(`${name} has landed and is not in the plan`);
  }
  return violations;
}
