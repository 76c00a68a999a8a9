/**
 * Grades a run of a call from the chain: no member twice, nothing that a member did not sign and return, nothing below the
 * least, nothing after its end. Then it compares the journal with the chain.
 */
import type { CallRecord } from "../src/calls/call-record.ts";
import type { Cluster } from "../src/localnet/index.ts";
import { readLedger } from "../test/support/ledger.ts";
import type { Party } from "./call-party.ts";
import { lamportsOf } from "./grade.ts";

/** Token accounts with extensions have at most so many bytes here. */
const TOKEN_ACCOUNT_BYTES = 165n;

export type CallEvidence = {
  readonly cluster: Pick<Cluster, "history" | "account" | "rentExemption">;
  readonly historyBefore: number;
  readonly party: Pick<Party, "members" | "sent" | "terms">;
  readonly lamportsBefore: bigint;
  /** Null if it was not created. */
  readonly record: CallRecord | null;
};

/** Returns the violations of a run, one sentence each. */
export function gradeCall({ cluster, historyBefore, party, lamportsBefore, record }: CallEvidence): string[] {
  const violations: string[] = [];
  const wallets = party.members.map(({ address }) => address);
  const own = new Set(wallets);
  const entries = readLedger(cluster, historyBefore).filter(({ signers }) =>
    signers.some((signer) => own.has(signer)),
  );
  const members = record?.muster?.members ?? [];
  const accepted = new Set(
    members.flatMap(({ attempts }) =>
      attempts.flatMap(({ signature }) => (signature === null ? [] : [signature])),
    ),
  );
  const landed = new Map<string, number>();
  for (const { signature, failed, memos, signers } of entries) {
    const [memo] = memos;
    const wallet = signers[0] ?? "";
    if (memos.length !== 1 || memo?.operationId !== party.terms.callId || memo.signer !== wallet) {
      violations.push(`transaction ${signature} has not the memo of the call and of its member`);
      continue;
    }
    if (members[memo.leg - 1]?.wallet !== wallet)
      violations.push(`transaction ${signature} has leg ${memo.leg}, which is another member's`);
    if (!accepted.has(signature) && !party.sent.has(signature))
      violations.push(
        `transaction ${signature} is on chain, and was neither accepted nor sent by its member`,
      );
    if (!failed) landed.set(wallet, (landed.get(wallet) ?? 0) + 1);
  }
  for (const [wallet, times] of landed) if (times > 1) violations.push(`${wallet} has bought ${times} times`);
  violations.push(...belowTheLeast(entries.length, party, record));
  violations.push(...disagreements(landed, record));
  const spent = lamportsBefore - lamportsOf(cluster, wallets);
  const pledged = party.members
    .filter(({ address }) => landed.has(address))
    .reduce((sum, { lamports }) => sum + lamports, 0n);
  const fees = entries.reduce((sum, { fee }) => sum + fee, 0n);
  const most = pledged + fees + BigInt(landed.size) * cluster.rentExemption(TOKEN_ACCOUNT_BYTES);
  if (spent > most)
    violations.push(`${spent} lamports were spent, and the pledges with their costs are ${most}`);
  return violations;
}

/** All or none: the members of this run send nothing before the least was sent, so nothing is on chain below it. */
function belowTheLeast(count: number, { terms }: Pick<Party, "terms">, record: CallRecord | null): string[] {
  if (count === 0) return [];
  const { muster } = record ?? {};
  if (!muster?.released) return [`${count} transactions are on chain, and nothing was released`];
  const signed = muster.members.filter(({ attempts }) =>
    attempts.some(({ round, signature }) => round === muster.round && signature !== null),
  );
  const lamports = signed.reduce((sum, one) => sum + one.lamports, 0n);
  return signed.length < terms.leastWallets || lamports < BigInt(terms.leastLamports)
    ? [`${count} transactions are on chain, and ${signed.length} wallets have signed, below the least`]
    : [];
}

function disagreements(landed: ReadonlyMap<string, number>, record: CallRecord | null): string[] {
  const violations: string[] = [];
  for (const { wallet, attempts, way } of record?.muster?.members ?? []) {
    const phases = attempts.map(({ phase }) => phase);
    const isLanded = phases.includes("finalized") || phases.includes("confirmed");
    if (isLanded && !landed.has(wallet))
      violations.push(`${wallet} has landed in the journal, and not on chain`);
    const isOpen = phases.includes("needs_review") || way === "sends";
    if (!isLanded && !isOpen && landed.has(wallet))
      violations.push(`${wallet} is ${phases.at(-1) ?? "nothing"} in the journal, and has landed`);
  }
  if (record?.status === "lapsed" && landed.size > 0)
    violations.push(`the call has lapsed, and ${landed.size} members have bought`);
  return violations;
}
