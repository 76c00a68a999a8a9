/** Other bots store wallets in more than one shape. None is passed over silently. */
import { describe, expect, it } from "vitest";
import { readSourceUser } from "../../src/services/import/document.ts";
import { DEFAULT_MAPPING } from "../../src/services/import/mapping.ts";

describe("a user's document", () => {
  it("with the funding wallet inside is not imported without that wallet", () => {
    const wallet = { publicKey: "GQjq…", privateKey: "…" };
    const user = readSourceUser({ _id: "1", fundingWallet: wallet }, DEFAULT_MAPPING);
    expect(user.wallets.length + (user.fundingWallet === null ? 0 : 1)).toBeGreaterThan(0);
  });
  it("whose list of wallets has the keys themselves is not passed over", () => {
    const user = readSourceUser(
      { _id: "1", wallets: ["5Kd3NBUAdUnhyzenEwVLy9pBKxSwXvE9FMPyR4UKZvpe6E3AgLr"] },
      DEFAULT_MAPPING,
    );
    expect(user.wallets.length).toBe(1);
  });
});
