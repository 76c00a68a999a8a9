/** The keys, as the engine sees them. */
import type { TransactionVersion } from "../../base/transaction-limits.ts";
import type { SignedTransaction } from "./chain.ts";
import type { ApprovedTransaction } from "./policy.ts";

/** Signs; private keys exist in clear only behind this port. */
export interface Keyring {
  /** The newest version that all of these wallets can sign. A signer outside that does not say so, or is away, signs version 0. */
  newestVersion(walletIds: readonly string[]): Promise<TransactionVersion>;
  /**
   * Signs what the policy has approved, with every wallet whose address the transaction asks for.
   * @throws `CTO_E_POLICY_MISSING`, `CTO_E_WALLET_KEY_MISSING`, `CTO_E_WALLET_KEY_UNREADABLE`
   */
  sign(transaction: ApprovedTransaction, walletIds: readonly string[]): Promise<SignedTransaction>;
}
