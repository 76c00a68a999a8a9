/**
 * Tests wrapping SOL for a swap: in an account that exists for one transaction, or in an existing account that stays.
 */
import { lamports } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { describe, expect, it } from "vitest";
import type { Fetched } from "../../src/engine/ports.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { hasWrappedAccount, wrappedAccountOf, wrapSol } from "../../src/venues/wrapped-sol.ts";
import { tokenAccountData } from "../support/token-accounts.ts";

const [BUYER, PAYER] = [addressOf("buyer"), addressOf("payer")];

describe("wrapped SOL", () => {
  it("is opened, filled and closed again where the buyer has none", async () => {
    const { setup, cleanup } = await wrapSol({ buyer: BUYER, payer: PAYER }, 5n);
    expect([setup.length, cleanup.length]).toEqual([3, 1]);
  });

  it("is filled and left as it was where the buyer has it already", async () => {
    const { setup, cleanup } = await wrapSol({ buyer: BUYER, payer: PAYER }, 5n, true);
    expect([setup.length, cleanup.length]).toEqual([2, 0]);
  });

  it("is there when it is the buyer's own token account, be it an empty one", async () => {
    const address = await wrappedAccountOf(BUYER);
    const fetchedAs = (owner: typeof BUYER, data: Uint8Array): Fetched => ({
      slot: 1n,
      accounts: new Map([[address, { owner, lamports: lamports(2_039_280n), data }]]),
    });
    const wrapped = tokenAccountData(WRAPPED_SOL_MINT, BUYER);
    expect(await hasWrappedAccount(fetchedAs(TOKEN_PROGRAM_ADDRESS, wrapped), BUYER)).toBe(true);
    const stranger = tokenAccountData(WRAPPED_SOL_MINT, PAYER);
    expect(await hasWrappedAccount(fetchedAs(TOKEN_PROGRAM_ADDRESS, stranger), BUYER)).toBe(false);
    expect(await hasWrappedAccount(fetchedAs(PAYER, wrapped), BUYER)).toBe(false);
    expect(await hasWrappedAccount({ slot: 1n, accounts: new Map([[address, null]]) }, BUYER)).toBe(false);
    // Somebody sent lamports to the account's address.
    expect(await hasWrappedAccount(fetchedAs(addressOf("system"), new Uint8Array()), BUYER)).toBe(false);
  });
});
