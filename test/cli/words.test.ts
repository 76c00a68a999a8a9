/**
 * Tests the texts that commands print for people: token amounts, whether a worker runs, and what a command has really
 * done.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { enqueue } from "../../src/services/operations.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { runCli, startCli } from "./run-cli.ts";

let stage: Stage;
let jobId: string;

beforeAll(async () => {
  stage = await openStage({ buyers: 2 });
  const job = buildJob({ userId: stage.userId, userChatId: 0, tokenAddress: stage.mint, buyAmount: 0.1 });
  const worker = await createCTOWorker({ context: stage.context });
  ({ jobId } = await enqueue(stage.context, job, 0, {}));
  await stage.ended(jobId);
  await worker.close();
});
afterAll(() => stage.close());

it("an estimate and a status count whole tokens", { timeout: 240_000 }, async () => {
  const [estimate, status] = await Promise.all([
    runCli(["estimate", stage.userId, stage.mint, "0.1", "--mode", "prefunded"], stage.env),
    runCli(["status", jobId], stage.env),
  ]);
  // The token has six decimals.
  expect(estimate.stdout).toMatch(/ \d{2},\d{3}\.\d{6} /);
  expect(estimate.stdout).not.toContain("base units");
  expect(status.stdout).toMatch(/ \d{2},\d{3}\.\d{6} /);
});

it("a wait without a worker says so at once", { timeout: 240_000 }, async () => {
  const args = ["enqueue", stage.userId, stage.mint, "0.1", "--mode", "prefunded", "--wait"];
  const waiting = startCli(args, stage.env);
  await waiting.says("No worker runs");
  waiting.signal("SIGINT");
  await waiting.ended;
});

it("a cancel of an ended operation has a code and a remedy", { timeout: 240_000 }, async () => {
  const { code, stderr } = await runCli(["cancel", jobId], stage.env);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^CTO_E_OPERATION_ENDED .*\n {2}What to do: /)]);
});

it("a halt and its end are shown", { timeout: 240_000 }, async () => {
  const env = { ...stage.env, CTO_ACTOR: "Ada" };
  expect((await runCli(["halt", "--reason", "a look"], env)).stdout).toMatch(
    // A person must see which installation has stopped.
    /^Halted by Ada at .*: a look\nThis stops the workers whose journal is the PostgreSQL at .*\/cto_test_\w+, and no others\n$/,
  );
  expect((await runCli(["resume"], env)).stdout).toContain(
    "Signing goes on: the halt by Ada is lifted (a look)",
  );
  expect((await runCli(["resume"], env)).stdout).toContain("Nothing was halted");
});

it("what cannot be a user, or an amount, is refused by name", { timeout: 240_000 }, async () => {
  const [empty, dots, negative] = await Promise.all([
    runCli(["users", "add", ""], stage.env),
    runCli(["users", "add", ".."], stage.env),
    runCli(["enqueue", stage.userId, stage.mint, "--mode", "prefunded", "--", "-5"], stage.env),
  ]);
  for (const { code, stderr } of [empty, dots]) {
    expect(code).toBe(2);
    expect(stderr).toContain("CTO_E_USER_INVALID");
  }
  expect(negative).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"-5" is not an amount of SOL: it is negative'),
  });
});
