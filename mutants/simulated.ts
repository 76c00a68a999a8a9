/**
 * Lists the known mistakes as changes for the simulator. It adds some mistakes behind two guards: the simulator can find
 * them only if both guards are removed.
 */
import { CALL_MUTANTS } from "./calls.ts";
import type { Change } from "./copy.ts";
import { MUTANTS } from "./list.ts";
import { PRICE_MUTANTS } from "./price.ts";
import { ENDPOINT_RETURN_MUTANTS } from "./returns.ts";

export type Simulated = {
  readonly name: string;
  readonly mistake: string;
  readonly changes: readonly Change[];
  /** The reason why the simulator cannot find the mistake, if it cannot. */
  readonly hidden?: string;
};

const NO_BACKUPS = "no simulated journal is a backup that was put back";

const HIDDEN: Readonly<Record<string, string>> = {
  "restore-without-proof": NO_BACKUPS,
  "restore-trusts-a-short-history": NO_BACKUPS,
  "restore-trusts-any-memo": NO_BACKUPS,
  "restore-gives-up-before-the-search": NO_BACKUPS,
  "restore-retries-a-lost-plan": NO_BACKUPS,
  "restore-without-its-declaration": NO_BACKUPS,
  "restore-reviewed-without-a-search": NO_BACKUPS,
  "restore-leaves-the-leases": NO_BACKUPS,
  "restore-bound-by-one-endpoint": NO_BACKUPS,
  "journal-of-unknown-age-signs": NO_BACKUPS,
  "history-of-a-young-node": NO_BACKUPS,
  "sign-without-compare-and-set":
    "the fence, the step's status and the attempt's number refuse the same insert; without all of them it is seen, below",
  "no-fencing": "the compare-and-set on the version refuses the same insert; without both it is seen, below",
  "no-guard-against-a-second-live-attempt": "the compare-and-set on the version refuses the same insert",
  "expiry-at-l":
    "the height is a finalized one: at L + 1, the last block that could include the attempt is final, so its status is known; the one block more is a margin",
  "attempts-forgotten":
    "each earlier attempt was proved dead before the next one was signed: reading its status again matters only if that proof was false",
  "unread-buy-costs-nothing":
    "a second bound has the same effect: no more is returned than the wallet holds above its earlier balance",
  "ended-leg-is-funded-again":
    "a buy is dead only when its blocks are final, and then the funding before it is final, too, unless a fork parted them and the funding's bytes expired meanwhile",
  "anchor-may-fall": "a run journals only anchors that are missing, and one worker at a time has the lease",
  "lagging-null-trusted":
    "the gathering of evidence refuses that answer before the rule does; without both it is seen, below",
};

const MEMORY_STEPS = "src/journal/memory/steps.ts";

/** The mistakes of the journals, as changes to the in-memory journal, because the simulator uses that one. */
const INSTEAD: Readonly<Record<string, Change>> = {
  "sign-without-compare-and-set": {
    file: MEMORY_STEPS,
    edits: [
      [
        "step.version === expectedVersion ? withInserted(step, attempt, state.now()) : null",
        "withInserted(step, attempt, state.now())",
      ],
    ],
  },
  "no-fencing": {
    file: "src/journal/memory/leases.ts",
    edits: [["lease.userId === userId && currentLease(state, lease) !== null", "lease.userId === userId"]],
  },
  "no-guard-against-a-second-live-attempt": {
    file: "src/journal/next-step.ts",
    edits: [
      [
        'if (step.status !== "ready" || !isNext || step.attempts.some(isLive)) return null;',
        "if (!isNext) return null;",
      ],
    ],
  },
  "recovery-before-settlement": {
    file: "src/journal/memory/operations.ts",
    edits: [["if (!settled && recovery === undefined) return null;", ""]],
  },
  "anchor-may-fall": {
    file: MEMORY_STEPS,
    edits: [["leg.leastTokens ?? tokens.get(leg.index)", "tokens.get(leg.index) ?? leg.leastTokens"]],
  },
  "cancellation-ignored": {
    file: MEMORY_STEPS,
    edits: [["if (record.operation.cancelRequested && !isKept)", "if (step.version < 0)"]],
  },
};

/**
 * The mistakes that the simulator cannot find. It composes its own transactions, its wallets have no unfit accounts, and the
 * engine does not read the consensus from its endpoints. A wrong rent or a leg that is given up loses no money there. Its venues
 * have no versions, its mint takes no fee, and its callers give no cap. Its venues also deliver exactly what was signed, so
 * that no effect and no delivery is short.
 */
const OUTSIDE = new Set([
  "missing-memo",
  "unfit-wallet-not-named",
  "rent-literal",
  "disagreement-as-alpenglow",
  "cheaper-rent-binds",
  "rent-rise-ignored",
  "pool-vouches-for-pool",
  "transfer-fee-uncounted",
  "max-price-ignored",
  "old-transfer-fee-counted",
  "funded-by-the-newest-instruction",
  "whole-wrapped-balance-unwrapped",
  "survey-from-one-endpoint",
  "clusters-mixed",
  "lower-least-amount-binds",
  ...PRICE_MUTANTS.map(({ name }) => name),
  ...ENDPOINT_RETURN_MUTANTS.map(({ name }) => name),
]);

/** The simulator composes and signs its own messages. */
const COMPOSING = /^src\/(wallets\/keyring|chain\/compile|base\/(instructions|compare-addresses))\.ts$/;

const known: readonly Simulated[] = MUTANTS.filter(
  // The simulator has its own policy for its own messages. Calls have a simulator of their own: SIMULATED_CALLS.
  ({ name, file }) =>
    !OUTSIDE.has(name) &&
    !COMPOSING.test(file) &&
    !/^src\/(policy|calls|engine\/calls|services\/calls)\//.test(file),
).map((mutant) => ({
  name: mutant.name,
  mistake: mutant.mistake,
  changes: [INSTEAD[mutant.name] ?? mutant],
  ...(HIDDEN[mutant.name] === undefined ? {} : { hidden: HIDDEN[mutant.name] }),
}));

const changesOf = (...names: readonly string[]): Change[] =>
  names.flatMap((name) => known.filter((one) => one.name === name).flatMap(({ changes }) => changes));

const BOTH_GUARDS: readonly Simulated[] = [
  {
    name: "no fencing, and no compare-and-set",
    mistake: "a worker that has lost the lease inserts an attempt, whatever the step's state is",
    changes: [
      ...changesOf("no-fencing", "sign-without-compare-and-set"),
      {
        file: "src/journal/next-step.ts",
        edits: [
          [
            'if (step.status !== "ready" || !isNext || step.attempts.some(isLive)) return null;',
            "if (!isNext && step.attempts.length === 0) return null;",
          ],
        ],
      },
    ],
  },
  {
    name: "lagging-null-trusted, twice",
    mistake:
      '"not found" is accepted from an endpoint that is behind: neither the gathering of evidence nor the rule compares the heights',
    changes: [
      ...changesOf("lagging-null-trusted"),
      {
        file: "src/chain/evidence.ts",
        edits: [["if (answer.slot >= heightSlot) return answer;", "return answer;"]],
      },
    ],
  },
];

export const SIMULATED: readonly Simulated[] = [...known, ...BOTH_GUARDS];

/**
 * The mistakes that the simulator of calls cannot find: its members are no strangers to the store, hold enough, sign no
 * statements, and make few pledges.
 */
const OUTSIDE_CALLS = new Set([
  "call-without-seats",
  "muster-of-empty-wallets",
  // Simulated calls are not watched, and go back to pledging only before anything is composed.
  "sales-crowded-out",
  "round-of-another-muster",
]);

const HIDDEN_CALLS: Readonly<Record<string, string>> = {
  "muster-releases-after-its-end":
    "the first send asks for the muster's end, too; without both it needs a cluster that slows down in a round, below",
  "muster-sends-first-after-its-end":
    "a worker has to die between the release and the send, and to come back after the end and before the blockhash expires",
  "muster-hands-out-twice":
    "a round begins only when no attempt is open, whatever a member may have; without both it is seen, below",
  "muster-sends-too-few": "the beat asks the same before it makes the move; without both it is seen, below",
  "muster-sends-late":
    "the beat asks the same before it makes the move, and then only fewer transactions land, which is no violation",
  "muster-takes-a-second-signature":
    "no phase leads from signed to signed, and the first bytes that came back are the ones that are kept",
};

const calls: readonly Simulated[] = CALL_MUTANTS.filter(
  ({ name, file }) =>
    /^src\/(engine\/)?calls\//.test(file) && !/verify-statement/.test(file) && !OUTSIDE_CALLS.has(name),
).map((mutant) => ({
  name: mutant.name,
  mistake: mutant.mistake,
  changes: [mutant],
  ...(HIDDEN_CALLS[mutant.name] === undefined ? {} : { hidden: HIDDEN_CALLS[mutant.name] }),
}));

const DRIVE = "src/engine/calls/drive-muster.ts";

/** Each of these mistakes stands behind a second guard, which is taken away, too. */
const withoutGuard = (name: string, guard: Change): Simulated[] =>
  calls
    .filter((one) => one.name === name)
    .map(({ mistake, changes }) => ({
      name: `${name}, twice`,
      mistake: `${mistake}; and its second guard is missing`,
      changes: [...changes, guard],
    }));

/** The mistakes in open calls, for the simulator of calls. */
export const SIMULATED_CALLS: readonly Simulated[] = [
  ...calls,
  ...withoutGuard("muster-hands-out-twice", {
    file: "src/engine/calls/muster.ts",
    edits: [['return mayLand ? "lapsed" : "resting";', 'return "resting";']],
  }),
  ...withoutGuard("muster-sends-too-few", {
    file: DRIVE,
    edits: [["    isEnough(muster) &&\n", ""]],
  }),
  ...withoutGuard("muster-releases-after-its-end", {
    file: DRIVE,
    edits: [
      ["wire === null || isTooLate) return", "wire === null || (isTooLate && wire.length < 0)) return"],
    ],
  }),
];
