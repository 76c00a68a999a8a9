/** Lists the known mistakes in open calls: each one breaks a promise to the members. */
import type { Mutant } from "./mutant.ts";

const MUSTER = { file: "src/engine/calls/muster.ts", suites: ["test/engine/muster.test.ts"] };
const MOVES = { file: "src/engine/calls/muster-moves.ts", suites: ["test/engine/muster.test.ts"] };
const FATE = { file: "src/engine/calls/handed-out.ts", suites: ["test/engine/handed-out.test.ts"] };
const RETURNED = { file: "src/policy/returned.ts", suites: ["test/policy/returned.test.ts"] };
const GUARDS = { file: "src/base/guards.ts", suites: ["test/policy/returned.test.ts"] };
const STATEMENT = { file: "src/calls/verify-statement.ts", suites: ["test/calls/statement.test.ts"] };

const SIMULATED = { suites: ["test/sim/calls.test.ts"] };
const DRIVE = { file: "src/engine/calls/drive-muster.ts", ...SIMULATED };
/** One beat, with a stand-in of the chain. */
const BEAT = { file: "src/engine/calls/drive-muster.ts", suites: ["test/engine/drive-muster.test.ts"] };
const COMPOSE = { file: "src/engine/calls/compose-round.ts", ...SIMULATED };

export const CALL_MUTANTS: readonly Mutant[] = [
  {
    name: "sales-crowded-out",
    mistake: "a caller hides a large sale behind small ones that fill the list",
    file: "src/calls/largest-sales.ts",
    suites: ["test/calls/find-sales.test.ts"],
    edits: [["all.toSorted(bySize).slice(0,", "all.toReversed().slice(0,"]],
  },
  {
    name: "landed-dead-by-one",
    mistake: "one endpoint that says a purchase failed makes it dead, and its member is handed a second one",
    file: "src/engine/restore/memo-history.ts",
    suites: ["test/calls/one-liar.test.ts"],
    edits: [["if (transaction.failed) disputed = signature;", "if (transaction.failed) continue;"]],
  },
  {
    name: "invented-beside-one-behind",
    mistake: "one endpoint invents what a transaction did while another one does not have it yet",
    file: "src/chain/transactions.ts",
    suites: ["test/chain/agreed-transaction.test.ts"],
    edits: [["found !== null || from <= first.slot", "found !== null"]],
  },
  {
    name: "muster-buys-with-one-unit",
    mistake:
      "a member that moves tokens of its own with the memo counts as a buyer, and a lapsed call as landed",
    file: "src/engine/calls/results.ts",
    suites: ["test/engine/one-unit.test.ts"],
    edits: [["handed !== null && chain.doesSame(handed, wire)", "handed !== null"]],
  },
  {
    name: "muster-buys-what-it-likes",
    mistake:
      "a member that has half of its purchase paid back in the same transaction counts for all of its pledge",
    file: "src/chain/same-work.ts",
    suites: ["test/chain/same-work.test.ts"],
    edits: [["else if (whyNoGuard(found) !== null) return false;", ""]],
  },
  {
    name: "muster-buys-a-part",
    mistake: "the first instructions of what was handed out count as all of it",
    file: "src/chain/same-work.ts",
    suites: ["test/chain/same-work.test.ts"],
    edits: [["  return at === meant.length;", "  return true;"]],
  },
  {
    name: "call-contradicted-by-one-unit",
    mistake: "a member contradicts an honest receipt by a base unit that it moves with its memo",
    file: "src/receipts/call-rules.ts",
    suites: ["test/receipts/call-lies.test.ts"],
    edits: [
      [
        "      lamports >= least &&\n      keepsToCap(call.terms, decimals, { lamports: least, tokens }));",
        "      lamports < least * 1_000n);",
      ],
    ],
  },
  {
    name: "call-goes-on-behind",
    mistake: "a call whose journal lacks what was handed out begins its next round",
    file: "src/calls/behind.ts",
    suites: ["test/calls/behind.test.ts"],
    edits: [["isOfCall && isKnown !== true ?", "isOfCall && isKnown === undefined ?"]],
  },
  {
    name: "calls-not-held-behind",
    mistake:
      "while nobody has read the members' wallets, a journal that may be an old backup goes on with its open calls",
    file: "src/worker/reached.ts",
    suites: ["test/worker/behind-by-a-stranger.test.ts"],
    edits: [["      await holdOpenCalls(context, old.slot);\n", ""]],
  },
  {
    name: "sales-before-the-muster-unseen",
    mistake: "a caller sells between its announcement and the muster, and nobody sees it",
    file: "src/calls/watched.ts",
    suites: ["test/calls/watch.test.ts"],
    edits: [["announcement?.slot ?? (", "("]],
  },
  {
    name: "past-calls-hidden-by-order",
    mistake:
      "a caller creates several calls and publishes them one after the other, so that none names another one",
    file: "src/services/calls/create-call.ts",
    suites: ["test/services/announce-call.test.ts"],
    edits: [["held >= stated);\n  await requirePastCalls(context, call);", "held >= stated);"]],
  },
  {
    name: "hand-out-to-strangers",
    mistake: "a stranger who asks first takes away the one hand-out of a wallet that only sends",
    file: "src/services/calls/sign.ts",
    suites: ["test/server/actions.test.ts"],
    edits: [
      [
        "if (isSender && !isProved) requireProof(",
        "if (isSender && !isProved && proof === null) requireProof(",
      ],
    ],
  },
  {
    name: "hand-out-for-any-request",
    mistake: "a request of another wallet proves that the member asks",
    ...STATEMENT,
    edits: [["if (statement.wallet !== wallet) throw", "if (statement.wallet === statement.nonce) throw"]],
  },
  {
    name: "hand-out-for-a-pledge",
    mistake: "a pledge, which others may have seen, proves that the member asks",
    ...STATEMENT,
    edits: [
      [
        "z.strictObject({ statement: requestSchema, signature })",
        "z.strictObject({ statement: signableSchema, signature })",
      ],
    ],
  },
  {
    name: "hand-out-for-an-old-request",
    mistake: "a request proves that the member asks for as long as its wallet may have said",
    ...STATEMENT,
    edits: [["if (left > REQUEST_AT_MOST_MS)", "if (left > 1_000 * REQUEST_AT_MOST_MS)"]],
  },
  {
    name: "call-without-seats",
    mistake: "empty wallets by the thousand make every look at a call slow",
    file: "src/calls/seats.ts",
    suites: ["test/calls/seats.test.ts"],
    edits: [["|| seated.size < seats)", "|| seated.size > 0)"]],
  },
  {
    name: "muster-of-empty-wallets",
    mistake: "a wallet that cannot pay for its pledge is a member, and counts towards the least",
    file: "src/calls/cover.ts",
    suites: ["test/calls/cover.test.ts"],
    edits: [[">= coverOf(lamports, cluster, mostFee)", ">= 0n * coverOf(lamports, cluster, mostFee)"]],
  },
  {
    name: "round-of-another-muster",
    mistake: "a round that was composed for the members of one muster begins in the next one",
    file: "src/engine/calls/drive-muster.ts",
    suites: ["test/engine/next-round.test.ts"],
    edits: [["now.number === muster.number && now.round", "now.round"]],
  },
  {
    name: "start-usable-after-its-refusal",
    mistake: "whoever has a start that was refused uses it at a time that the caller has not chosen",
    file: "src/services/calls/start.ts",
    suites: ["test/services/start-call.test.ts"],
    edits: [
      [
        "starts: [...found.starts, nonce] };",
        "starts: why === null ? [...found.starts, nonce] : found.starts };",
      ],
    ],
  },
  {
    name: "muster-exceeds-the-most",
    mistake: "the members together may spend more than the terms allow",
    ...MOVES,
    edits: [[" || sum + pledge.lamports > goal.mostLamports;", ";"]],
  },
  {
    name: "muster-numbers-its-members-anew",
    mistake: "after a withdrawal a member gets the number, and so the memo, of another one",
    file: COMPOSE.file,
    suites: ["test/engine/compose-round.test.ts"],
    edits: [
      [
        "members.flatMap(({ wallet, lamports, withdrawn }, at) =>",
        "members.filter((one) => !one.withdrawn).flatMap(({ wallet, lamports, withdrawn }, at) =>",
      ],
    ],
  },
  {
    name: "muster-calls-confirmed-final",
    mistake: "a buy counts as landed for good although a fork may still drop it",
    ...BEAT,
    edits: [["to: view.state, landed: signature });", 'to: "finalized", landed: signature });']],
  },
  {
    name: "muster-keeps-what-a-fork-dropped",
    mistake: "a buy that a fork has dropped still counts as landed",
    ...MOVES,
    edits: [["landed ?? (LANDED.includes(to) ? before : undefined)", "landed ?? before"]],
  },
  {
    name: "muster-gives-up-what-a-fork-dropped",
    mistake: "a confirmed buy that a fork has dropped is not sent again, although its blockhash lives",
    ...BEAT,
    edits: [['if (phase === "confirmed") seen.push', 'if (phase === "needs_review") seen.push']],
  },
  {
    name: "muster-releases-after-its-end",
    mistake: "transactions are sent for the first time after the muster has ended",
    ...BEAT,
    edits: [["    clock.now() < muster.goal.endsAt &&\n", ""]],
  },
  {
    name: "muster-sends-first-after-its-end",
    mistake: "a worker that died after the release sends for the first time when the muster has ended",
    ...BEAT,
    edits: [
      ["wire === null || isTooLate) return", "wire === null || (isTooLate && wire.length < 0)) return"],
    ],
  },
  {
    name: "muster-trusts-a-failure",
    mistake:
      "an attempt is dead because the transaction that we sent has failed, although another one of it may land",
    ...BEAT,
    edits: [
      [
        "if (view.failure !== null) return;",
        'if (view.failure !== null) return void seen.push({ wallet, round, to: "dead" });',
      ],
    ],
  },
  {
    name: "muster-sends-the-second-return",
    mistake: "the second transaction that a wallet returns is sent, and not the one that was accepted",
    file: "src/calls/call-store.ts",
    suites: ["test/calls/call-store.test.ts"],
    edits: [
      [
        "await notes.writeNote(key, 0, wire);",
        "await notes.writeNote(key, (await notes.readNote(key))?.version ?? 0, wire);",
      ],
    ],
  },
  {
    name: "handed-out-dead-too-early",
    mistake: "an attempt is called dead while a block may still include it",
    ...FATE,
    edits: [
      [
        'if (verdict === "too early") return null;',
        'if (verdict === "too early") return way === "sends" ? null : "dead";',
      ],
    ],
  },
  {
    name: "handed-out-unproved-is-dead",
    mistake: "a history that nobody can read to its end proves an attempt dead",
    ...FATE,
    edits: [
      [
        'return verdict === "absent" ? "dead" : "needs_review";',
        'return verdict.length > 0 ? "dead" : "needs_review";',
      ],
    ],
  },
  {
    name: "muster-hands-out-twice",
    mistake: "a member gets a second transaction while the first one may still land",
    ...MUSTER,
    edits: [['phase }) => phase === "dead");', 'phase }) => phase === "dead" || phase === "handed_out");']],
  },
  {
    name: "muster-hands-out-again-to-senders",
    mistake: "a wallet that only sends, and may replace the blockhash, gets its transaction a second time",
    ...MOVES,
    edits: [
      [
        'if (member.way === "sends") throw new CTOError("CTO_E_MUSTER_HANDED',
        'if (round < 0) throw new CTOError("CTO_E_MUSTER_HANDED',
      ],
    ],
  },
  {
    name: "muster-sends-too-few",
    mistake: "transactions are sent although too few members have signed",
    ...MOVES,
    edits: [["if (!isEnough(muster)) throw", "if (muster.round < 0) throw"]],
  },
  {
    name: "muster-sends-before-the-release",
    mistake: "transactions are sent before signatures for the least are in hand",
    ...DRIVE,
    edits: [["if (!released || lifetime === null", "if (released === null || lifetime === null"]],
  },
  {
    name: "calls-ignore-a-lost-compare-and-set",
    mistake: "a change of the muster counts as written although another process has written one first",
    file: "src/calls/lanes.ts",
    suites: ["test/calls/lanes.test.ts"],
    edits: [
      [
        "!(await records.write(id, version, value))) continue;",
        "(await records.write(id, version, value)) === null) continue;",
      ],
    ],
  },
  {
    name: "muster-forgets-the-cap",
    mistake: "a member pays more than the price cap that it agreed to",
    ...COMPOSE,
    edits: [["const atLeast = market.cap(lamports);", "const atLeast = market.cap(lamports) * 0n;"]],
  },
  {
    name: "muster-counts-the-withdrawn",
    mistake: "the transaction of a member that withdrew is counted and sent",
    ...MUSTER,
    edits: [["!member.withdrawn && ", ""]],
  },
  {
    name: "muster-counts-lamports-alone",
    mistake: "one wallet reaches the least, although the caller requires several",
    ...MUSTER,
    edits: [["members.length >= leastWallets && ", "members.length > 0 && "]],
  },
  {
    name: "muster-signs-late",
    mistake: "a signature is accepted when little of the blockhash's life is left",
    ...MOVES,
    edits: [["if (height > closedAt)", "if (height > closedAt + 1_000n)"]],
  },
  {
    name: "muster-sends-late",
    mistake: "a server that comes back late begins to send, so that only some of it lands",
    ...MOVES,
    edits: [["if (height > releaseClosesAt(lifetime))", "if (height > lifetime.lastValidBlockHeight)"]],
  },
  {
    name: "muster-takes-a-second-signature",
    mistake: "a second transaction of the same buy replaces the first one, and both may land",
    ...MOVES,
    edits: [["if (attempt.signature !== null) throw", 'if (attempt.phase === "dead") throw']],
  },
  {
    name: "muster-sends-first-to-senders",
    mistake: "a wallet that only sends gets its transaction before the least was sent",
    ...MOVES,
    edits: [['if (member.way === "sends" && !isLeastSent(muster))', "if (muster.round < 0)"]],
  },
  {
    name: "handed-out-any-leg",
    mistake: "another leg's memo in the wallet's history counts as this member's buy",
    ...FATE,
    edits: [["leg === memo.leg && ", ""]],
  },
  {
    name: "handed-out-sender-dies",
    mistake: "an attempt of a wallet that replaces blockhashes is declared dead by its height",
    ...FATE,
    edits: [['if (way === "sends") return null;', ""]],
  },
  {
    name: "returned-lives-longer",
    mistake: "a wallet may return the transaction with a later blockhash",
    ...RETURNED,
    edits: [["theirs.blockhash !== ours.blockhash", "theirs.blockhash.length < 0"]],
  },
  {
    name: "returned-gains-privileges",
    mistake: "a guard may make an account writable",
    ...RETURNED,
    edits: [["requireSamePrivileges(ours, theirs, guards);", ""]],
  },
  {
    name: "returned-without-memo",
    mistake: "a wallet may drop the last instructions, such as the memo",
    ...RETURNED,
    edits: [["if (at < meant.length)", "if (at < 0)"]],
  },
  {
    name: "guards-are-all-of-lighthouse",
    mistake: "a wallet may add instructions that write to accounts",
    ...GUARDS,
    edits: [
      ["if (guard === undefined) return `an", "if (guard === undefined) return data.length > 0 ? null : `an"],
    ],
  },
  {
    name: "pledge-of-anyone",
    mistake: "a pledge counts for an address that anyone can sign for",
    ...STATEMENT,
    edits: [["if (hasSmallOrder(statement.wallet)) return false;", ""]],
  },
  {
    name: "pledge-of-other-terms",
    mistake: "a pledge to other terms of the same call counts",
    ...STATEMENT,
    edits: [
      [
        "callId || statement.termsHash !== call.termsHash)\n    throw new CTOError",
        "callId)\n    throw new CTOError",
      ],
    ],
  },
];
