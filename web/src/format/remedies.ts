/** Maps error codes to pages of the dashboard. The registry's remedies name commands, which help only on a terminal. */

export type Remedy = { readonly href: string; readonly label: string };

/** The codes whose remedy is a command, and the page that does the same. */
const PLACES: Readonly<Record<string, Remedy>> = {
  CTO_E_USER_UNKNOWN: { href: "/app/users", label: "Users" },
  CTO_E_USER_HAS_NO_WALLETS: { href: "/app/wallets", label: "Wallets: add some" },
  CTO_E_USER_HAS_NO_FUNDING_WALLET: { href: "/app/wallets", label: "Wallets: add a funding wallet" },
  CTO_E_WALLET_UNKNOWN: { href: "/app/wallets", label: "Wallets" },
  CTO_E_WALLET_DISABLED: { href: "/app/wallets", label: "Wallets: enable it" },
  CTO_E_OPERATION_UNKNOWN: { href: "/app/operations", label: "All operations" },
  CTO_E_LIMITS_UNSET: { href: "/app/limits", label: "Limits: set them" },
  CTO_E_LIMIT_EXCEEDED: { href: "/app/limits", label: "Limits" },
  CTO_E_MINT_NOT_ALLOWED: { href: "/app/limits", label: "Limits: allowed and denied tokens" },
  CTO_E_PROGRAM_NOT_ALLOWED: { href: "/app/limits", label: "Limits: allowed programs" },
  CTO_E_SWEEP_NOTHING: { href: "/app/wallets", label: "Wallets: what they hold" },
  CTO_E_FORBIDDEN: { href: "/app/keys", label: "API keys" },
  CTO_E_API_KEY_UNKNOWN: { href: "/app/keys", label: "API keys" },
};

export const placeOf = (code: string): Remedy | null => PLACES[code] ?? null;

/** Returns the link to the code's explanation. One page of the server explains all its codes. */
export const explanationOf = (code: string): string | null =>
  code.startsWith("CTO_E_") ? `/docs/errors#${code}` : null;
