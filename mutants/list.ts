/**
 * Lists the known ways to buy twice, to lose a buy, or to return too much. Each is a small change of the source. The
 * tests must find every one.
 */
import { CALL_MUTANTS } from "./calls.ts";
import type { Mutant } from "./mutant.ts";
import { POLICY_MUTANTS } from "./policy.ts";
import { PRICE_MUTANTS } from "./price.ts";
import { ENDPOINT_RETURN_MUTANTS, RETURN_MUTANTS } from "./returns.ts";

const STEP = { file: "src/engine/step/step.ts", suites: ["test/engine/step.test.ts"] };
const EVIDENCE = { file: "src/chain/evidence.ts", suites: ["test/chain/evidence.test.ts"] };
const DRIVE = { file: "src/engine/step/drive-step.ts", suites: ["test/sim/sim.test.ts", "test/engine"] };
const RESERVED = { file: "src/engine/limits/reservations.ts", suites: ["test/engine/reservations.test.ts"] };
const WORKER = { suites: ["test/engine/carry-out.test.ts"] };
const JOURNAL = { suites: ["test/journal/postgres.test.ts"] };
const RESTORED = { suites: ["test/engine/restore.test.ts"] };

export const MUTANTS: readonly Mutant[] = [
  {
    name: "restore-without-proof",
    mistake: "a step of a restored backup is signed although it may have been bought after the backup",
    file: "src/engine/restore/look-back.ts",
    suites: ["test/engine/restore.test.ts"],
    edits: [["if (now?.restored !== true) return null;", "if (now !== undefined) return null;"]],
  },
  {
    name: "restore-trusts-a-short-history",
    mistake: "a wallet's history proves an absence although its records begin after the backup",
    file: "src/engine/restore/memo-history.ts",
    suites: ["test/engine/restore.test.ts"],
    edits: [["if (firstAvailableSlot > since)", "if (firstAvailableSlot > since + 1_000_000n)"]],
  },
  {
    name: "restore-trusts-any-memo",
    mistake: "a stranger's transaction with the step's memo counts as the buy",
    file: "src/engine/restore/memo-history.ts",
    suites: ["test/engine/restore.test.ts"],
    edits: [[" && signers.includes(wallet)", ""]],
  },
  {
    name: "restore-gives-up-before-the-search",
    mistake: "an error gives up a restored operation's steps before the chain is searched for them",
    file: "src/engine/operation/run.ts",
    ...RESTORED,
    edits: [
      ["    if (operation.restored) await requireProved({ ...run, settings }, options.wallets);\n", ""],
      [
        "await validate(run, options.wallets);\n",
        "await validate(run, options.wallets);\n    if (operation.restored) await requireProved({ ...run, settings }, options.wallets);\n",
      ],
    ],
  },
  {
    name: "restore-retries-a-lost-plan",
    mistake: "an operation is retried whole although its plan may have been carried out after the backup",
    file: "src/engine/operation/retry.ts",
    ...RESTORED,
    edits: [["if (legs.length === 0 && operation.restored) throw", "if (legs.length < 0) throw"]],
  },
  {
    name: "restore-without-its-declaration",
    mistake: "a step counts as not bought although nobody has declared how far its history must be searched",
    file: "src/engine/restore/look-back.ts",
    ...RESTORED,
    edits: [["if (restore === null) throw new CTOError", "if (restore === undefined) throw new CTOError"]],
  },
  {
    name: "restore-reviewed-without-a-search",
    mistake: "a person may declare a step dead that was bought after the backup",
    file: "src/engine/review/resolve-step.ts",
    suites: ["test/jobs/review.test.ts"],
    edits: [['if (resolution === "dead") requireNotLater(gathered, force, refuse);', ""]],
  },
  {
    name: "restore-leaves-the-leases",
    mistake: "a worker that still runs signs for an operation that it read before the restore was declared",
    file: "src/journal/postgres/actions/restore.ts",
    ...JOURNAL,
    edits: [["(update cto.leases set owner = null, token = token + 1)", "(select 1)"]],
  },
  {
    name: "restore-bound-by-one-endpoint",
    mistake: "a restore's bounds come from one endpoint, which may lag",
    file: "src/services/restore.ts",
    suites: ["test/jobs/wrong-restore.test.ts"],
    edits: [["await chain.readTips();", "(await chain.readTips()).slice(0, 1);"]],
  },
  {
    name: "journal-of-unknown-age-signs",
    mistake: "a worker signs although the journal may be an old backup",
    file: "src/worker/reached.ts",
    suites: ["test/jobs/wrong-restore.test.ts"],
    edits: [['if (age.age === "unknown") {', 'if (age.age === "unknown" && logged === "") {']],
  },
  {
    name: "history-of-a-young-node",
    mistake:
      "one empty answer ends a wallet's history, although another node behind the same address has more",
    file: "src/chain/records.ts",
    suites: ["test/chain/history.test.ts"],
    edits: [["const REPEATS = 4;", "const REPEATS = 1;"]],
  },
  {
    name: "evidence-of-a-young-node",
    mistake:
      "one node's full records prove an attempt dead that another node behind the same address does not have",
    ...EVIDENCE,
    edits: [
      [
        "const firstAvailableSlot = await readRecords(call, endpoint);",
        'const firstAvailableSlot = await call({ method: "getFirstAvailableBlock", params: [], schema: u64 });',
      ],
    ],
  },
  {
    name: "age-without-fundings",
    mistake:
      "an undeclared backup from before a funding funds again: the funding wallet's history is not read",
    file: "src/engine/restore/behind.ts",
    suites: ["test/engine/restore.test.ts"],
    edits: [['role === "funding"', 'role === "buyer"']],
  },
  {
    name: "age-kept-under-a-backup",
    mistake: "a worker goes on signing although a backup was put under it while it runs",
    file: "src/worker/reached.ts",
    suites: ["test/worker/reached.test.ts"],
    edits: [["known.slot >= last.slot", "known.slot >= 0n"]],
  },
  {
    name: "copy-not-noticed",
    mistake: "a worker goes on signing on a promoted standby, which may lack what was signed last",
    file: "src/journal/postgres/fence.ts",
    suites: ["test/journal/copies.test.ts"],
    edits: [["and (select cto.how_copied()) is null\n", "\n"]],
  },
  {
    name: "copy-gets-a-lease",
    mistake: "a restored dump, or a promoted standby, is signed in although no restore was declared",
    file: "src/journal/postgres/actions/acquire-lease.ts",
    suites: ["test/journal/copies.test.ts"],
    edits: [
      ["where version <= $4 and copied is null", "where version <= $4"],
      ["requireOwnCopy(copied);\n", "\n"],
    ],
  },
  {
    name: "age-without-recoveries",
    mistake: "an undeclared backup from before a return of funds returns them again",
    file: "src/engine/restore/behind.ts",
    ...RESTORED,
    edits: [
      ['recovery: "requested", limit', 'recovery: "done", limit'],
      ["...(await journal.listUnsettled(limit)),", ""],
    ],
  },
  {
    name: "age-by-a-lagging-endpoint",
    mistake: "an old mark looks new, because one endpoint lags",
    file: "src/engine/restore/behind.ts",
    suites: ["test/worker/reached.test.ts"],
    edits: [["(await readSlots(chain)).newest", "(await readSlots(chain)).oldest"]],
  },
  {
    name: "status-before-height",
    mistake: "the height is read after the statuses: what landed in between reads as absent and expired",
    ...EVIDENCE,
    edits: [
      [
        "    // After the statuses: what was pruned",
        '    const late = await call({ method: "getEpochInfo", params: [{ commitment: "finalized" }], schema: epochInfo });\n    // After the statuses: what was pruned',
      ],
      ["provenHeight(blockHeight,", "provenHeight(late.blockHeight,"],
    ],
  },
  {
    name: "height-of-another-node",
    mistake:
      "a height counts as final on the node that returns the statuses, although only another node has finalized it",
    ...EVIDENCE,
    edits: [["await provenHeight(blockHeight, tip.blockHeight, options.consensus)", "blockHeight"]],
  },
  {
    name: "height-at-confirmed",
    mistake:
      "an attempt counts as expired by the confirmed height, although a fork may replace those blocks by ones that include it",
    ...EVIDENCE,
    edits: [['params: [{ commitment: "finalized" }]', 'params: [{ commitment: "confirmed" }]']],
  },
  {
    name: "no-history-search",
    mistake: "only the cache of recent statuses is searched",
    ...EVIDENCE,
    edits: [["searchTransactionHistory: true }", "searchTransactionHistory: false }"]],
  },
  {
    name: "rpc-error-as-null",
    mistake: "an endpoint's error counts as the answer that it does not know the transaction",
    ...EVIDENCE,
    edits: [
      [
        "await readStatuses(call, batch, { searchTransactionHistory: true }, size);",
        "await readStatuses(call, batch, { searchTransactionHistory: true }, size).catch(() => ({ slot: heightSlot, statuses: batch.map((one) => [one, null] as [Signature, null]) }));",
      ],
    ],
  },
  {
    name: "send-before-journaling",
    mistake: "the bytes are sent before the journal has them",
    ...DRIVE,
    edits: [
      [
        "  const inserted = await run.ports.journal.insertAttempt(",
        "  await run.ports.chain.broadcast(attempt.wire, { preflight: false }).catch(() => undefined);\n  const inserted = await run.ports.journal.insertAttempt(",
      ],
    ],
  },
  {
    name: "sign-without-compare-and-set",
    mistake: "the next attempt is inserted without comparing the step's version",
    file: "src/journal/postgres/actions/insert-attempt.ts",
    ...JOURNAL,
    edits: [["s.version = a.version and", "a.version is not null and"]],
  },
  {
    name: "no-fencing",
    mistake: "a lease that was taken over may still write",
    file: "src/journal/postgres/fence.ts",
    ...JOURNAL,
    edits: [
      [
        "owner = $${first + 1} and token = $${first + 2}",
        "$${first + 1}::text is not null and $${first + 2}::bigint is not null",
      ],
    ],
  },
  {
    name: "expiry-at-l",
    mistake: "an attempt counts as expired at block L + 1, which may still include it",
    ...STEP,
    edits: [
      ["finalizedBlockHeight > lastValidBlockHeight + 1n", "finalizedBlockHeight > lastValidBlockHeight"],
    ],
  },
  {
    name: "attempts-forgotten",
    mistake: "only the last attempt is checked",
    ...STEP,
    edits: [["for (const attempt of attempts) {", "for (const attempt of attempts.slice(-1)) {"]],
  },
  {
    name: "error-at-confirmed-is-final",
    mistake: "an on-chain error counts as final before its block is",
    ...STEP,
    edits: [["} else if (status.finalized) {", "} else if (status.slot >= 0n) {"]],
  },
  {
    name: "unknown-auto-failed",
    mistake: "a step whose outcome is unknown fails after the deadline",
    ...DRIVE,
    edits: [
      [
        'await change(run, step, { status: "needs_review", failure });',
        'await change(run, step, { status: "failed", failure });',
      ],
    ],
  },
  {
    name: "no-guard-against-a-second-live-attempt",
    mistake: "a step that is in flight may be signed again",
    file: "src/journal/postgres/actions/insert-attempt.ts",
    ...JOURNAL,
    edits: [
      ["and s.status = 'ready'", "and s.status <> 'finalized'"],
      ["and not exists (select from cto.attempts where step_id = s.id and status = 'live')", ""],
    ],
  },
  {
    name: "retry-from-scratch",
    mistake: "a run that finds a step in flight signs it again instead of following it",
    file: "src/engine/step/drive-step.ts",
    suites: ["test/sim/sim.test.ts", "test/jobs/resign.test.ts"],
    edits: [
      [
        'step = step.status === "ready" ? await begin(run, step) : await follow(run, step);',
        'if (step === from && step.status === "in_flight") step = await change(run, step, { status: "ready", attempt: { number: step.attempts.length, status: "dead" } });\n    step = step.status === "ready" ? await begin(run, step) : await follow(run, step);',
      ],
    ],
  },
  {
    name: "lease-not-renewed",
    mistake: "a worker never renews its lease: another one takes it over while the first is at work",
    file: "src/engine/lease-keeper.ts",
    ...WORKER,
    edits: [
      ["await clock.sleep(beats.renewMs, stopped);", "await clock.sleep(beats.renewMs * 1_000, stopped);"],
    ],
  },
  {
    name: "second-plan-believed",
    mistake: "a run believes in its second plan, although the journal keeps the first",
    file: "src/engine/operation/known.ts",
    suites: ["test/engine/known.test.ts"],
    edits: [["isWritten && known.length === 0 ? planned()", "isWritten ? planned()"]],
  },
  {
    name: "moment-without-an-answer",
    mistake: "a statement counts as answered when another one of its moment is",
    file: "src/journal/postgres/moments.ts",
    suites: ["test/journal/postgres-moments.test.ts"],
    edits: [["const answer = answers[at];", "const answer = answers[0];"]],
  },
  {
    name: "abandoned-at-the-first-outage",
    mistake: "an operation is ended by the first outage, and not tried again",
    file: "src/engine/carry-out.ts",
    ...WORKER,
    edits: [
      [
        "isStopped(error, run.signal) || !isLast ||",
        "isStopped(error, run.signal) || isLast === undefined ||",
      ],
    ],
  },
  {
    name: "cancelled-never-settled",
    mistake:
      "only completed operations are settled: the landed legs of a cancelled operation never become final",
    file: "src/engine/due.ts",
    ...WORKER,
    edits: [
      [
        "    unsettled.map((operation) =>",
        '    unsettled.filter(({ status }) => status === "completed").map((operation) =>',
      ],
    ],
  },
  {
    name: "missing-memo",
    mistake: "a transaction goes out without its public memo",
    file: "src/chain/transaction.ts",
    suites: ["test/chain/transaction.test.ts"],
    edits: [["    memoOf(memo.text, memo.signer),\n", ""]],
  },
  {
    name: "reads-of-version-0",
    mistake: "a transaction of version 1 cannot be read back, so its effect on a wallet stays unknown",
    file: "src/chain/transactions.ts",
    suites: ["test/chain/localnet.test.ts"],
    edits: [["maxSupportedTransactionVersion: 1", "maxSupportedTransactionVersion: 0"]],
  },
  {
    name: "unpaid-error-taken-as-unknown",
    mistake: "an attempt that a block includes without running it (SIMD-0290) never counts as dead",
    ...STEP,
    edits: [
      [
        "} else if (status.finalized) {",
        '} else if (status.finalized && !["AccountNotFound", "InsufficientFundsForFee"].includes(String(status.failure.error))) {',
      ],
    ],
  },
  {
    name: "version-1-for-a-signer-of-version-0",
    mistake: "an external signer that supports only version 0 gets a version 1 transaction",
    file: "src/engine/transaction/format.ts",
    suites: ["test/engine/format.test.ts"],
    edits: [["versionOne && (await newestVersion(walletIds)) === 1", "versionOne && walletIds.length > 0"]],
  },
  {
    name: "lagging-blockhash-trusted",
    mistake: "a blockhash is taken from an endpoint that is behind what was seen before",
    file: "src/chain/blockhash.ts",
    suites: ["test/chain/blockhash.test.ts"],
    edits: [["if (!lags(lifetime)) return lifetime;", "return lifetime;"]],
  },
  {
    name: "lagging-null-trusted",
    mistake: '"not found" is accepted from an endpoint that is behind the height reading',
    ...STEP,
    edits: [["if (evidence.statusSlot < evidence.heightSlot) {", "if (evidence.statusSlot < 0n) {"]],
  },
  {
    name: "pruned-null-trusted",
    mistake: '"not found" is accepted from an endpoint whose records begin after the attempt was signed',
    ...STEP,
    edits: [["if (isPruned(attempt, evidence)) {", "if (evidence.firstAvailableSlot < 0n) {"]],
  },
  {
    name: "quorum-ignored",
    mistake: "one endpoint's evidence suffices, whatever the quorum is",
    ...STEP,
    edits: [["const verdicts = evidences.map(", "const verdicts = evidences.slice(0, 1).map("]],
  },
  {
    name: "cancellation-ignored",
    mistake: "a new leg is signed although the operation is being cancelled",
    file: "src/journal/postgres/actions/insert-attempt.ts",
    ...JOURNAL,
    edits: [["    and (not o.cancel_requested or s.kind = 'recover' or a.found)\n", ""]],
  },
  {
    name: "retry-of-what-may-land",
    mistake: "a retry buys legs again although the operation has not ended, or a fork has reopened them",
    file: "src/engine/operation/retry.ts",
    suites: ["test/engine/retry.test.ts"],
    edits: [
      ["  requireEnded(operation);\n", ""],
      ["if (legs.some((leg) => !isGone(leg) && !isLanded(leg)))", "if (legs.some((leg) => leg.index < 1))"],
    ],
  },
  {
    name: "limit-reserved-after-signing",
    mistake: "signing does not wait for the reservation of the most that a buy may spend",
    file: "src/engine/operation/run-markets.ts",
    suites: ["test/jobs/limits.test.ts"],
    edits: [
      ["    await reserveLegs(run, limits", "    void reserveLegs(run, limits"],
      [
        "{ ...opened, funding: payers.funding });\n",
        "{ ...opened, funding: payers.funding }).catch(() => undefined);\n",
      ],
    ],
  },
  {
    name: "halt-ignored",
    mistake: "a new transaction is signed although somebody has stopped all signing",
    file: "src/engine/step/halt.ts",
    suites: ["test/jobs/limits.test.ts"],
    // Two checks guard this: one before signing, and one between signing and the journal.
    edits: [
      ["if (halt === null) break;", "break;"],
      ["(await ports.journal.readHalt()) !== null", "(await ports.journal.readHalt()) === undefined"],
    ],
  },
  {
    name: "halt-read-before-the-call",
    mistake: "a caller gets the result of a read of the halt that began before its call",
    file: "src/engine/operation/waves.ts",
    suites: ["test/engine/waves.test.ts"],
    edits: [["      next = null;\n", ""]],
  },
  {
    name: "dead-legs-keep-their-share",
    mistake: "the reservation of a buy that is dead is never released",
    file: "src/engine/limits/reservations.ts",
    suites: ["test/jobs/limits.test.ts"],
    edits: [["if (taken.length > 0) await", "if (taken.length < 0) await"]],
  },
  {
    name: "costs-not-reserved",
    mistake: "limits count the spending on the token, but no fees and rents",
    ...RESERVED,
    edits: [
      [
        "return [spending, costsOf(step, funding?.walletId ?? leg.walletId, costsOfLeg(leg))];",
        "return [spending];",
      ],
    ],
  },
  {
    name: "costs-on-the-wrong-wallet",
    mistake: "the costs that the funding wallet pays count on the buyer",
    ...RESERVED,
    edits: [["costsOf(step, funding?.walletId ?? leg.walletId,", "costsOf(step, leg.walletId,"]],
  },
  {
    name: "released-while-it-may-land",
    mistake: "the reservation of a step whose outcome is unknown is released",
    ...RESERVED,
    edits: [["hasFailed(status)", 'status === "failed" || status === "needs_review"']],
  },
  {
    name: "failed-fees-forgotten",
    mistake: "the fee of an attempt that failed on chain is not counted",
    ...RESERVED,
    edits: [['status === "dead" && slot !== undefined', 'status === "dead" && slot === null']],
  },
  {
    name: "dearer-attempt-unreserved",
    mistake: "an attempt with a higher priority fee is signed without the difference being reserved",
    file: "src/engine/limits/admission.ts",
    suites: ["test/engine/reservations.test.ts"],
    edits: [["step.attempts.length === 0 && sumOf(costs) <= sumOf(reserved)", "sumOf(reserved) >= 0n"]],
  },
  {
    name: "anchor-forgotten-at-signing",
    mistake:
      "a leg is signed in a later market for that market's quote, even if it is below the leg's anchor",
    file: "src/engine/buy/sign-buy.ts",
    suites: ["test/sim/sim.test.ts", "test/conformance/mid-operation.test.ts"],
    edits: [["const atLeast = anchorOf(market, leg);", "const atLeast = 0n;"]],
  },
  {
    name: "deviation-unchecked",
    mistake:
      "a pool that anyone could have opened is compared with the aggregator, and used however dear it is",
    file: "src/engine/buy/price-check.ts",
    suites: ["test/engine/price-check.test.ts"],
    edits: [["if (deviationBps > limitBps)", "if (deviationBps > limitBps && limitBps < 0)"]],
  },
  {
    name: "max-price-ignored",
    mistake: "the caller's cap on the price does not raise the least amounts",
    file: "src/engine/buy/max-price.ts",
    suites: ["test/engine/price-check.test.ts"],
    edits: [["if (maxPrice === undefined) return", 'if (maxPrice !== "") return']],
  },
  {
    name: "pool-vouches-for-pool",
    mistake: "a pool that anyone could have opened counts as the token's own market",
    file: "src/venues/cpmm/index.ts",
    suites: ["test/venues/market-kinds.test.ts", "test/conformance/second-source.test.ts"],
    edits: [['kind: () => "openToAll"', 'kind: () => "only"']],
  },
  {
    name: "transfer-fee-uncounted",
    mistake: "the mint's transfer fee does not count against the limit on the price",
    file: "src/engine/buy/price-impact.ts",
    suites: ["test/engine/price-check.test.ts"],
    edits: [
      [
        "const impactBps = lossBps(lossBps(quote.priceImpactBps, transferFeeBps), venueFeeBps);",
        "const impactBps = lossBps(quote.priceImpactBps, venueFeeBps);",
      ],
    ],
  },
  {
    name: "anchor-may-fall",
    mistake: "an anchor that is journaled again is replaced",
    file: "src/journal/postgres/actions/anchor-legs.ts",
    ...JOURNAL,
    edits: [[" and l.least_tokens is null", ""]],
  },
  {
    name: "balance-returned-instead-of-owed",
    mistake:
      "a return takes the wallet's whole balance, not only what the operation's own transactions left there",
    file: "src/engine/recovery/conservation.ts",
    suites: ["test/engine/conservation.test.ts"],
    edits: [["let back = smaller(owed - sum(locked), held - before);", "let back = held - before;"]],
  },
  {
    name: "unread-buy-costs-nothing",
    mistake: "a buy on chain of which the endpoint has no record counts as if it had cost nothing",
    file: "src/engine/recovery/leg-history.ts",
    suites: ["test/engine/leg-history.test.ts"],
    edits: [
      [
        "if (transaction === null) throw",
        "if (transaction === null) return [signature, { slot: 0n, failed: false, changes: [] }] as const;\n        if (transaction === undefined) throw",
      ],
    ],
  },
  {
    name: "recovery-before-settlement",
    mistake: "a recovery begins although transactions of the operation may not be final yet",
    file: "src/journal/postgres/actions/recovery.ts",
    ...JOURNAL,
    edits: [["status = any($2) and (settled or recovery_state is not null)", "status = any($2)"]],
  },
  {
    name: "old-transfer-fee-counted",
    mistake: "a transfer fee that ended many epochs ago still counts",
    file: "src/venues/transfer-fee.ts",
    suites: ["test/venues/survey.test.ts"],
    edits: [["  if (epoch !== undefined && epoch > changesAt) return newer;\n", ""]],
  },
  {
    name: "funded-by-the-newest-instruction",
    mistake: "buyers are funded for the newest instruction, although the program supports only an older one",
    file: "src/engine/funding/funding-amounts.ts",
    suites: ["test/engine/funding.test.ts"],
    edits: [["  requireSimulated(await chain.simulate(", "  void (await chain.simulate("]],
  },
  {
    name: "whole-wrapped-balance-unwrapped",
    mistake: "a wrapped-SOL account that the buyer already had is closed with its whole balance",
    file: "src/venues/wrapped-sol.ts",
    suites: ["test/venues/wrapped-sol.test.ts"],
    edits: [["  if (isThere) return { account,", "  if (isThere && lamports < 0n) return { account,"]],
  },
  {
    name: "survey-from-one-endpoint",
    mistake: "facts that set a price are read from one endpoint, although several must agree",
    file: "src/chain/index.ts",
    suites: ["test/jobs/price-quorum.test.ts"],
    edits: [["createWitnessReader(rpc, quorum, commitment", "createWitnessReader(rpc, 1, commitment"]],
  },
  {
    name: "clusters-mixed",
    mistake: "endpoints of another cluster are used, too",
    file: "src/chain/one-cluster.ts",
    suites: ["test/chain/one-cluster.test.ts"],
    edits: [["this.#first.genesis === genesis", "this.#first.genesis !== undefined"]],
  },
  {
    name: "lower-least-amount-binds",
    mistake: "if endpoints differ, the lowest least amount applies",
    file: "src/venues/agree.ts",
    suites: ["test/jobs/price-quorum.test.ts"],
    edits: [["a.leastTokens > b.leastTokens ? -1 : 1", "a.leastTokens < b.leastTokens ? -1 : 1"]],
  },
  {
    name: "unfit-wallet-not-named",
    mistake: "a buy is signed for a wallet whose accounts cannot take it",
    file: "src/engine/operation/fitness.ts",
    suites: ["test/engine/fitness.test.ts"],
    edits: [
      [
        "return [...(unfit === undefined ? [] : [unfit]), ...unfitAccounts];",
        "return [unfit, ...unfitAccounts].slice(9) as string[];",
      ],
    ],
  },
  {
    name: "rent-literal",
    mistake:
      "a wallet's minimum is a constant, so a change of the rent locks up money or makes transactions fail",
    file: "src/engine/cluster/cluster-facts.ts",
    suites: ["test/engine/cluster-facts.test.ts", "test/engine/conservation.test.ts"],
    edits: [
      ["  rentExemption(cluster, 0);", "  (cluster.lamportsPerByte > 0n ? 890_880n : 0n) as Lamports;"],
    ],
  },
  {
    name: "own-sol-pays-the-rise",
    mistake: "a buy spends the wallet's own SOL when the funding ahead does not suffice any more",
    file: "src/engine/buy/funded.ts",
    suites: ["test/engine/funded.test.ts"],
    edits: [["  if (needs <= left) return;", "  if (needs >= 0n) return;"]],
  },
  {
    name: "ended-leg-is-funded-again",
    mistake: "if a fork drops a funding ahead, it also pays a wallet again whose signed buy has failed",
    file: "src/engine/funding/legs-to-fund.ts",
    suites: ["test/engine/funding.test.ts"],
    edits: [["hasFailed(buy.status);", "hasFailed(buy.status) && buy.attempts.length === 0;"]],
  },
  {
    name: "unpaid-error-costs-a-fee",
    mistake:
      "limits count a fee for an attempt that a block includes without running it (SIMD-0290): it paid none",
    ...STEP,
    edits: [[" && !UNPAID.includes(status.failure.error)", ""]],
  },
  {
    name: "cheaper-rent-binds",
    mistake: "if two endpoints differ about the rent, the first one's is used",
    file: "src/engine/cluster/cluster-facts.ts",
    suites: ["test/venues/views.test.ts"],
    edits: [
      [
        "lamportsPerByte: larger(one.lamportsPerByte, other.lamportsPerByte)",
        "lamportsPerByte: one.lamportsPerByte",
      ],
    ],
  },
  {
    name: "disagreement-as-alpenglow",
    mistake: "one endpoint that reports Alpenglow suffices, so that confirmed counts as final",
    file: "src/chain/consensus.ts",
    suites: ["test/chain/consensus.test.ts"],
    edits: [["answers.every((answer) =>", "answers.some((answer) =>"]],
  },
  {
    name: "rent-rise-ignored",
    mistake: "a buy that failed because rents have risen fails for good, although a new plan would land",
    file: "src/engine/buy/markets.ts",
    suites: ["test/engine/rents-moved.test.ts"],
    edits: [["if (now === planned) return false;", "if (now > 0n) return false;"]],
  },
  ...CALL_MUTANTS,
  ...POLICY_MUTANTS,
  ...PRICE_MUTANTS,
  ...ENDPOINT_RETURN_MUTANTS,
  ...RETURN_MUTANTS,
];
