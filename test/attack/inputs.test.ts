/** Attacks inputs: shapes of other bots' documents, and settings that nobody checks. */
import { describe, expect, it, test } from "vitest";
import { readConfig, unknownVariables } from "../../src/config.ts";
import { readSourceUser } from "../../src/services/import/document.ts";
import { DEFAULT_MAPPING } from "../../src/services/import/mapping.ts";

describe("a user's document", () => {
  it("with the funding wallet inside is not imported without that wallet", () => {
    const wallet = { publicKey: "GQjq…", privateKey: "…" };
    const user = readSourceUser({ _id: "1", fundingWallet: wallet }, DEFAULT_MAPPING);
    expect(user.wallets.length + (user.fundingWallet === null ? 0 : 1)).toBeGreaterThan(0);
  });
  it("whose list of wallets has the keys themselves is not passed over", () => {
    const user = readSourceUser({ _id: "1", wallets: ["5Kd3NBUAdUnhyzenEwVLy9pBKxSwXvE9FMPyR4UKZvpe6E3AgLr"] }, DEFAULT_MAPPING);
    expect(user.wallets.length).toBe(1);
  });
});

test.each(["SOLANA_RPC_URLS", "JUPITER_APIKEY", "RESIGN_QUORUMS", "REDIS_SENTINEL", "ENCRYPTION_SECRETS_PREVIOUS", "MONGODB_URL"])(
  "the misspelt %s is named",
  (name) => {
    expect(unknownVariables({ [name]: "x" })).toHaveLength(1);
  },
);

test("a % that begins no escape in REDIS_URL's password is refused by name, not by a raw error later", () => {
  expect(() => readConfig({ REDIS_URL: "redis://:50%off@redis.example" })).toThrow(/REDIS_URL/);
});
