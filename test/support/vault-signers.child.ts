/** A module for CTO_SIGNERS, as docs/wallets.md shows it: keys in a Vault, by the signer of `@solana/keychain-vault`. */
import { VaultSigner } from "@solana/keychain-vault";
import type { Signers } from "../../src/wallets/signer.ts";

const { VAULT_ADDR: vaultAddr = "", VAULT_TOKEN: vaultToken = "" } = process.env;

const signers: Signers = {
  vault: async (keyName, { address }) =>
    new VaultSigner({ vaultAddr, vaultToken, keyName, publicKey: address }) as never,
};
export default signers;
