/** Tests which transaction version is signed, how much data it may load, and what a simulation may show of it. */
import { describe, expect, it } from "vitest";
import { MAX_LOADED_BYTES } from "../../src/base/transaction-limits.ts";
import { formatFor, limitedTo, VERSION_ZERO, WIDEST } from "../../src/engine/transaction/format.ts";
import { requireSimulated } from "../../src/engine/transaction/oversize.ts";

describe("the version of a transaction", () => {
  it("is 1 where the cluster takes it and every signer can, and 0 elsewhere", async () => {
    const asked: (readonly string[])[] = [];
    const signing = (newest: 0 | 1) => ({
      newestVersion: async (walletIds: readonly string[]) => {
        asked.push(walletIds);
        return newest;
      },
    });
    expect(await formatFor(signing(1), { versionOne: true }, ["a", "b"])).toEqual(WIDEST);
    expect(await formatFor(signing(0), { versionOne: true }, ["a"])).toEqual(VERSION_ZERO);
    // If the cluster does not accept version 1, no signer gets a request.
    expect(await formatFor(signing(1), { versionOne: false }, ["a"])).toEqual(VERSION_ZERO);
    expect(asked).toEqual([["a", "b"], ["a"]]);
  });

  it("is loaded with what the simulation loaded and a margin, never with nothing", () => {
    expect(limitedTo(WIDEST, { loadedAccountsDataSize: 1_000_000 })).toEqual({
      version: 1,
      loadedAccountsDataLimit: 1_250_000,
    });
    expect(limitedTo(WIDEST, { loadedAccountsDataSize: 1_000 })).toEqual({
      version: 1,
      loadedAccountsDataLimit: 1_000 + 65_536,
    });
    expect(limitedTo(WIDEST, { loadedAccountsDataSize: MAX_LOADED_BYTES })).toEqual(WIDEST);
    expect(limitedTo(WIDEST, { loadedAccountsDataSize: null })).toEqual(WIDEST);
    expect(limitedTo(VERSION_ZERO, { loadedAccountsDataSize: 1_000 })).toEqual(VERSION_ZERO);
  });
});

describe("a simulated transaction", () => {
  const failed = (error: unknown) => ({ error, message: "it failed" });

  it("may run 64 instructions, those included that programs call", () => {
    expect(() => requireSimulated({ failure: null, instructions: 64 })).not.toThrow();
    expect(() => requireSimulated({ failure: null, instructions: null })).not.toThrow();
    const tooMany = expect.objectContaining({ code: "CTO_E_TRANSACTION_TOO_MANY_INSTRUCTIONS" });
    expect(() => requireSimulated({ failure: null, instructions: 65 })).toThrow(tooMany);
    const failure = failed({ InstructionError: [3, "MaxInstructionTraceLengthExceeded"] });
    expect(() => requireSimulated({ failure, instructions: null })).toThrow(tooMany);
  });

  it("is refused for any other failure in its own words", () => {
    const failure = failed({ InstructionError: [3, { Custom: 1 }] });
    expect(() => requireSimulated({ failure, instructions: 9 })).toThrow(
      expect.objectContaining({
        code: "CTO_E_TRANSACTION_REFUSED",
        message: expect.stringContaining("it failed"),
      }),
    );
  });
});
