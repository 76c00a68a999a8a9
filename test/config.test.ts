/** Tests reading and checking the configuration from the environment: secrets, URLs, amounts, and misspelt names. */
import { expect, it } from "vitest";
import { hostsOfMongodb } from "../src/base/mongodb-hosts.ts";
import { readConfig, unknownVariables } from "../src/config.ts";
import { isCTOError } from "../src/errors/index.ts";

const previous = (text: string) =>
  readConfig({ ENCRYPTION_SECRET_PREVIOUS: text }).ENCRYPTION_SECRET_PREVIOUS;

it("takes previous secrets with commas between them, or as a JSON array where one has a comma in it", () => {
  expect(previous("one")).toEqual(["one"]);
  expect(previous(" one , two ")).toEqual(["one", "two"]);
  expect(previous('["it, too", "two"]')).toEqual(["it, too", "two"]);
  expect(previous("")).toBeUndefined();
});

it.each(["one,,two", '["one", ""]', '["one", 2]', "[one", "[]"])(
  "refuses previous secrets that are not such a list, without showing them",
  (text) => {
    try {
      previous(text);
      expect.fail("was accepted");
    } catch (error) {
      expect(isCTOError(error, "CTO_E_CONFIG_INVALID")).toBe(true);
      expect(String(error)).toContain("ENCRYPTION_SECRET_PREVIOUS");
      expect(String(error)).not.toMatch(/one|two/);
    }
  },
);

const problemsOf = (env: Record<string, string>): string => {
  try {
    readConfig(env);
    return "";
  } catch (error) {
    return String(error);
  }
};

it.each([
  "aaaaaaaaaaaaaaaa",
  "abcabcabcabcabcabc",
  "0123456789012345678901234567890123456789",
  "abcdefghijklmnop",
  "your_encryption_secret",
  "correct-password-1",
])("refuses an easily guessed secret where money is real, without showing it: %s", (secret) => {
  const remote = problemsOf({ SOLANA_RPC_URL: "https://rpc.test", ENCRYPTION_SECRET: secret });
  expect(remote).toContain("ENCRYPTION_SECRET is easy to guess");
  expect(remote).not.toContain(secret);
  expect(problemsOf({ SOLANA_RPC_URL: "http://127.0.0.1:8899", ENCRYPTION_SECRET: secret })).toBe("");
});

it("takes random secrets where money is real", () => {
  for (const secret of ["k3VfQ0m1Zr8yT5wLx2Hn", "tN2jv8nXv0o6u1cR3fQ9y7W5sZ4aB8dE"])
    expect(problemsOf({ SOLANA_RPC_URL: "https://rpc.test", ENCRYPTION_SECRET: secret })).toBe("");
});

it.each([
  ["MONGODB_URI", "mongodb://bot:pa@ssw0rd@host/cto"],
  ["MONGODB_URI", "mongodb://bot:pa/ssw0rd@host/cto"],
  ["MONGODB_URI", "mongodb://bot:12/ssw0rd@host/cto"],
  ["MONGODB_URI", "mongodb://bot:pa?ssw0rd@host/cto"],
  ["MONGODB_URI", "mongodb://bot:pa#ssw0rd@host/cto"],
  ["CTO_IMPORT_MONGODB_URI", "mongodb+srv://bot:p:a@ssw0rd@host"],
  ["DATABASE_URL", "postgres://bot:12/ssw0rd@host/cto"],
  ["REDIS_URL", "redis://bot:12/ssw0rd@host/0"],
])("asks for a password in %s to be percent-encoded, and shows nothing of it: %s", (name, value) => {
  const problem = problemsOf({ [name]: value });
  expect(problem).toContain(name);
  expect(problem).toContain("percent-encode");
  expect(problem).not.toMatch(/ssw0rd|bot/);
});

it.each([
  ["mongodb://bot:pa%40ssw0rd@one.test:27017,two.test/cto?replicaSet=rs", "one.test:27017,two.test"],
  ["mongodb://[::1]:27017/", "[::1]:27017"],
  ["mongodb+srv://cluster.test", "cluster.test"],
])("shows the hosts of %s alone", (uri, hosts) => {
  expect(problemsOf({ MONGODB_URI: uri })).toBe("");
  expect(hostsOfMongodb(uri)).toBe(hosts);
});

it("refuses a value that is not a URL, without showing it", () => {
  for (const name of ["REDIS_URL", "DATABASE_URL", "MONGODB_URI", "SOLANA_RPC_URL", "JUPITER_URL"]) {
    const problem = problemsOf({ [name]: "sesame", ENCRYPTION_SECRET: "k3VfQ0m1Zr8yT5wLx2Hn" });
    expect(problem).toContain(name);
    expect(problem).not.toContain("sesame");
  }
});

it("refuses a Redis database that is no number", () => {
  expect(problemsOf({ REDIS_URL: "redis://localhost/abc" })).toContain(
    "REDIS_URL must have a database number",
  );
  expect(problemsOf({ REDIS_URL: "redis://localhost:6379/3" })).toBe("");
});

it.each(["1,5", "-5", "0", "much", "0.0000000001"])(
  "refuses CTO_MAX_BUY_SOL=%s, which every operation would fail on",
  (amount) => {
    expect(problemsOf({ CTO_MAX_BUY_SOL: amount })).toMatch(
      /CTO_MAX_BUY_SOL must be an amount of SOL, such as 1\.5: /,
    );
  },
);

it("takes an amount of SOL as operations give theirs", () => {
  expect(readConfig({ CTO_MAX_BUY_SOL: " 1.5 " }).CTO_MAX_BUY_SOL).toBe("1.5");
});

it("names variables that look like ours and are not, with the nearest that is", () => {
  expect(unknownVariables({ CTO_SLIPAGE_BPS: "50", CTO_MAX_BUY: "1", CTO_HOME: "x", HOME: "y" })).toEqual([
    "CTO_MAX_BUY is ignored: there is no such variable; did you mean CTO_MAX_BUY_SOL?",
    "CTO_SLIPAGE_BPS is ignored: there is no such variable; did you mean CTO_SLIPPAGE_BPS?",
  ]);
  expect(unknownVariables({ CTO_TEST_DATABASE_URL: "x", CTO_FUZZ_SEED: "1" })).toEqual([]);
});
