/** Tests that we recognise a private key in every format, compared with the output of the real programs. */
import { createCipheriv, randomBytes, scryptSync } from "node:crypto";
import { getBase58Decoder, getBase58Encoder } from "@solana/kit";
import CryptoJS from "crypto-js";
import { describe, expect, test } from "vitest";
import { isCTOError } from "../../src/errors/index.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { type ReadKeyOptions, readKey } from "../../src/wallets/read-key.ts";
import { createSecretBox } from "../../src/wallets/secret-box.ts";
import { SECRET } from "./parts.ts";

const OLD = "nitro, ein altes Geheimnis ✓";
const secrets = [SECRET, OLD];
const { seed, address } = generateKeypair();
const other = generateKeypair();
const secretKey = Uint8Array.from([...seed, ...getBase58Encoder().encode(address)]);
const base58 = getBase58Decoder().decode(secretKey);

const keys = new Map<string, Buffer>();
const keyOf = (secret: string): Buffer => {
  const key = keys.get(secret) ?? scryptSync(secret, "salt", 32);
  keys.set(secret, key);
  return key;
};

/** Encrypts with Node's own cipher, as many bots do. */
const withIv = (text: string, secret: string): string => {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", keyOf(secret), iv);
  return `${iv.toString("hex")}:${cipher.update(text, "utf8", "hex")}${cipher.final("hex")}`;
};

const refusal = async (text: string, options: Partial<ReadKeyOptions> = {}): Promise<string> => {
  const error = await readKey(text, { which: "to import", secrets, ...options }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isCTOError(error)) throw new Error(`not refused: ${String(error)}`);
  const told = JSON.stringify([String(error), error.context, error.remedy]);
  for (const planted of [text, base58, OLD, SECRET, Buffer.from(seed).toString("hex")]) {
    if (planted !== address) expect(told).not.toContain(planted);
  }
  return error.code;
};

const inner: [string, string][] = [
  ["base58", base58],
  ["hex", Buffer.from(secretKey).toString("hex")],
  ["a JSON byte array", JSON.stringify([...secretKey])],
  ["base64", Buffer.from(secretKey).toString("base64")],
  ["a 32-byte seed in base58", getBase58Decoder().decode(seed)],
];

describe.each(inner)("a key that was %s", (_form, text) => {
  test("is found in what CryptoJS made of it", async () => {
    const found = await readKey(`${CryptoJS.AES.encrypt(text, OLD).toString()}\n`, {
      which: "to import",
      secrets,
      expect: address,
    });
    expect(found).toMatchObject({ address, form: "CryptoJS", wasEncrypted: true });
    expect(Buffer.from(found.seed).equals(seed)).toBe(true);
  });

  test("is found in an IV and a ciphertext", async () => {
    const found = await readKey(withIv(text, OLD), { which: "to import", secrets, expect: address });
    expect(found).toMatchObject({ address, form: "IV and ciphertext", wasEncrypted: true });
  });
});

test.each([
  ["base58", getBase58Decoder().decode(seed)],
  ["hex", Buffer.from(seed).toString("hex")],
  ["a JSON byte array", JSON.stringify([...seed])],
  ["base64", Buffer.from(seed).toString("base64")],
  ["an encrypted text", CryptoJS.AES.encrypt(getBase58Decoder().decode(seed), OLD).toString()],
])("32 bytes in %s are refused without the address that they belong to", async (_form, text) => {
  expect(await refusal(text)).toBe("CTO_E_WALLET_KEY_NEEDS_ADDRESS");
  expect(await readKey(text, { which: "to import", secrets, expect: address })).toMatchObject({ address });
});

test("a text in clear is found, and said to be in clear", async () => {
  expect(await readKey(base58, { which: "to import", secrets })).toMatchObject({
    address,
    form: "base58",
    wasEncrypted: false,
  });
});

test("a sealed text opens for the wallet that it was sealed for", async () => {
  const box = createSecretBox(SECRET);
  const context = { walletId: "w_old", userId: "alice", address };
  const text = await box.seal(seed, context);
  expect(
    await readKey(text, { which: "to import", secrets, expect: address, sealed: { box, context } }),
  ).toMatchObject({ address, form: "sealed" });
  expect(await refusal(text)).toBe("CTO_E_WALLET_KEY_INVALID");
  const swapped = { box, context: { ...context, userId: "bob" } };
  expect(await refusal(text, { sealed: swapped })).toBe("CTO_E_WALLET_KEY_SWAPPED");
  expect(await refusal(text.slice(0, -4), { sealed: { box, context } })).toBe("CTO_E_WALLET_KEY_TRUNCATED");
});

describe.each([
  ["CryptoJS", (text: string, secret: string) => CryptoJS.AES.encrypt(text, secret).toString()],
  ["IV and ciphertext", withIv],
])("what is encrypted as %s", (_form, encrypt) => {
  test("is refused for a wrong secret, whatever that makes of it", async () => {
    // With one wrong secret in 256, the padding is valid.
    const texts = Array.from({ length: 300 }, () => encrypt(base58, "unknown"));
    const wrong = [OLD];
    const codes = new Set(await Promise.all(texts.map((text) => refusal(text, { secrets: wrong }))));
    expect([...codes]).toEqual(["CTO_E_WALLET_SECRET_WRONG"]);
  });

  test("is refused when it is truncated", async () => {
    const text = encrypt(base58, OLD);
    for (const cut of [1, 2, 3, 4, 8, 40]) {
      expect(await refusal(text.slice(0, -cut))).toBe("CTO_E_WALLET_KEY_TRUNCATED");
    }
  });

  test("is refused when the key in it was made another's", async () => {
    const mixed = Uint8Array.from([...seed, ...getBase58Encoder().encode(other.address)]);
    const text = encrypt(getBase58Decoder().decode(mixed), OLD);
    expect(await refusal(text)).toBe("CTO_E_WALLET_KEY_TAMPERED");
  });

  test("is refused when it was swapped with that of another wallet", async () => {
    const text = encrypt(getBase58Decoder().decode(other.seed), OLD);
    expect(await refusal(text, { expect: address })).toBe("CTO_E_WALLET_ADDRESS_MISMATCH");
  });
});

test("an address in the place of its key is told from another key", async () => {
  expect(await refusal(address, { expect: address })).toBe("CTO_E_WALLET_KEY_INVALID");
});

test("what looks like an Ethereum key is read only where the address proves it", async () => {
  const text = `0x${Buffer.from(seed).toString("hex")}`;
  expect(await refusal(text)).toBe("CTO_E_WALLET_KEY_WRONG_NETWORK");
  expect(await readKey(text, { which: "to import", secrets, expect: address })).toMatchObject({ address });
  expect(await refusal(text, { expect: other.address })).toBe("CTO_E_WALLET_ADDRESS_MISMATCH");
});
