/** Defines the port that signs with the wallets' private keys. */
import type { TransactionVersion } from "../../base/transaction-limits.ts";
import type { SignedTransaction } from "./chain.ts";
import type { ApprovedTransaction } from "./policy.ts";

/** Signs transactions. Private keys exist in clear only behind this port. */
export interface Keyring {
  /**
   * Returns the newest transaction version that all of these wallets can sign. An external signer that does not
   * report its version, is unavailable, or does not open within a few seconds, counts as version 0.
   */
  newestVersion(walletIds: readonly string[]): Promise<TransactionVersion>;
  /**
   * Opens the keys and signers of these wallets. Called before money is sent to wallets that must sign to give it back.
   *
   * @throws the errors of opening them: `CTO_E_WALLET_SIGNER_UNKNOWN`, `CTO_E_WALLET_ADDRESS_MISMATCH`, …
   */
  requireOpenable?(walletIds: readonly string[]): Promise<void>;
  /**
   * Signs a transaction that the policy has approved, with every wallet that must sign it.
   *
   * @throws `CTO_E_POLICY_MISSING`, `CTO_E_WALLET_KEY_MISSING`, `CTO_E_WALLET_KEY_UNREADABLE`
   */
  sign(transaction: ApprovedTransaction, walletIds: readonly string[]): Promise<SignedTransaction>;
}
