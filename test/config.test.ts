/** Tests reading and checking the configuration from the environment: secrets, URLs, amounts, and misspelt names. */
import { expect, it } from "vitest";
import { hostsOfMongodb } from "../src/base/mongodb-hosts.ts";
import { checkSecret } from "../src/cli/doctor/settings.ts";
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
  "1234567890123456789012",
  "qwertyuiopasdfghjkl",
])("refuses an easily guessed secret where money is real, without showing it: %s", (secret) => {
  const remote = problemsOf({ SOLANA_RPC_URL: "https://rpc.test", ENCRYPTION_SECRET: secret });
  expect(remote).toContain("ENCRYPTION_SECRET is easy to guess");
  expect(remote).not.toContain(secret);
  expect(problemsOf({ SOLANA_RPC_URL: "http://127.0.0.1:8899", ENCRYPTION_SECRET: secret })).toBe("");
});

it("asks for 32 random bytes, and names no smaller number, whatever is wrong with a secret", () => {
  const remote = { SOLANA_RPC_URL: "https://rpc.test" };
  for (const secret of ["hunter2", "aaaaaaaaaaaaaaaaaaaaaaaa"]) {
    const problem = problemsOf({ ...remote, ENCRYPTION_SECRET: secret });
    expect(problem).toContain("take 32 random bytes, `openssl rand -base64 32`");
    const { detail } = checkSecret({ ...readConfig({}), ENCRYPTION_SECRET: secret });
    expect(detail).toContain("take 32 random bytes, `openssl rand -base64 32`");
    for (const text of [problem, detail])
      expect(text.match(/\d+/g)?.every((one) => /^(32|64)$/.test(one))).toBe(true);
  }
});

it("tells that a secret is refused beyond this machine, also where it still works", () => {
  const check = (secret: string) => checkSecret({ ...readConfig({}), ENCRYPTION_SECRET: secret });
  expect(check("a".repeat(40))).toMatchObject({
    state: "weak",
    detail: expect.stringContaining("is refused with a SOLANA_RPC_URL beyond this machine"),
  });
  expect(check("k7Qp2xWv9TzR4mLc8NfJ1bYd6HsGaE3u").state).toBe("ok");
});

it("accepts the localnet's own secret, but not for production", () => {
  expect(checkSecret(readConfig({})).state).toBe("ok");
  const { state, detail } = checkSecret(readConfig({}), true);
  expect([state, detail]).toEqual(["weak", expect.stringContaining("as ENCRYPTION_SECRET")]);
});

it("names which of several entries is wrong, never its text", () => {
  const urls = "https://one.test/?key=sesame,sesame,ftp://sesame";
  const problem = problemsOf({ SOLANA_RPC_URL: urls, ENCRYPTION_SECRET: "k3VfQ0m1Zr8yT5wLx2Hn" });
  expect(problem).toContain("SOLANA_RPC_URL (entry 2) must be a URL");
  expect(problem).toContain("SOLANA_RPC_URL (entry 3) must be a URL");
  expect(problem).not.toContain("sesame");
  expect(problemsOf({ CTO_CALLERS: "sesame" })).toContain("CTO_CALLERS is not a Solana address");
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

it("refuses what would be dropped silently, or fail at the first request, without showing it", () => {
  for (const [name, value] of [
    ["REDIS_URL", "redis://localhost/1?db=99"],
    ["REDIS_URL", "redis://localhost/1?password=sesame"],
    ["JUPITER_API_KEY", "sesame\nsesame"],
    ["JUPITER_API_KEY", "sesame sesame"],
    ["CTO_PUBLIC_URL", "https://cto.example?sesame"],
    ["CTO_PUBLIC_URL", "https://cto.example/#sesame"],
  ] as const) {
    const problem = problemsOf({ [name]: value });
    expect(problem).toContain(name);
    expect(problem).not.toContain("sesame");
  }
  expect(problemsOf({ REDIS_URL: "redis://localhost/1?family=6", JUPITER_API_KEY: "a-key\n" })).toBe("");
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

it("refuses CTO_MAX_BUY_SOL in lamports, which would limit nothing", () => {
  expect(problemsOf({ CTO_MAX_BUY_SOL: "1500000000" })).toMatch(
    /CTO_MAX_BUY_SOL must be in SOL, not in lamports/,
  );
  expect(problemsOf({ CTO_MAX_BUY_SOL: "1000000" })).toBe("");
});

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

it.each(["1,5", "1e2", "0x10", "5s", "-5", "1.5", "٣", "99999999999"])(
  "refuses a whole number that is not one in plain digits: %s",
  (value) => {
    for (const name of [
      "CTO_CONCURRENCY",
      "CTO_PARALLELISM",
      "CTO_MAX_PRIORITY_FEE_LAMPORTS",
      "RESIGN_QUORUM",
      "CTO_HTTP_PORT",
    ])
      expect(problemsOf({ [name]: value })).toMatch(
        new RegExp(`${name} must be a whole number from \\d+ to \\d+, without`),
      );
  },
);

it.each(["0,5", "1e-9", "0", "-1", "5/s", "0x1", "Infinity"])(
  "refuses JUPITER_REQUESTS_PER_SECOND=%s",
  (value) => {
    expect(problemsOf({ JUPITER_REQUESTS_PER_SECOND: value })).toContain(
      "must be a number from 0.01 to 1000",
    );
  },
);

it("takes numbers with spaces around them, and a rate below one", () => {
  const { CTO_CONCURRENCY, JUPITER_REQUESTS_PER_SECOND } = readConfig({
    CTO_CONCURRENCY: " 8 ",
    JUPITER_REQUESTS_PER_SECOND: "0.5",
  });
  expect([CTO_CONCURRENCY, JUPITER_REQUESTS_PER_SECOND]).toEqual([8, 0.5]);
});

it("refuses credentials in a URL that is shown or fetched as it is, and an unencoded password in every URL", () => {
  for (const name of ["JUPITER_URL", "CTO_PUBLIC_URL", "TELEGRAM_API_ROOT", "TELEGRAM_WEBHOOK_URL"]) {
    const problem = problemsOf({ [name]: "https://someone:s3cret@host.test" });
    expect(problem).toContain(`${name} must have no user name or password`);
    expect(problem).not.toMatch(/s3cret|someone/);
  }
  for (const [name, value] of [
    ["SOLANA_RPC_URL", "https://node:12/s3cret@host.test"],
    ["SOLANA_WS_URL", "wss://node:12/s3cret@host.test"],
  ] as const) {
    const problem = problemsOf({ [name]: value, ENCRYPTION_SECRET: "k3VfQ0m1Zr8yT5wLx2Hn" });
    expect(problem).toContain("percent-encoded");
    expect(problem).not.toMatch(/s3cret/);
  }
});

it("takes proxies' addresses, networks and names, and refuses what no proxy can be", () => {
  const proxies = " 10.0.0.1, fd00::/8,loopback";
  expect(readConfig({ CTO_HTTP_TRUSTED_PROXIES: proxies }).CTO_HTTP_TRUSTED_PROXIES).toBe(proxies.trim());
  for (const wrong of ["proxy.test", "10.0.0.0/33", "true", "10.0.0.1,,10.0.0.2"])
    expect(problemsOf({ CTO_HTTP_TRUSTED_PROXIES: wrong })).toContain("must be addresses or networks");
});
