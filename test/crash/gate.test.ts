/** Tests what a node answers that a crash sweep makes lag, or lie. */
import { expect, it } from "vitest";
import { behind, laggingAnswer, lyingAnswer } from "../../crash/false-answers.ts";

const line = (slot: number) => ({ signature: `s${slot}`, slot });
const history = (minContextSlot?: number) => ({
  method: "getSignaturesForAddress",
  params: ["wallet", { commitment: "finalized", minContextSlot }],
});

it("a node that lags knows what landed before its slot, and nothing later", () => {
  const statuses = [{ slot: 140 }, { slot: 141 }, { slot: 199 }, null];
  expect(behind({ context: { slot: 200 }, value: statuses })).toEqual({
    context: { slot: 140 },
    value: [{ slot: 140 }, null, null, null],
  });
  const of = (request: object, result: unknown) => laggingAnswer(request, { result }, 200);
  expect(of(history(), [line(199), line(140)])).toEqual({ result: [line(140)] });
  expect(of({ method: "getTransaction" }, line(141))).toEqual({ result: null });
  expect(of({ method: "getTransaction" }, line(140))).toEqual({ result: line(140) });
  const other = { result: 5 };
  expect(laggingAnswer({ method: "getBalance" }, other, 200)).toBe(other);
});

it("a node that lags answers no question about a slot that it has not reached", () => {
  const answer = (least: number) => laggingAnswer(history(least), { result: [line(140)] }, 200);
  expect(answer(140)).toEqual({ result: [line(140)] });
  expect(answer(141)).toEqual({ error: expect.objectContaining({ code: -32016 }) });
});

it("a node that lies denies every transaction, and tells the truth about everything else", () => {
  expect(lyingAnswer(history(150), { result: [line(199)] })).toEqual({ result: [] });
  expect(lyingAnswer({ method: "getTransaction" }, { result: line(199) })).toEqual({ result: null });
  expect(lyingAnswer({ method: "getEpochInfo" }, { result: { absoluteSlot: 200 } })).toEqual({
    result: { absoluteSlot: 200 },
  });
  const context = { slot: 200 };
  expect(
    lyingAnswer({ method: "getSignatureStatuses" }, { result: { context, value: [line(199)] } }),
  ).toEqual({ result: { context, value: [null] } });
});
