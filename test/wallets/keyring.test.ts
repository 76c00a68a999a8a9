/** Tests signing: the right wallets sign in the right order, and a node accepts the result. */
import {
  address,
  createKeyPairSignerFromPrivateKeyBytes,
  generateKeyPairSigner,
  getBase58Decoder,
  getBase64Encoder,
  getPublicKeyFromAddress,
  getTransactionDecoder,
  type SignatureBytes,
  verifySignature,
} from "@solana/kit";
import CryptoJS from "crypto-js";
import { describe, expect, test, vi } from "vitest";
import type { ApprovedTransaction } from "../../src/engine/ports.ts";
import { createSeal } from "../../src/policy/seal.ts";
import { generateKeypair, keypairOfSeed } from "../../src/wallets/keypair.ts";
import { createKeyring } from "../../src/wallets/keyring.ts";
import { createSecretBox, type SecretBox } from "../../src/wallets/secret-box.ts";
import type { Signers } from "../../src/wallets/signer.ts";
import { createSignerVersions } from "../../src/wallets/signer-versions.ts";
import { unjudged } from "../support/unjudged.ts";
import { directoryOf, fundAndBuy, SECRET, sealedWallet } from "./parts.ts";

const box = createSecretBox(SECRET);
const [funding, buyer, other] = await Promise.all(["f", "b", "o"].map((id) => sealedWallet(box, id)));
if (funding === undefined || buyer === undefined || other === undefined) throw new Error("three wallets");
const everyone = directoryOf([funding, buyer, other]).directory;
const unsigned = fundAndBuy(funding.wallet.address, buyer.wallet.address);

/** Seals another wallet's key as if it were the buyer's. */
const foreignKey = (): Promise<string> =>
  box.seal(new Uint8Array(32).fill(7), { walletId: "b", userId: "user", address: buyer.wallet.address });

describe("a keyring", () => {
  test("signs for every signer, and kit verifies each signature", async () => {
    const keyring = createKeyring({ directory: everyone, secretBox: box });
    const { wire, signature } = await keyring.sign(unjudged(unsigned), ["b", "f"]);
    const { messageBytes, signatures } = getTransactionDecoder().decode(getBase64Encoder().encode(wire));
    expect(Object.keys(signatures)).toEqual([funding.wallet.address, buyer.wallet.address]);
    expect(new Uint8Array(messageBytes)).toEqual(unsigned.messageBytes);
    for (const signer of unsigned.signers) {
      const bytes = signatures[signer];
      if (bytes === undefined || bytes === null) throw new Error(`${signer} did not sign`);
      expect(await verifySignature(await getPublicKeyFromAddress(signer), bytes, messageBytes)).toBe(true);
      if (signer === funding.wallet.address) expect(signature).toBe(getBase58Decoder().decode(bytes));
    }
    expect(Buffer.from(wire, "base64").length).toBe(unsigned.size);
  });

  test("gives the same bytes again for the same transaction", async () => {
    const keyring = createKeyring({ directory: everyone, secretBox: box });
    expect(await keyring.sign(unjudged(unsigned), ["f", "b"])).toEqual(
      await keyring.sign(unjudged(unsigned), ["b", "f", "o"]),
    );
  });

  test("does not sign when a signer takes no part", async () => {
    const keyring = createKeyring({ directory: everyone, secretBox: box });
    const code = "CTO_E_WALLET_KEY_MISSING";
    await expect(keyring.sign(unjudged(unsigned), ["f", "o"])).rejects.toMatchObject({ code });
    await expect(keyring.sign(unjudged(unsigned), [])).rejects.toMatchObject({ code });
    await expect(keyring.sign(unjudged(unsigned), ["f", "nobody"])).rejects.toMatchObject({
      code: "CTO_E_WALLET_UNKNOWN",
    });
  });

  test("signs nothing that carries no verdict of the policy's: neither a transaction nor a look-alike", async () => {
    const { directory, reads } = directoryOf([funding, buyer]);
    const keyring = createKeyring({ directory, secretBox: box });
    const genuine = unjudged(unsigned);
    const forged: unknown[] = [
      unsigned,
      { ...genuine },
      Object.create(genuine),
      createSeal().seal(unsigned.messageBytes),
    ];
    for (const each of forged) {
      const signing = keyring.sign(each as ApprovedTransaction, ["f", "b"]);
      await expect(signing).rejects.toMatchObject({ code: "CTO_E_POLICY_MISSING" });
    }
    // @ts-expect-error Without the policy's approval, this must not compile.
    await expect(keyring.sign(unsigned, ["f", "b"])).rejects.toMatchObject({ code: "CTO_E_POLICY_MISSING" });
    expect(reads).toEqual([]);
  });

  test("signs the bytes that were approved, whatever becomes of the transaction afterwards", async () => {
    const keyring = createKeyring({ directory: everyone, secretBox: box });
    const messageBytes = Uint8Array.from(unsigned.messageBytes);
    const approved = unjudged({ messageBytes });
    messageBytes.fill(1);
    const { wire } = await keyring.sign(approved, ["f", "b"]);
    const signed = getTransactionDecoder().decode(getBase64Encoder().encode(wire));
    expect(new Uint8Array(signed.messageBytes)).toEqual(unsigned.messageBytes);
  });

  test("does not open a key that the directory gives under another wallet or address", async () => {
    const moved = directoryOf([funding, { wallet: buyer.wallet, sealedKey: other.sealedKey }]).directory;
    const wrongAddress = { ...buyer.wallet, address: address("So11111111111111111111111111111111111111112") };
    const lied = directoryOf([funding, { wallet: wrongAddress, sealedKey: buyer.sealedKey }]).directory;
    for (const directory of [moved, lied]) {
      await expect(
        createKeyring({ directory, secretBox: box }).sign(unjudged(unsigned), ["f", "b"]),
      ).rejects.toMatchObject({ code: "CTO_E_WALLET_KEY_SWAPPED" });
    }
  });

  test("does not sign with a key that is sealed for an address that is not its own", async () => {
    const { directory } = directoryOf([funding, { wallet: buyer.wallet, sealedKey: await foreignKey() }]);
    const signing = createKeyring({ directory, secretBox: box }).sign(unjudged(unsigned), ["f", "b"]);
    await expect(signing).rejects.toMatchObject({ code: "CTO_E_WALLET_KEY_UNREADABLE" });
  });

  test("opens a wallet once for concurrent legs, again after forgetting", async () => {
    const { directory, reads } = directoryOf([funding, buyer]);
    const keyring = createKeyring({ directory, secretBox: box });
    await Promise.all(Array.from({ length: 10 }, () => keyring.sign(unjudged(unsigned), ["f", "b"])));
    expect(reads.sort()).toEqual(["b", "f"]);
    keyring.forget();
    await keyring.sign(unjudged(unsigned), ["f", "b"]);
    expect(reads.sort()).toEqual(["b", "b", "f", "f"]);
  });

  test("wipes the bytes of a key as soon as it has a key object of them", async () => {
    const seen: Uint8Array[] = [];
    const watched: SecretBox = {
      ...box,
      async open(sealed, context) {
        const seed = await box.open(sealed, context);
        expect(seed.some((byte) => byte !== 0)).toBe(true);
        seen.push(seed);
        return seed;
      },
    };
    await createKeyring({ directory: everyone, secretBox: watched }).sign(unjudged(unsigned), ["f", "b"]);
    const broken = directoryOf([funding, { wallet: buyer.wallet, sealedKey: await foreignKey() }]).directory;
    await expect(
      createKeyring({ directory: broken, secretBox: watched }).sign(unjudged(unsigned), ["f", "b"]),
    ).rejects.toMatchObject({ code: "CTO_E_WALLET_KEY_UNREADABLE" });
    expect(seen).toHaveLength(4);
    for (const seed of seen) expect(seed).toEqual(new Uint8Array(32));
  });

  test("forgets the wallets of one job, and keeps the others", async () => {
    const { directory, reads } = directoryOf([funding, buyer]);
    const keyring = createKeyring({ directory, secretBox: box });
    await keyring.sign(unjudged(unsigned), ["f", "b"]);
    keyring.forget(["b"]);
    await keyring.sign(unjudged(unsigned), ["f", "b"]);
    expect(reads).toEqual(["f", "b", "b"]);
  });
});

describe("a key that lies unsealed in the directory", () => {
  const seed = generateKeypair().seed;
  const clear = getBase58Decoder().decode(seed);
  const own = keypairOfSeed(seed).address;
  const wallet = { ...buyer.wallet, address: own };
  const asked = fundAndBuy(funding.wallet.address, own);

  test.each([
    ["base58", clear],
    ["JSON byte array", JSON.stringify([...seed])],
    ["CryptoJS", CryptoJS.AES.encrypt(clear, "the old secret").toString()],
  ])("as %s is sealed before it signs, and logged", async (form, text) => {
    const { directory, replaced } = directoryOf([funding, { wallet, sealedKey: text }]);
    const told: string[] = [];
    const keyring = createKeyring({
      directory,
      secretBox: box,
      secrets: [SECRET, "the old secret"],
      onUnsealed: async ({ id }, found) => {
        told.push(`${id} ${found}`);
      },
    });
    await keyring.sign(unjudged(asked), ["f", "b"]);
    expect([told, replaced]).toEqual([[`b ${form}`], ["b"]]);
    const sealedKey = (await directory.readSealedKeys(["b"])).get("b")?.sealedKey;
    expect(sealedKey).toMatch(/^cto-box:2:/);
    expect(await box.open(sealedKey ?? "", { walletId: "b", userId: "user", address: own })).toEqual(seed);
    keyring.forget();
    await keyring.sign(unjudged(asked), ["f", "b"]);
    expect(told).toHaveLength(1);
  });

  test("is not used and stays where it is when it is another address's, or no key at all", async () => {
    for (const text of [getBase58Decoder().decode(generateKeypair().seed), "correct horse"]) {
      const { directory, replaced } = directoryOf([funding, { wallet, sealedKey: text }]);
      const signing = createKeyring({ directory, secretBox: box }).sign(unjudged(asked), ["f", "b"]);
      await expect(signing).rejects.toMatchObject({ code: "CTO_E_WALLET_KEY_UNREADABLE" });
      expect(replaced).toEqual([]);
    }
  });
});

describe("a wallet whose key a signer outside keeps", () => {
  const { seed, address: own } = generateKeypair();
  const sealedKey = "signer:vault:transit/keys/buyer-7";
  const entry = { wallet: { ...buyer.wallet, address: own }, sealedKey };
  const asked = fundAndBuy(funding.wallet.address, own);
  const { directory } = directoryOf([funding, entry]);
  const outside = createKeyPairSignerFromPrivateKeyBytes(seed);

  test("signs beside wallets whose keys are here", async () => {
    const references: string[] = [];
    const vault = async (reference: string) => {
      references.push(reference);
      return outside;
    };
    const keyring = createKeyring({ directory, secretBox: box, signers: { vault } });
    const { wire } = await keyring.sign(unjudged(asked), ["f", "b"]);
    const { messageBytes, signatures } = getTransactionDecoder().decode(getBase64Encoder().encode(wire));
    for (const signer of asked.signers) {
      const bytes = signatures[signer];
      if (!bytes) throw new Error(`${signer} did not sign`);
      expect(await verifySignature(await getPublicKeyFromAddress(signer), bytes, messageBytes)).toBe(true);
    }
    expect(references).toEqual(["transit/keys/buyer-7"]);
  });

  test.each<[string, Signers, 0 | 1]>([
    [
      "says that it can",
      { vault: async () => ({ ...(await outside), supportedTransactionVersions: ["legacy", 0, 1] }) },
      1,
    ],
    [
      "says that it cannot",
      { vault: async () => ({ ...(await outside), supportedTransactionVersions: [0] }) },
      0,
    ],
    ["does not say", { vault: async () => outside }, 0],
    ["is away", { vault: () => Promise.reject(new Error("connection refused")) }, 0],
    ["is nobody's", {}, 0],
  ])("is asked to sign version 1 where the signer %s", async (_what, signers, newest) => {
    const keyring = createKeyring({ directory, secretBox: box, signers });
    expect(await keyring.newestVersion(["f"])).toBe(1);
    expect(await keyring.newestVersion(["f", "b"])).toBe(newest);
    // A process without the secret, which estimates, says the same.
    const { newestVersion } = createSignerVersions({ directory, signers: async () => signers });
    expect(await newestVersion(["f"])).toBe(1);
    expect(await newestVersion(["f", "b"])).toBe(newest);
  });

  test("is asked to sign version 0 where the signer has not opened within seconds, and signs once it has", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      let open = (_signer: Awaited<typeof outside>): void => undefined;
      const vault = () => new Promise<Awaited<typeof outside>>((resolve) => (open = resolve));
      const keyring = createKeyring({ directory, secretBox: box, signers: { vault } });
      let newest: number | null = null;
      const asking = keyring.newestVersion(["f", "b"]).then((version) => (newest = version));
      await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
      await vi.advanceTimersByTimeAsync(4_000);
      expect(newest).toBeNull();
      await vi.advanceTimersByTimeAsync(2_000);
      expect(newest).toBe(0);
      await asking;
      const signing = keyring.sign(unjudged(asked), ["f", "b"]);
      open(await outside);
      expect((await signing).messageVersion).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("signs a version 1 message like any other, and says what it has signed", async () => {
    const keyring = createKeyring({ directory, secretBox: box, signers: { vault: async () => outside } });
    expect((await keyring.sign(unjudged(asked), ["f", "b"])).messageVersion).toBe(0);
    const format = { version: 1, loadedAccountsDataLimit: 1_000 } as const;
    const newer = fundAndBuy(funding.wallet.address, own, format);
    const { wire, messageVersion } = await keyring.sign(unjudged(newer), ["f", "b"]);
    const { messageBytes, signatures } = getTransactionDecoder().decode(getBase64Encoder().encode(wire));
    expect([messageVersion, messageBytes[0]]).toEqual([1, 0x81]);
    expect(Object.keys(signatures)).toEqual([funding.wallet.address, own]);
  });

  test("gets a copy of the bytes: what it writes into them is neither signed by other keys nor sent", async () => {
    const other = "signer:vault:transit/keys/funding";
    const payer = { wallet: { ...funding.wallet, address: own }, sealedKey: other };
    const needed = fundAndBuy(own, buyer.wallet.address);
    const vault = async () => ({
      address: own,
      async signTransactions(...given: Parameters<Awaited<typeof outside>["signTransactions"]>) {
        const signatures = await (await outside).signTransactions(...given);
        const [[transaction]] = given;
        if (transaction) (transaction.messageBytes as unknown as Uint8Array).fill(1, -8);
        return signatures;
      },
    });
    const keyring = createKeyring({
      directory: directoryOf([payer, buyer]).directory,
      secretBox: box,
      signers: { vault },
    });
    const { wire } = await keyring.sign(unjudged(needed), ["f", "b"]);
    const { messageBytes, signatures } = getTransactionDecoder().decode(getBase64Encoder().encode(wire));
    expect(new Uint8Array(messageBytes)).toEqual(needed.messageBytes);
    for (const signer of [own, buyer.wallet.address]) {
      const bytes = signatures[signer];
      if (!bytes) throw new Error(`${signer} did not sign`);
      expect(await verifySignature(await getPublicKeyFromAddress(signer), bytes, messageBytes)).toBe(true);
    }
  });

  test.each<[string, Signers, string]>([
    ["nobody has given that signer", {}, "CTO_E_WALLET_SIGNER_UNKNOWN"],
    [
      "it keeps the key of another address",
      { vault: async () => generateKeyPairSigner() },
      "CTO_E_WALLET_ADDRESS_MISMATCH",
    ],
    [
      "it is away",
      { vault: async () => Promise.reject(new Error("https://vault/?token=planted")) },
      "CTO_E_WALLET_SIGNER_FAILED",
    ],
    [
      "what it gives is no signature of these bytes",
      {
        vault: async () => ({
          address: own,
          signTransactions: async () => [{ [own]: new Uint8Array(64).fill(1) as SignatureBytes }],
        }),
      },
      "CTO_E_WALLET_SIGNER_FAILED",
    ],
  ])("is not signed for when %s", async (_why, signers, code) => {
    const signing = createKeyring({ directory, secretBox: box, signers }).sign(unjudged(asked), ["f", "b"]);
    await expect(signing).rejects.toMatchObject({ code });
    await expect(signing).rejects.not.toThrow("planted");
  });
});
