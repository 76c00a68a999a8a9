/**
 * Tests that private keys are sealed, and that a key which was changed, moved or sealed with another secret cannot be
 * opened.
 */
import { address } from "@solana/kit";
import { describe, expect, test } from "vitest";
import { type ErrorCode, isCTOError } from "../../src/errors/index.ts";
import { COST, fingerprintOf } from "../../src/wallets/derive-key.ts";
import { createSecretBox, type SealContext } from "../../src/wallets/secret-box.ts";
import { REAL_LOG2N } from "../support/cheap-keys.ts";
import fc from "../support/fast-check.ts";
import { SECRET } from "./parts.ts";

// This file tests what is in use, so it pays the real cost.
COST.log2N = REAL_LOG2N;

const context: SealContext = {
  walletId: "w1",
  userId: "u1",
  address: address("So11111111111111111111111111111111111111112"),
};
const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
const box = createSecretBox(SECRET);
const NEW_SECRET = "another secret, just as long as the first";

const CODES = ["SECRET_WRONG", "KEY_SWAPPED", "KEY_TAMPERED", "KEY_TRUNCATED"].map(
  (what) => `CTO_E_WALLET_${what}` as const,
) as ErrorCode[];

/** @returns the error's code */
async function refusalOf(opening: Promise<unknown>): Promise<string> {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isCTOError(error)) throw new Error(`not refused: ${String(error)}`);
  expect(CODES).toContain(error.code);
  expect(String(error)).not.toContain(SECRET);
  expect(String(error)).not.toContain("cto-box");
  return error.code;
}

describe("a secret box", () => {
  test("opens what it sealed, whatever the bytes and the names", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.string(),
        fc.string(),
        async (bytes, walletId, userId) => {
          const named = { ...context, walletId, userId };
          expect(await box.open(await box.seal(bytes, named), named)).toEqual(bytes);
        },
      ),
    );
  });

  test("writes another text each time, and never the key itself", async () => {
    const [first, second] = [await box.seal(seed, context), await box.seal(seed, context)];
    expect(first).not.toBe(second);
    for (const form of ["hex", "base64", "base64url"] as const) {
      expect(first).not.toContain(Buffer.from(seed).toString(form).slice(0, 12));
    }
  });

  test("opens in another process that has the secret, and in none that has not", async () => {
    const sealed = await box.seal(seed, context);
    expect(await createSecretBox(SECRET).open(sealed, context)).toEqual(seed);
    expect(await refusalOf(createSecretBox(`${SECRET}!`).open(sealed, context))).toBe(
      "CTO_E_WALLET_SECRET_WRONG",
    );
  });

  test("opens keys of a previous secret, and seals with the new one", async () => {
    const old = await box.seal(seed, context);
    const rotated = createSecretBox(NEW_SECRET, { previousSecrets: [SECRET] });
    expect(await rotated.open(old, context)).toEqual(seed);
    const sealed = await rotated.seal(seed, context);
    expect(await refusalOf(box.open(sealed, context))).toBe("CTO_E_WALLET_SECRET_WRONG");
  });

  test("brings a key under the new secret without opening it, and tells which secret it is under", async () => {
    const old = await box.seal(seed, context);
    const rotating = createSecretBox(NEW_SECRET, { previousSecrets: ["one that is far older", SECRET] });
    const wrapped = await rotating.rewrap(old, context);
    expect(await Promise.all([old, wrapped].map((text) => rotating.secretOf(text)))).toEqual([2, 0]);
    expect(await createSecretBox(NEW_SECRET).open(wrapped, context)).toEqual(seed);
    expect(await box.secretOf(wrapped)).toBeNull();
    expect(await refusalOf(box.open(wrapped, context))).toBe("CTO_E_WALLET_SECRET_WRONG");
    // The inner layer, which encrypts the private key, has not changed by a byte.
    expect(wrapped.split(":").at(-1)).toBe(old.split(":").at(-1));
    await expect(rotating.rewrap(old, { ...context, userId: "u2" })).rejects.toMatchObject({
      code: "CTO_E_WALLET_KEY_SWAPPED",
    });
  });

  test("does not open for another wallet, user or address", async () => {
    const sealed = await box.seal(seed, context);
    for (const other of [
      { walletId: "w2" },
      { userId: "u2" },
      { address: address("11111111111111111111111111111111") },
      { walletId: "w1u", userId: "1" },
    ]) {
      expect(await refusalOf(box.open(sealed, { ...context, ...other }))).toBe("CTO_E_WALLET_KEY_SWAPPED");
    }
  });

  test("does not open for another wallet whose mark was written into the text", async () => {
    const other = { ...context, walletId: "w2" };
    const [mine, theirs] = [await box.seal(seed, context), (await box.seal(seed, other)).split(":")];
    const forged = mine.split(":").map((part, at) => (at === 8 ? (theirs[8] ?? "") : part));
    expect(forged.join(":")).not.toBe(mine);
    expect(await refusalOf(box.open(forged.join(":"), other))).toBe("CTO_E_WALLET_KEY_TAMPERED");
  });

  test("names the cost of a guess, which is the one that a new seal has outside of tests", async () => {
    expect(await box.seal(seed, context)).toMatch(/^cto-box:2:scrypt:17:8:1:/);
  });

  test("does not open when any character of it was changed", async () => {
    const sealed = await box.seal(seed, context);
    // A changed salt or cost needs a new key derivation, which is slow. We test a few of these below.
    const start = sealed.split(":").slice(0, 7).join(":").length + 1;
    const codes = new Set<string>();
    for (let index = start; index < sealed.length; index++) {
      const changed = sealed.slice(0, index) + (sealed[index] === "A" ? "B" : "A") + sealed.slice(index + 1);
      if (sealed[index] !== ":") codes.add(await refusalOf(box.open(changed, context)));
    }
    expect([...codes].sort()).toEqual(CODES.filter((code) => code !== "CTO_E_WALLET_KEY_TRUNCATED").sort());
    for (const part of [
      "cto-box:3:",
      "cto-box:2:scrypt:14:",
      "cto-box:2:scrypt:30:",
      "cto-box:2:scrypt:15:8:2:",
    ]) {
      const rest = sealed.split(":").slice(part.split(":").length - 1);
      await refusalOf(box.open(part + rest.join(":"), context));
    }
    for (const text of ["", "x", sealed.slice(0, -1), `${sealed}A`, `${sealed}\n`, sealed.slice(0, 40)]) {
      expect(await refusalOf(box.open(text, context))).toBe("CTO_E_WALLET_KEY_TRUNCATED");
    }
  });

  test("says that a body under another wallet's data key was changed", async () => {
    const [a, b] = [await box.seal(seed, context), await box.seal(seed, context)];
    const mixed = [...a.split(":").slice(0, -1), b.split(":").at(-1)].join(":");
    expect(await refusalOf(box.open(mixed, context))).toBe("CTO_E_WALLET_KEY_TAMPERED");
  });
});

test("a secret's fingerprint tells it from others, and is the same everywhere", async () => {
  const [first, again, other] = await Promise.all([SECRET, SECRET, NEW_SECRET].map(fingerprintOf));
  expect(first).toMatch(/^[0-9a-f]{10}$/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});
