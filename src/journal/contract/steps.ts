/**
 * Tests the rules that every journal must follow for plans, steps and attempts: the storage half of the re-sign rule (R3).
 */
import assert from "node:assert/strict";
import { lamports } from "@solana/kit";
import type { Incident } from "../../engine/ports.ts";
import {
  addressOf,
  attemptOf,
  inserted,
  type JournalCase,
  legsOf,
  planned,
  rejectsWith,
  U64_MAX,
} from "./harness.ts";

const DEAD = { status: "ready", attempt: { number: 1, status: "dead", reason: "expired" } } as const;

export const STEP_CASES: readonly JournalCase[] = [
  {
    name: "a plan is written once: legs in order, each with a ready buy step",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal, 12);
      assert.equal(await journal.writePlan(id, lease, legsOf(3)), true);
      assert.deepEqual(await journal.readLegs(id), legsOf(12));
      const steps = await journal.readSteps(id);
      // A run knows a new plan's steps without reading them (`engine/operation/known.ts`).
      assert.deepEqual(
        steps,
        legsOf(12).map(({ index: number }) => ({
          id: `${id}.buy.${number}`,
          operationId: id,
          kind: "buy",
          number,
          status: "ready",
          version: 1,
          attempts: [],
        })),
      );
      assert.deepEqual(await journal.readStep(`${id}.buy.12`), steps[11]);
      assert.equal(await journal.readStep("op.buy.99"), null);
    },
  },
  {
    name: "legs are tallied over several operations: how many there are, and how many landed",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal, 3);
      const request = (await journal.readOperation(id))?.request ?? assert.fail();
      await journal.createOperation({ id: "sweep", request });
      await journal.writePlan("sweep", lease, legsOf(2), "recover");
      await journal.createOperation({ id: "unplanned", request });
      const tallies = async () => new Map(await journal.tallyLegs([id, "sweep", "unplanned", "nothing"]));
      assert.deepEqual(
        await tallies(),
        new Map([
          [id, { legs: 3, landed: 0, landedLamports: 0n }],
          ["sweep", { legs: 2, landed: 0, landedLamports: 0n }],
        ]),
      );
      for (const step of [first, await journal.readStep("sweep.recover.2")]) {
        const sent = await inserted(journal, step ?? assert.fail(), lease, attemptOf(1, step?.id));
        const attempt = { number: 1, status: "landed", slot: 7n } as const;
        await journal.changeStep(sent.id, sent.version, lease, { status: "confirmed", attempt });
      }
      assert.deepEqual((await tallies()).get(id), { legs: 3, landed: 1, landedLamports: 1_000_000n });
      assert.deepEqual((await tallies()).get("sweep"), { legs: 2, landed: 1, landedLamports: 2_000_000n });
      assert.deepEqual(await journal.tallyLegs([]), new Map());
    },
  },
  {
    name: "of two concurrent plans one is written as a whole",
    run: async ({ journal }) => {
      const { lease, id } = await planned(journal, 1);
      await journal.createOperation({
        id: "op2",
        request: (await journal.readOperation(id))?.request ?? assert.fail(),
      });
      const both = await Promise.all([3, 5].map((count) => journal.writePlan("op2", lease, legsOf(count))));
      assert.deepEqual(both, [true, true]);
      const count = (await journal.readLegs("op2")).length;
      assert.ok(count === 3 || count === 5);
      assert.equal((await journal.readSteps("op2")).length, count);
    },
  },
  {
    name: "numbers up to 2^64 - 1 come back exact",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal);
      const attempt = {
        ...attemptOf(1),
        quotedTokensOut: U64_MAX,
        minTokensOut: U64_MAX - 1n,
        lastValidBlockHeight: 2n ** 62n,
        blockhashSlot: 2n ** 61n,
        costs: { network: lamports(1n), priority: lamports(2n ** 60n), rent: lamports(0n) },
      };
      const step = await inserted(journal, first, lease, attempt);
      assert.equal(step.attempts[0]?.quotedTokensOut, U64_MAX);
      assert.equal(step.attempts[0]?.minTokensOut, U64_MAX - 1n);
      assert.equal(step.attempts[0]?.lastValidBlockHeight, 2n ** 62n);
      assert.equal(step.attempts[0]?.blockhashSlot, 2n ** 61n);
      assert.deepEqual(step.attempts[0]?.costs, attempt.costs);
      await journal.writeTokensReceived(id, [{ leg: 2, tokens: U64_MAX }]);
      assert.deepEqual(
        (await journal.readLegs(id)).map((leg) => leg.tokensReceived),
        [undefined, U64_MAX],
      );
    },
  },
  {
    name: "a wave of attempts is inserted step by step: each that may, in order, and nothing of the others",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal, 4);
      const steps = await journal.readSteps(id);
      const requested = steps.map(({ id: stepId, version }, at) => ({
        stepId,
        expectedVersion: at === 1 ? version + 7 : version,
        attempt: attemptOf(at === 2 ? 2 : 1, `wave ${at}`),
      }));
      const unknown = { stepId: "nobody's", expectedVersion: 1, attempt: attemptOf(1, "nobody") };
      const answers = await journal.insertAttempts(lease, [...requested, unknown]);
      assert.deepEqual(
        answers.map(({ outcome }) => outcome),
        ["inserted", "stale", "stale", "inserted", "stale"],
      );
      const after = await journal.readSteps(id);
      assert.deepEqual(
        after.map(({ status, attempts }) => [status, attempts.map(({ signature }) => signature)]),
        [0, 1, 2, 3].map((at) =>
          at === 0 || at === 3 ? ["in_flight", [requested[at]?.attempt.signature]] : ["ready", []],
        ),
      );
      assert.deepEqual(
        answers.flatMap((answer) => (answer.outcome === "inserted" ? [answer.step] : [])),
        [after[0], after[3]],
      );
      assert.deepEqual(
        (await journal.insertAttempts(lease, requested)).map(({ outcome }) => outcome),
        ["stale", "stale", "stale", "stale"],
      );
      await journal.requestCancel(id);
      const ready = { stepId: steps[1]?.id ?? "", expectedVersion: 1, attempt: attemptOf(1, "late") };
      const late = await journal.insertAttempts(lease, [ready]);
      assert.deepEqual(late, [{ outcome: "cancelled" }]);
    },
  },
  {
    name: "a wave of changes and of attempts is refused as a whole under a lease that was taken over",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal, 2);
      await inserted(journal, first, lease, attemptOf(1, "first"));
      await journal.releaseLease(lease);
      const other = (await journal.acquireLease(lease.userId, "another", 60_000)) ?? assert.fail();
      const steps = await journal.readSteps(id);
      const change = { status: "needs_review" } as const;
      const changes = steps.map(({ id: stepId, version }) => ({ stepId, expectedVersion: version, change }));
      assert.deepEqual(await journal.changeSteps(lease, changes), [null, null]);
      const attempt = { stepId: steps[1]?.id ?? "", expectedVersion: 1, attempt: attemptOf(1, "second") };
      assert.deepEqual(await journal.insertAttempts(lease, [attempt]), [{ outcome: "stale" }]);
      assert.deepEqual(await journal.readSteps(id), steps);
      assert.equal((await journal.insertAttempts(other, [attempt]))[0]?.outcome, "inserted");
    },
  },
  {
    name: "a wave of changes is made step by step, with what became of each one's attempt",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal, 3);
      const ready = await journal.readSteps(id);
      await journal.insertAttempts(
        lease,
        ready.map(({ id: stepId, version }, at) => ({
          stepId,
          expectedVersion: version,
          attempt: attemptOf(1, `change ${at}`),
        })),
      );
      const [one, two, three] = await journal.readSteps(id);
      const landed = { status: "confirmed", attempt: { number: 1, status: "landed", slot: 7n } } as const;
      const failure = { code: "CTO_E_X", message: "because" };
      const dead = {
        status: "failed",
        failure,
        attempt: { number: 1, status: "dead", reason: "r" },
      } as const;
      const changed = await journal.changeSteps(lease, [
        { stepId: three?.id ?? "", expectedVersion: three?.version ?? 0, change: dead },
        { stepId: two?.id ?? "", expectedVersion: 99, change: landed },
        { stepId: one?.id ?? "", expectedVersion: one?.version ?? 0, change: landed },
      ]);
      const after = await journal.readSteps(id);
      assert.deepEqual(changed, [after[2], null, after[0]]);
      assert.deepEqual(after[1], two);
      assert.deepEqual(after[0]?.attempts[0]?.slot, 7n);
      assert.deepEqual([after[2]?.failure, after[2]?.attempts[0]?.reason], [failure, "r"]);
    },
  },
  {
    name: "events are numbered in their order, and the progress rises with them under the lease alone",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal, 1);
      const event = (progress: number) =>
        ({ type: "phase", phase: "executing", label: `at ${progress}`, progress }) as const;
      const progressNow = async () => (await journal.readOperation(id))?.progress;
      const before = (await journal.readEvents(id, 0, 100)).length;
      const stored = await journal.appendEvents(id, [71, 72, 73].map(event), { lease, progress: 73 });
      assert.deepEqual(
        stored.map(({ seq }) => seq),
        [1, 2, 3].map((at) => before + at),
      );
      assert.deepEqual(await journal.readEvents(id, before, 100), stored);
      assert.equal(await progressNow(), 73);
      await journal.appendEvents(id, [event(72)], { lease, progress: 72 });
      assert.equal(await progressNow(), 73);
      await journal.releaseLease(lease);
      const other = (await journal.acquireLease(lease.userId, "another", 60_000)) ?? assert.fail();
      await journal.appendEvents(id, [event(90)], { lease, progress: 90 });
      assert.equal(await progressNow(), 73);
      await journal.changeOperation(id, other, { status: "failed" });
      await journal.appendEvents(id, [event(95)], { lease: other, progress: 95 });
      assert.equal(await progressNow(), 73);
      assert.equal((await journal.readEvents(id, before, 100)).length, 6);
      assert.deepEqual(await journal.appendEvents(id, []), []);
      await rejectsWith(journal.appendEvents("op_none", [event(1)]), "CTO_E_OPERATION_UNKNOWN");
    },
  },
  {
    name: "an incident is kept once per leg, whatever its operation's state is, in the order of legs",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal, 2);
      assert.equal((await journal.readOperation(id))?.incidents, undefined);
      const incidentOf = (leg: number, received: bigint): Incident => ({
        leg,
        address: addressOf(`wallet ${leg}`),
        signature: attemptOf(1, `leg ${leg}`).signature,
        slot: 2n ** 62n,
        received,
        least: U64_MAX,
      });
      await journal.changeOperation(id, lease, { status: "completed" });
      const at = { type: "incident", progress: 100, failure: { code: "CTO_E_X", message: "why" } } as const;
      const event = { ...incidentOf(2, -1n), ...at };
      const { seq, at: _when, ...kept } = await journal.appendEvent(id, event);
      assert.deepEqual(kept, event);
      assert.equal((await journal.readEvents(id, seq - 1, 1))[0]?.type, "incident");
      assert.equal(await journal.recordIncident(id, incidentOf(2, -1n)), true);
      assert.equal(await journal.recordIncident(id, incidentOf(1, 0n)), true);
      assert.equal(await journal.recordIncident(id, incidentOf(2, 7n)), false);
      assert.equal(await journal.recordIncident("nothing", incidentOf(1, 0n)), false);
      const both = [incidentOf(1, 0n), incidentOf(2, -1n)];
      assert.deepEqual((await journal.readOperation(id))?.incidents, both);
      assert.deepEqual((await journal.listOperations({ limit: 1 }))[0]?.incidents, both);
      const request = (await journal.readOperation(id))?.request ?? assert.fail();
      await journal.createOperation({ id: "calm", request });
      const listed = await journal.listOperations({ incidents: true, limit: 9 });
      assert.deepEqual(
        listed.map((operation) => operation.id),
        [id],
      );
    },
  },
  {
    name: "an anchor is written once, for the legs that have none, and only under the current lease",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal, 3);
      const anchors = async () => (await journal.readLegs(id)).map(({ leastTokens }) => leastTokens);
      assert.deepEqual(await anchors(), [undefined, undefined, undefined]);
      const first = [
        { leg: 1, tokens: U64_MAX },
        { leg: 2, tokens: 20n },
      ];
      assert.equal(await journal.anchorLegs(id, lease, first), true);
      assert.deepEqual(await anchors(), [U64_MAX, 20n, undefined]);
      const lower = [1, 2, 3].map((leg) => ({ leg, tokens: 7n }));
      assert.equal(await journal.anchorLegs(id, lease, lower), true);
      assert.deepEqual(await anchors(), [U64_MAX, 20n, 7n]);
      const higher = [{ leg: 3, tokens: 8n }];
      assert.equal(await journal.anchorLegs(id, { ...lease, token: lease.token + 1n }, higher), false);
      assert.equal(await journal.anchorLegs(id, lease, []), true);
      assert.deepEqual(await anchors(), [U64_MAX, 20n, 7n]);
      assert.deepEqual(
        (await journal.readLegs(id)).map(({ leastTokens: _, ...leg }) => leg),
        legsOf(3),
      );
    },
  },
  {
    name: "of concurrent anchors of one leg the first one stands",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal, 1);
      const given = [11n, 12n, 13n, 14n];
      await Promise.all(given.map((tokens) => journal.anchorLegs(id, lease, [{ leg: 1, tokens }])));
      const [leg] = await journal.readLegs(id);
      assert.ok(leg?.leastTokens !== undefined && given.includes(leg.leastTokens));
      await journal.anchorLegs(id, lease, [{ leg: 1, tokens: 15n }]);
      assert.deepEqual(await journal.readLegs(id), [leg]);
    },
  },
  {
    name: "an inserted attempt is live, whole, and moves its step to in_flight",
    run: async ({ journal }) => {
      const { id, lease, first } = await planned(journal);
      const step = await inserted(journal, first, lease, attemptOf(1));
      assert.deepEqual([step.status, step.version], ["in_flight", first.version + 1]);
      const { status, createdAt, ...given } = step.attempts[0] ?? assert.fail();
      assert.deepEqual(given, attemptOf(1));
      assert.equal(status, "live");
      assert.ok(createdAt instanceof Date);
      assert.deepEqual(await journal.readStep(first.id), step);
      assert.deepEqual((await journal.readSteps(id))[0], step);
    },
  },
  {
    name: "of 10 concurrent insertions at one version exactly one is inserted",
    run: async ({ journal }) => {
      const { lease, first } = await planned(journal);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          journal.insertAttempt(first.id, first.version, lease, attemptOf(1, `rival ${at}`)),
        ),
      );
      assert.equal(answers.filter(({ outcome }) => outcome === "inserted").length, 1);
      assert.equal(answers.filter(({ outcome }) => outcome === "stale").length, 9);
      assert.equal((await journal.readStep(first.id))?.attempts.length, 1);
    },
  },
  {
    name: "the next attempt needs the right version, the next number, and no live attempt",
    run: async ({ journal }) => {
      const { lease, first } = await planned(journal);
      const outcome = async (version: number, number: number, stepId = first.id) =>
        (await journal.insertAttempt(stepId, version, lease, attemptOf(number, "next"))).outcome;
      assert.equal(await outcome(first.version + 1, 1), "stale");
      assert.equal(await outcome(first.version, 2), "stale");
      assert.equal(await outcome(first.version, 1, "op.buy.99"), "stale");
      const flying = await inserted(journal, first, lease, attemptOf(1));
      assert.equal(await outcome(flying.version, 2), "stale", "the step is in flight");
      const unproved = await journal.changeStep(first.id, flying.version, lease, { status: "ready" });
      assert.ok(unproved !== null);
      assert.equal(await outcome(unproved.version, 2), "stale", "attempt 1 is still live");
      const dead = await journal.changeStep(first.id, unproved.version, lease, DEAD);
      assert.ok(dead !== null);
      assert.equal(await outcome(dead.version, 1), "stale", "number 1 is used");
      assert.equal(await outcome(dead.version, 2), "inserted");
      assert.deepEqual(
        (await journal.readStep(first.id))?.attempts.map(({ status }) => status),
        ["dead", "live"],
      );
    },
  },
  {
    name: "a signature is journaled once",
    run: async ({ journal }) => {
      const { lease, steps, first } = await planned(journal);
      const second = steps[1] ?? assert.fail();
      await inserted(journal, first, lease, attemptOf(1));
      await rejectsWith(
        journal.insertAttempt(second.id, second.version, lease, attemptOf(1)),
        "CTO_E_INTERNAL",
      );
      assert.deepEqual(await journal.readStep(second.id), second);
    },
  },
  {
    name: "once an operation is being cancelled no attempt is inserted, but what is in flight is still followed",
    run: async ({ journal }) => {
      const { id, lease, steps, first } = await planned(journal);
      const second = steps[1] ?? assert.fail();
      const flying = await inserted(journal, first, lease, attemptOf(1));
      await journal.requestCancel(id);
      const answer = await journal.insertAttempt(second.id, second.version, lease, attemptOf(1, "late"));
      assert.deepEqual(answer, { outcome: "cancelled" });
      assert.deepEqual(await journal.readStep(second.id), second);
      assert.ok(
        (await journal.changeStep(first.id, flying.version, lease, { status: "confirmed" })) !== null,
      );
    },
  },
  {
    name: "an insertion and a cancellation at once: either the attempt is there, or it was refused",
    run: async ({ journal }) => {
      const { id, lease, steps } = await planned(journal, 8);
      const [answers] = await Promise.all([
        Promise.all(steps.map((s) => journal.insertAttempt(s.id, s.version, lease, attemptOf(1, s.id)))),
        journal.requestCancel(id),
      ]);
      const after = await journal.readSteps(id);
      assert.deepEqual(
        after.map(({ attempts }) => attempts.length === 1),
        answers.map(({ outcome }) => outcome === "inserted"),
      );
      assert.ok(answers.every(({ outcome }) => outcome !== "stale"));
    },
  },
  {
    name: "of concurrent changes of a step at one version exactly one is made",
    run: async ({ journal }) => {
      const { lease, first } = await planned(journal);
      const flying = await inserted(journal, first, lease, attemptOf(1));
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          journal.changeStep(first.id, flying.version, at % 2 ? lease : null, { status: "confirmed" }),
        ),
      );
      assert.equal(answers.filter((step) => step !== null).length, 1);
      assert.equal((await journal.readStep(first.id))?.version, flying.version + 1);
    },
  },
  {
    name: "a change says what became of an attempt, and a failure stays only as long as it is true",
    run: async ({ journal }) => {
      const { lease, first } = await planned(journal);
      const flying = await inserted(journal, first, lease, attemptOf(1));
      const failure = { code: "CTO_E_STEP_UNDECIDED", message: "unknown" };
      const review = await journal.changeStep(first.id, flying.version, null, {
        status: "needs_review",
        failure,
      });
      assert.deepEqual(review?.failure, failure);
      const landed = { number: 1, status: "landed", slot: 77n } as const;
      const confirmed = await journal.changeStep(first.id, review?.version ?? 0, null, {
        status: "confirmed",
        attempt: landed,
      });
      assert.ok(confirmed !== null && !("failure" in confirmed));
      assert.deepEqual([confirmed.attempts[0]?.status, confirmed.attempts[0]?.slot], ["landed", 77n]);
      const reopened = await journal.changeStep(first.id, confirmed.version, lease, {
        status: "in_flight",
        attempt: { number: 1, status: "live" },
      });
      assert.equal("slot" in (reopened?.attempts[0] ?? {}), false);
      const dead = await journal.changeStep(first.id, reopened?.version ?? 0, lease, DEAD);
      assert.deepEqual([dead?.status, dead?.attempts[0]?.reason], ["ready", "expired"]);
      assert.deepEqual(await journal.readStep(first.id), dead);
      const missing = { status: "ready", attempt: { number: 9, status: "dead" } } as const;
      assert.equal(await journal.changeStep(first.id, dead?.version ?? 0, null, missing), null);
      assert.deepEqual(await journal.readStep(first.id), dead);
    },
  },
  {
    name: "an operation is settled only when it is terminal and none of its steps is open",
    run: async ({ journal }) => {
      const { id, lease, steps } = await planned(journal, 3);
      const unsettled = async () => (await journal.listUnsettled(10)).map((operation) => operation.id);
      const isSettled = async () => {
        await journal.markSettled(id);
        return (await journal.readOperation(id))?.settled;
      };
      assert.deepEqual(await unsettled(), []);
      const move = (
        at: number,
        version: number,
        status: "confirmed" | "finalized" | "failed" | "cancelled",
      ) => journal.changeStep(steps[at]?.id ?? "", version, lease, { status });
      await move(0, 1, "confirmed");
      await move(1, 1, "failed");
      await move(2, 1, "cancelled");
      await journal.changeOperation(id, lease, { status: "needs_review" });
      assert.deepEqual(await unsettled(), [id]);
      await move(0, 2, "finalized");
      assert.deepEqual(await unsettled(), [], "nothing to settle while a person must look");
      await move(0, 3, "confirmed");
      await journal.changeOperation(id, lease, { status: "completed" });
      assert.deepEqual(await unsettled(), [id]);
      assert.equal(await isSettled(), false, "a step is only confirmed");
      await move(0, 4, "finalized");
      assert.equal(await isSettled(), true);
      assert.deepEqual(await unsettled(), []);
    },
  },
];
