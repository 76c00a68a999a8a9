/**
 * Tests that each predicate, builder and list named here is defined in one file, and is not written out again in
 * another.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The predicates: the file of each, and a pattern that matches a second definition. */
const ANSWERS = {
  isOver: ["src/engine/operation/status.ts", /=== "completed" \|\|[^;]*=== "failed"/],
  isUnderWay: ["src/engine/operation/status.ts", /[!=]== "waiting" (\|\||&&)[^;]*[!=]== "active"/],
  hasLanded: ["src/engine/step/status.ts", /=== "confirmed" \|\|[^;]*=== "finalized"/],
  hasFailed: ["src/engine/step/status.ts", /=== "failed" \|\|[^;]*=== "cancelled"/],
  isAtRest: ["src/engine/step/status.ts", /[!=]== "ready" (\|\||&&)[^;]*[!=]== "in_flight"/],
  isOpen: ["src/engine/step/status.ts", /isAtRest\([^)]*\) \|\|[^;]*=== "needs_review"/],
  decisiveAttempt: ["src/engine/step/status.ts", /=== "(landed|live)"\) \?\?/],
  legOf: ["src/engine/step/of-leg.ts", /index \}\) => index === \w+\.number\b/],
  stepOfLeg: [
    "src/engine/step/of-leg.ts",
    /\.(find|some)\([^;]{0,60}kind === "(buy|recover)" && [^;]*\b(leg|number) === /,
  ],
  legEvent: ["src/engine/operation/step-events.ts", /\btype: "leg",/],
  fundEvent: ["src/engine/operation/step-events.ts", /\btype: "fund",/],
  recoverEvent: ["src/engine/operation/step-events.ts", /\btype: "recover",/],
  once: ["src/base/once.ts", /\?\?= [^;]*\.catch\(/],
  isOutage: ["src/errors/kinds.ts", /\bOUTAGES\b/],
  isUnknown: ["src/errors/kinds.ts", /CTO_E_RPC_UNAVAILABLE"[^;]{0,60}"CTO_E_RPC_INVALID_ANSWER/],
  isPassedOver: ["src/errors/kinds.ts", /"CTO_E_NO_ROUTE",\s+"CTO_E_/],
  isOversize: ["src/errors/kinds.ts", /"CTO_E_TRANSACTION_TOO_LARGE",\s+"CTO_E_TRANSACTION_TOO_MANY/],
} as const satisfies Record<string, readonly [string, RegExp]>;

/** The same words for another question: whether a venue's pool is open. */
const OTHER_QUESTIONS = new Set(["src/venues/meteora/market.ts: isOpen"]);
/**
 * Interfaces have a list for another purpose: the errors that an HTTP client, the command line or the public
 * may see.
 */
const DOORS = [
  "src/errors/registry.ts",
  "src/server/problem.ts",
  "src/cli/failures.ts",
  "src/receipts/public-failure.ts",
];

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((name) => join("src", name))
  .filter(
    (file) => file.endsWith(".ts") && !DOORS.includes(file) && !file.startsWith("src/journal/contract/"),
  )
  .map((file) => ({ file, text: readFileSync(file, "utf8") }));

const secondAnswers = (files: typeof sources): string[] =>
  files.flatMap(({ file, text }) =>
    Object.entries(ANSWERS).flatMap(([name, [home, spelledOut]]) => {
      const isDefined = new RegExp(`(const|function) ${name}\\b`).test(text);
      return file !== home && !OTHER_QUESTIONS.has(`${file}: ${name}`) && (isDefined || spelledOut.test(text))
        ? [`${file}: ${name}`]
        : [];
    }),
  );

it("is answered where the table says", () => {
  for (const [name, [home]] of Object.entries(ANSWERS))
    expect(sources.find(({ file }) => file === home)?.text, name).toMatch(
      new RegExp(`export (const|function) ${name}\\b`),
    );
});

it("is answered nowhere else", () => {
  expect(secondAnswers(sources)).toEqual([]);
});

it.each([
  ["isOver", 'const ended = status === "completed" || status === "failed";'],
  ["isUnderWay", 'if (status !== "waiting" && status !== "active") return;'],
  ["decisiveAttempt", 'attempts.find(({ status }) => status === "landed") ?? attempts.at(-1);'],
  ["legOf", "const leg = legs.find(({ index }) => index === step.number);"],
  ["stepOfLeg", 'steps.find((step) => step.kind === "buy" && step.number === leg);'],
  [
    "isUnknown",
    'isCTOError(error, "CTO_E_RPC_UNAVAILABLE") || isCTOError(error, "CTO_E_RPC_INVALID_ANSWER");',
  ],
])("a second answer to %s is found", (name, text) => {
  expect(secondAnswers([{ file: "src/services/again.ts", text }])).toEqual([
    `src/services/again.ts: ${name}`,
  ]);
});
