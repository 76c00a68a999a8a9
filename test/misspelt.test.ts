/** Settings that would be ignored, or that a client would refuse later with an error of its own. */
import { expect, test } from "vitest";
import { readConfig, unknownVariables } from "../src/config.ts";

test.each([
  "SOLANA_RPC_URLS",
  "JUPITER_APIKEY",
  "RESIGN_QUORUMS",
  "REDIS_SENTINEL",
  "ENCRYPTION_SECRETS_PREVIOUS",
  "MONGODB_URL",
])("the misspelt %s is named", (name) => {
  expect(unknownVariables({ [name]: "x" })).toHaveLength(1);
});

test("a name with our prefix is a slip only if it is similar to a variable", () => {
  const [slip] = unknownVariables({ CTO_CONCURENCY: "x" });
  expect(slip).toBe("CTO_CONCURENCY is ignored: there is no such variable; did you mean CTO_CONCURRENCY?");
  expect(unknownVariables({ CTO_FOO: "x" })).toEqual(["CTO_FOO is ignored: there is no such variable"]);
});

test("a % that begins no escape in REDIS_URL's password is refused by name, not by a raw error later", () => {
  expect(() => readConfig({ REDIS_URL: "redis://:50%off@redis.example" })).toThrow(/REDIS_URL/);
});

test.each(["REDIS_HOST", "MONGODB_DATABASE", "DATABASE_NAME", "SOLANA_KEYPAIR"])(
  "%s of another program is not",
  (name) => {
    expect(unknownVariables({ [name]: "x" })).toEqual([]);
  },
);
