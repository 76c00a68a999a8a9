/**
 * Uses the packed library as an outside program would. `package-check` copies this file into a new folder, compiles it with strict
 * settings for Node and for bundlers, and runs it beside `cto start`. The program must end by itself.
 */
import assert from "node:assert/strict";
import {
  addCTOUser,
  airdropTestSol,
  cancelCTOJob,
  closeAll,
  createTestToken,
  enqueueCTOOperation,
  generateCTOWallets,
  listCTOWallets,
  retryCTOOperation,
  subscribeToProgress,
  verifyCTOReceipt,
  waitForCTOJob,
} from "cto-queue";

await addCTOUser({ id: "ada" });
await generateCTOWallets("ada", 2, { role: "buyer" });
for (const { address } of await listCTOWallets("ada")) await airdropTestSol(address, "2");
const ask = {
  userId: "ada",
  tokenAddress: await createTestToken(),
  buyAmount: "0.2",
  mode: "prefunded",
  platform: "auto",
} as const;

const { jobId } = await enqueueCTOOperation(ask);
const phases: string[] = [];
await subscribeToProgress(jobId, (event) => {
  if (event.type === "phase") phases.push(event.label);
});
const ended = await waitForCTOJob(jobId);
assert.equal(ended.status, "completed");
assert.equal(phases.at(-1), "CTO Operation Completed");

const later = await enqueueCTOOperation(ask, 0, {
  notBefore: new Date(Date.now() + 3_600_000),
  tags: ["later"],
});
assert.ok((await cancelCTOJob(later.jobId)).success);
const again = await retryCTOOperation(later.jobId);
const bought = await waitForCTOJob(again.jobId);
assert.ok(bought.status === "completed" && bought.retryOf === later.jobId);
const { ok, memosVerified } = await verifyCTOReceipt(again.jobId);
assert.ok(ok && memosVerified === 2);
await closeAll();
console.log(`the program: 2 operations, one of them a retry, ${memosVerified} memos verified`);
