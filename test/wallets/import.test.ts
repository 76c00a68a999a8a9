/** Tests reading private keys in the formats that wallets export. */
import { getBase58Decoder, getBase58Encoder } from "@solana/kit";
import { describe, expect, test } from "vitest";
import { isCTOError } from "../../src/errors/index.ts";
import { parsePrivateKey } from "../../src/wallets/import.ts";
import { keypairOfSeed } from "../../src/wallets/keypair.ts";
import fc from "../support/fast-check.ts";

const seeds = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((seed) => seed.some((byte) => byte !== 0));

const forms: Record<string, (bytes: Uint8Array) => string> = {
  base58: (bytes) => getBase58Decoder().decode(bytes),
  "JSON byte array": (bytes) => JSON.stringify([...bytes]),
  hex: (bytes) => Buffer.from(bytes).toString("hex"),
  "hex with 0x": (bytes) => `0x${Buffer.from(bytes).toString("hex").toUpperCase()}`,
  base64: (bytes) => Buffer.from(bytes).toString("base64"),
};

const secretKey = (seed: Uint8Array) =>
  Uint8Array.from([...seed, ...getBase58Encoder().encode(keypairOfSeed(seed).address)]);

const failureOf = (text: string): unknown => {
  try {
    return parsePrivateKey(text);
  } catch (error) {
    return error;
  }
};

describe.each(Object.entries(forms))("a private key as %s", (_name, write) => {
  test("reads back from the seed and from the 64-byte form", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const bytes of [seed, secretKey(seed)]) {
          const parsed = parsePrivateKey(`  ${write(bytes)}\n`, { mayBeEthereum: true });
          expect(Buffer.from(parsed.seed).equals(seed)).toBe(true);
          expect(parsed.address).toBe(keypairOfSeed(seed).address);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("is refused when its public half is another's, without showing it", () => {
    fc.assert(
      fc.property(seeds, seeds, (seed, other) => {
        fc.pre(Buffer.compare(seed, other) !== 0);
        const text = write(Uint8Array.from([...seed, ...secretKey(other).subarray(32)]));
        const error = failureOf(text);
        expect(isCTOError(error, "CTO_E_WALLET_KEY_INVALID")).toBe(true);
        expect(JSON.stringify([String(error), error])).not.toContain(text);
      }),
      { numRuns: 20 },
    );
  });
});

test("the address of a seed is the one that Solana's own tools give", () => {
  // RFC 8032, section 7.1, test 1.
  const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
  const publicKey = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex");
  expect(keypairOfSeed(seed).address).toBe(getBase58Decoder().decode(publicKey));
});

test.each([
  ["Ethereum", `0x${"1f".repeat(32)}`],
  ["Bitcoin", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"],
  ["Bitcoin", "KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn"],
  ["Sui", "suiprivkey1qzdlfxn2qa2lj5uprl8pyhexs02sg2wrhdy7qaq50cqgnffw4c2477kg9h3"],
])("a key of %s is refused as such", (network, text) => {
  const error = failureOf(text);
  expect(error).toMatchObject({ code: "CTO_E_WALLET_KEY_WRONG_NETWORK", context: { network } });
  expect(String(error)).not.toContain(text);
});

test("a recovery phrase is told from a key", () => {
  const error = failureOf(
    "abandon ability able about above absent absorb abstract absurd abuse access accident",
  );
  expect(String(error)).toContain("recovery phrase");
});

test("anything else is refused, without showing it", () => {
  const others = [
    "",
    "[]",
    "[1,2,3]",
    "[256]",
    `[${"1,".repeat(31)}1.5]`,
    "[1,2",
    "0".repeat(64),
    "z".repeat(90),
  ];
  for (const text of [...others, "correct horse battery staple"]) {
    const error = failureOf(text);
    expect(isCTOError(error, "CTO_E_WALLET_KEY_INVALID"), text).toBe(true);
    if (text.length > 3) expect(String(error)).not.toContain(text);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(isCTOError(failureOf(text), "CTO_E_WALLET_KEY_INVALID")).toBe(true);
    }),
  );
});
