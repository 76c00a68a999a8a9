/**
 * Provides signers for CTO_SIGNERS, as in docs/wallets.md: they sign with keys in a Vault, through
 * `@solana/keychain-vault`.
 */
import { VaultSigner } from "@solana/keychain-vault";
import type { Signers } from "../../src/wallets/signer.ts";

const { VAULT_ADDR: vaultAddr = "", VAULT_TOKEN: vaultToken = "" } = process.env;

const signers: Signers = {
  vault: async (keyName, { address }) =>
    new VaultSigner({ vaultAddr, vaultToken, keyName, publicKey: address }) as never,
};
export default signers;
