// Checks the demo's result on standard input: two operations, every leg landed, every memo verified.
import assert from "node:assert/strict";
import { text } from "node:stream/consumers";

const { operations } = JSON.parse(await text(process.stdin));
assert.equal(operations.length, 2);
assert.deepEqual(operations.map(({ mode }) => mode).sort(), ["prefunded", "standard"]);
for (const { jobId, mode, legs, landed, memosVerified, elapsedMs } of operations) {
  assert.equal(typeof jobId, "string");
  assert.equal(legs, 10);
  assert.equal(landed, legs, `${mode}: ${landed} of ${legs} legs landed`);
  assert.equal(memosVerified, legs, `${mode}: ${memosVerified} of ${legs} memos verified`);
  assert.ok(elapsedMs > 0);
}
console.log("demo: 20 of 20 legs landed, 20 memos verified");
