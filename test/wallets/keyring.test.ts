/** Signing: the right wallets, in the right order, and nothing that a node would refuse. */
import {
  address,
  getBase58Decoder,
  getBase64Encoder,
  getPublicKeyFromAddress,
  getTransactionDecoder,
  verifySignature,
} from "@solana/kit";
import { describe, expect, test } from "vitest";
import { createKeyring } from "../../src/wallets/keyring.ts";
import { createSecretBox } from "../../src/wallets/secret-box.ts";
import { directoryOf, fundAndBuy, SECRET, sealedWallet } from "./parts.ts";

const box = createSecretBox(SECRET);
const [funding, buyer, other] = await Promise.all(["f", "b", "o"].map((id) => sealedWallet(box, id)));
if (funding === undefined || buyer === undefined || other === undefined) throw new Error("three wallets");
const everyone = directoryOf([funding, buyer, other]).directory;
const unsigned = fundAndBuy(funding.wallet.address, buyer.wallet.address);

describe("a keyring", () => {
  test("signs for every signer, and kit verifies each signature", async () => {
    const keyring = createKeyring({ directory: everyone, secretBox: box });
    const { wire, signature } = await keyring.sign(unsigned, ["b", "f"]);
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
    expect(await keyring.sign(unsigned, ["f", "b"])).toEqual(await keyring.sign(unsigned, ["b", "f", "o"]));
  });

  test("does not sign when a signer takes no part", async () => {
    const keyring = createKeyring({ directory: everyone, secretBox: box });
    const code = "CTO_E_WALLET_KEY_MISSING";
    await expect(keyring.sign(unsigned, ["f", "o"])).rejects.toMatchObject({ code });
    await expect(keyring.sign(unsigned, [])).rejects.toMatchObject({ code });
    await expect(keyring.sign(unsigned, ["f", "nobody"])).rejects.toMatchObject({
      code: "CTO_E_WALLET_UNKNOWN",
    });
  });

  test("does not sign when the bytes ask for other signers than were named", async () => {
    const keyring = createKeyring({ directory: everyone, secretBox: box });
    const swapped = { ...unsigned, signers: [...unsigned.signers].reverse() };
    await expect(keyring.sign(swapped, ["f", "b"])).rejects.toMatchObject({ code: "CTO_E_INTERNAL" });
  });

  test("does not open a key that the directory gives under another wallet or address", async () => {
    const moved = directoryOf([funding, { wallet: buyer.wallet, sealedKey: other.sealedKey }]).directory;
    const wrongAddress = { ...buyer.wallet, address: address("So11111111111111111111111111111111111111112") };
    const lied = directoryOf([funding, { wallet: wrongAddress, sealedKey: buyer.sealedKey }]).directory;
    const code = "CTO_E_WALLET_KEY_UNREADABLE";
    for (const directory of [moved, lied]) {
      await expect(
        createKeyring({ directory, secretBox: box }).sign(unsigned, ["f", "b"]),
      ).rejects.toMatchObject({ code });
    }
  });

  test("does not sign with a key that is sealed for an address that is not its own", async () => {
    const seal = { walletId: "b", userId: "user", address: buyer.wallet.address };
    const sealedKey = await box.seal(new Uint8Array(32).fill(7), seal);
    const { directory } = directoryOf([funding, { wallet: buyer.wallet, sealedKey }]);
    const signing = createKeyring({ directory, secretBox: box }).sign(unsigned, ["f", "b"]);
    await expect(signing).rejects.toMatchObject({ code: "CTO_E_WALLET_KEY_UNREADABLE" });
  });

  test("opens a wallet once for concurrent legs, again after forgetting", async () => {
    const { directory, reads } = directoryOf([funding, buyer]);
    const keyring = createKeyring({ directory, secretBox: box });
    await Promise.all(Array.from({ length: 10 }, () => keyring.sign(unsigned, ["f", "b"])));
    expect(reads.sort()).toEqual(["b", "f"]);
    keyring.forget();
    await keyring.sign(unsigned, ["f", "b"]);
    expect(reads.sort()).toEqual(["b", "b", "f", "f"]);
  });
});
