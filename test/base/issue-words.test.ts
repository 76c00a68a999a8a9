/** Tests that a wrong input is answered in plain words, which say what is allowed. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { issueWords, problemsIn } from "../../src/base/issue-words.ts";
import { readConfig } from "../../src/config.ts";
import { limitChangesGiven, reasonGiven } from "../../src/contract/given.ts";
import { problemsOf } from "../../src/contract/parse.ts";
import { ctoJobSchema, enqueueOptionsSchema, newUserSchema } from "../../src/contract/types.ts";
import { callIdSchema } from "../../src/server/schemas/calls.ts";
import { limitSetSchema } from "../../src/server/schemas/limits.ts";
import { listQuerySchema, operationRequestSchema } from "../../src/server/schemas/operations.ts";
import { airdropSchema } from "../../src/server/schemas/overview.ts";

const told = (schema: z.ZodType, given: unknown, of = ""): string => {
  const parsed = schema.safeParse(given);
  return parsed.error === undefined ? "valid" : problemsOf(parsed.error, of).join("; ");
};

describe("an input that is not valid", () => {
  const JOB = { userId: "u", tokenAddress: "t", buyAmount: 1, mode: "standard", platform: "auto" };
  const ADDRESS = "So11111111111111111111111111111111111111112";

  it.each<[string, string, string]>([
    ["an empty reason", told(reasonGiven, "", "reason"), "reason: must not be empty"],
    ["an empty user", told(newUserSchema, { id: "" }), "id: must not be empty"],
    [
      "too much slippage",
      told(limitChangesGiven, { maxSlippageBps: 20_000 }, "limits"),
      "limits.maxSlippageBps: must be at most 10000",
    ],
    [
      "a time in words",
      told(enqueueOptionsSchema, { expiresAt: "yesterday" }, "options"),
      "options.expiresAt: must be a time in ISO 8601 with its zone, like 2030-01-31T12:00:00Z",
    ],
    [
      "a job without a platform",
      told(ctoJobSchema, { ...JOB, platform: undefined }),
      expect.stringMatching(/^platform: must be one of .*pumpfun.*auto/) as unknown as string,
    ],
    [
      "a job without an amount",
      told(ctoJobSchema, { ...JOB, buyAmount: undefined }),
      "buyAmount: must be SOL, as a number or as decimal text like 1.5",
    ],
    [
      "a job over HTTP with an amount that is neither",
      told(operationRequestSchema, { ...JOB, buyAmount: true }),
      expect.stringContaining(
        "buyAmount: must be SOL, as a number or as decimal text like 1.5",
      ) as unknown as string,
    ],
    ["the id of a call", told(callIdSchema, { id: "a b" }), "id: must be letters, digits, - or _"],
    [
      "a job without a user",
      told(ctoJobSchema, { ...JOB, userId: undefined }),
      "userId: is missing: it must be text",
    ],
    [
      "an unknown field",
      told(ctoJobSchema, { ...JOB, prize: 1 }),
      "has fields that do not exist here: prize",
    ],
    ["a limit of none", told(listQuerySchema, { limit: "0" }), "limit: must be at least 1"],
    [
      "an unknown status",
      told(listQuerySchema, { status: "foo" }),
      expect.stringMatching(/^status: must be one of .*waiting, .*completed/) as unknown as string,
    ],
    [
      "an airdrop of a thousand million SOL",
      told(airdropSchema, { address: ADDRESS, lamports: `1${"0".repeat(18)}` }),
      "lamports: must be at most 9999999999999 lamports, which is less than 10,000 SOL",
    ],
    [
      "an airdrop of half a lamport",
      told(airdropSchema, { address: ADDRESS, lamports: "0.5" }),
      "lamports: must be a whole number as decimal text",
    ],
    [
      "an airdrop of a number",
      told(airdropSchema, { address: ADDRESS, lamports: 5 }),
      "lamports: must be a whole number as decimal text, in quotes",
    ],
    [
      "a limit above what there is",
      told(limitSetSchema, { maxUserDayLamports: "9".repeat(30) }),
      "maxUserDayLamports: is more lamports than there are",
    ],
    [
      "a price as a number",
      told(enqueueOptionsSchema, { maxPrice: 0.001 }, "options"),
      'options.maxPrice: must be SOL per whole token, as decimal text, in quotes: "0.00000005"',
    ],
    [
      "a price that is none",
      told(enqueueOptionsSchema, { maxPrice: "cheap" }, "options"),
      "options.maxPrice: must be SOL per whole token, as decimal text like 0.00000005",
    ],
  ])("as %s", (_name, words, expected) => expect(words).toEqual(expected));

  it("as a setting of the environment", () => {
    expect(() => readConfig({ CTO_LOG: "loud" })).toThrow(
      /CTO_LOG must be one of silent, error, warn, info, debug, trace/,
    );
  });
});

it("has no words of zod's own left for any kind of problem", () => {
  const cases: [z.ZodType, unknown][] = [
    [z.string().max(3), "four"],
    [z.string().length(3), "four"],
    [z.string().startsWith("cto_"), "x"],
    [z.string().endsWith("_x"), "y"],
    [z.string().regex(/^a$/), "b"],
    [z.url(), "b"],
    [z.base64(), "**"],
    [z.number().int(), 1.5],
    [z.number().positive(), 0],
    [z.number().lt(3), 3],
    [z.number().multipleOf(5), 3],
    [z.bigint().max(5n), 9n],
    [z.boolean(), "x"],
    [z.array(z.string()).min(2), ["a"]],
    [z.array(z.string()).max(1), ["a", "b"]],
    [z.literal("x"), "y"],
    [z.union([z.number(), z.string().max(2)]), "abc"],
    [z.union([z.number(), z.boolean()]), "abc"],
    [z.object({ a: z.union([z.number(), z.string()]) }), {}],
    [z.union([z.literal(0), z.literal(1)]), 2],
    [z.discriminatedUnion("a", [z.object({ a: z.literal("x") })]), { a: "q" }],
    [z.record(z.string().max(1), z.string()), { ab: "c" }],
  ];
  const issues = cases.flatMap(([schema, given]) => schema.safeParse(given).error?.issues ?? []);
  const words = issues.map(issueWords);
  expect(words).toEqual([
    "must have at most 3 characters",
    "must have exactly 3 characters",
    "must begin with cto_",
    "must end with _x",
    "must match /^a$/",
    "must be a URL like https://example.org/path",
    "must be base64",
    "must be a whole number",
    "must be more than 0",
    "must be less than 3",
    "must be a multiple of 5",
    "must be at most 5",
    "must be true or false",
    "must have at least 2 entries",
    "must have at most 1 entry",
    "must be x",
    "must have at most 2 characters",
    "must be a number, or true or false",
    "is missing: it must be a number, or text",
    "must be 0, or 1",
    "must be one of x",
    "is not valid",
  ]);
});

it("keeps a schema's own message, and leaves out a name that is not there", () => {
  const parsed = z.string("is no poem").safeParse(1);
  expect(problemsIn(parsed.error?.issues ?? [], "")).toEqual(["is no poem"]);
});
