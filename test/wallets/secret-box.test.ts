/** Sealing private keys, and refusing to open what was changed, moved or sealed with another secret. */
import { address } from "@solana/kit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCTOError } from "../../src/errors/index.ts";
import { createSecretBox, type SealContext } from "../../src/wallets/secret-box.ts";
import { SECRET } from "./parts.ts";

const context: SealContext = {
  walletId: "w1",
  userId: "u1",
  address: address("So11111111111111111111111111111111111111112"),
};
const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
const box = createSecretBox(SECRET);

async function expectUnreadable(opening: Promise<unknown>): Promise<void> {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isCTOError(error, "CTO_E_WALLET_KEY_UNREADABLE")).toBe(true);
  expect(String(error)).not.toContain(SECRET);
  expect(String(error)).not.toContain("cto-box");
}

describe("a secret box", () => {
  test("opens what it sealed, whatever the bytes and the names", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.string(), fc.string(), async (bytes, walletId, userId) => {
        const named = { ...context, walletId, userId };
        expect(await box.open(await box.seal(bytes, named), named)).toEqual(bytes);
      }),
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
    await expectUnreadable(createSecretBox(`${SECRET}!`).open(sealed, context));
  });

  test("opens keys of a previous secret, and seals with the new one", async () => {
    const old = await box.seal(seed, context);
    const rotated = createSecretBox("another secret, just as long as the first", {
      previousSecrets: [SECRET],
    });
    expect(await rotated.open(old, context)).toEqual(seed);
    await expectUnreadable(box.open(await rotated.seal(seed, context), context));
  });

  test("does not open for another wallet, user or address", async () => {
    const sealed = await box.seal(seed, context);
    await expectUnreadable(box.open(sealed, { ...context, walletId: "w2" }));
    await expectUnreadable(box.open(sealed, { ...context, userId: "u2" }));
    const other = address("11111111111111111111111111111111");
    await expectUnreadable(box.open(sealed, { ...context, address: other }));
    await expectUnreadable(box.open(sealed, { ...context, walletId: "w1u", userId: "1" }));
  });

  test("does not open when any character of it was changed", async () => {
    const sealed = await box.seal(seed, context);
    // A changed salt or cost costs a derivation each: those few are looked at below.
    const start = sealed.lastIndexOf(":", sealed.lastIndexOf(":") - 1) + 1;
    for (let index = start; index < sealed.length; index++) {
      const changed = sealed.slice(0, index) + (sealed[index] === "A" ? "B" : "A") + sealed.slice(index + 1);
      if (sealed[index] !== ":") await expectUnreadable(box.open(changed, context));
    }
    for (const part of [
      "cto-box:2:",
      "cto-box:1:scrypt:14:",
      "cto-box:1:scrypt:30:",
      "cto-box:1:scrypt:15:8:2:",
    ]) {
      await expectUnreadable(
        box.open(
          part +
            sealed
              .split(":")
              .slice(part.split(":").length - 1)
              .join(":"),
          context,
        ),
      );
    }
    for (const text of ["", "x", sealed.slice(0, -1), `${sealed}A`, `${sealed}\n`]) {
      await expectUnreadable(box.open(text, context));
    }
  });

  test("does not open a body under another wallet's data key", async () => {
    const [a, b] = [await box.seal(seed, context), await box.seal(seed, context)];
    await expectUnreadable(box.open([...a.split(":").slice(0, -1), b.split(":").at(-1)].join(":"), context));
  });
});
