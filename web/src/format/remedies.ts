/**
 * Says what a person can do about an error on this dashboard. The registry's remedies also serve terminals and programs:
 * they name commands and fields of the API. Here each of these becomes words of the pages, and a link to the page that
 * does it.
 */

export type Place = { readonly href: string; readonly label: string };
type Entry = { readonly words?: string; readonly page?: Page; readonly label?: string };

/** The pages that remedies lead to. Those of a user open with that user, if the problem tells which. */
const PAGES = {
  overview: { href: "/app/overview", label: "Overview", ofUser: false },
  operations: { href: "/app/operations", label: "All operations", ofUser: false },
  create: { href: "/app/operations/new", label: "New operation", ofUser: false },
  review: { href: "/app/operations?status=needs_review", label: "What waits for a decision", ofUser: false },
  users: { href: "/app/users", label: "Users", ofUser: false },
  wallets: { href: "/app/wallets", label: "Wallets", ofUser: true },
  limits: { href: "/app/limits", label: "Limits", ofUser: true },
  sweep: { href: "/app/sweep", label: "Sweep", ofUser: true },
  keys: { href: "/app/keys", label: "API keys", ofUser: false },
  audit: { href: "/app/audit", label: "Audit log", ofUser: false },
  queue: { href: "/app/queue", label: "Queue", ofUser: false },
} as const;
type Page = keyof typeof PAGES;

const again = (words: string): Entry => ({ words, page: "create" });
const atServer = (words: string): Entry => ({ words: `Whoever runs the server: ${words}`, page: "queue" });

/** A code without an entry has a remedy that reads well here as it is. */
const ENTRIES: Readonly<Record<string, Entry>> = {
  CTO_E_OPERATION_INVALID: again("Correct the fields that the message names."),
  CTO_E_OPERATIONS_TOO_MANY: {
    words: "Try again when some have ended, or cancel some that wait.",
    page: "operations",
  },
  CTO_E_OPERATION_UNKNOWN: { words: "Look for it in the list.", page: "operations" },
  CTO_E_OPERATION_EXPIRED: {
    words: "If you still want the buy, give a later time, or retry the operation that expired.",
  },
  CTO_E_RETRY_NEEDS_REVIEW: { words: "Decide the legs under “Needs review” first.", page: "review" },
  CTO_E_RETRY_RESTORED: again(
    "Check the wallets on an explorer. Then create a new operation for what is missing.",
  ),
  CTO_E_RETRY_NOTHING: again("To buy more, create a new operation."),
  CTO_E_AMOUNT_ABOVE_LIMIT: again("Lower the amount."),
  CTO_E_AMOUNT_TOO_SMALL: again(
    "Raise the amount, use fewer wallets, or choose weights closer to each other.",
  ),
  CTO_E_USER_UNKNOWN: { words: "Add the user, or choose another one.", page: "users" },
  CTO_E_USER_HAS_NO_WALLETS: { words: "Generate or import some.", page: "wallets", label: "Add wallets" },
  CTO_E_USER_HAS_NO_FUNDING_WALLET: {
    words: "Add one with the role funding, or use the mode prefunded.",
    page: "wallets",
    label: "Add a funding wallet",
  },
  CTO_E_WALLET_SELECTION_INVALID: { words: "Choose among the user's own wallets.", page: "wallets" },
  CTO_E_IDEMPOTENCY_KEY_REUSED: { words: "It was created before: look in the list.", page: "operations" },
  CTO_E_WALLET_UNKNOWN: { words: "Look at the user's wallets.", page: "wallets" },
  CTO_E_WALLET_DISABLED: { words: "Leave it out, or enable it.", page: "wallets", label: "Enable it" },
  CTO_E_WALLET_KEY_CLI_ONLY: { words: "Enter the private key itself: it is sealed when it arrives." },
  CTO_E_WALLET_KEY_NEEDS_ADDRESS: {
    words: "Export the key in its 64-byte form. Or, if the message names your wallet's address, fill it in.",
  },
  CTO_E_WALLET_KEY_SWAPPED: {
    words: "Restore the wallet's record from a backup. The audit log shows who changed it.",
    page: "audit",
  },
  CTO_E_WALLET_SHORT_OF_FUNDS: {
    words: "Send the missing SOL to the wallets that the message names, or spend less.",
    page: "wallets",
    label: "Addresses and balances",
  },
  CTO_E_WALLET_KEY_WRONG_NETWORK: {
    words: "Export the key from a Solana wallet. If it is a Solana key, fill in its address.",
  },
  CTO_E_WALLET_SIGNER_UNKNOWN: atServer("give the worker the signer under this name (docs/wallets.md)."),
  CTO_E_KEYS_NOT_ROTATED: atServer("run the rotation again; every key can still be read."),
  CTO_E_MINT_NOT_FOUND: again("Check the address, and the cluster that the header names."),
  CTO_E_TOKEN_ACCOUNT_FROZEN: again("Leave these wallets out, or ask the issuer to thaw them."),
  CTO_E_WALLETS_UNFIT: again(
    "Leave these wallets out: the form has a box for it under “Wallets and shares”.",
  ),
  CTO_E_NO_LIQUIDITY: again(
    "Spend less, or choose another platform. The estimate shows what an amount buys.",
  ),
  CTO_E_FUNDING_NOT_LANDED: {
    words:
      "Read the reason. Nothing was spent on the token; “Return unspent funds” brings back any funding that landed.",
  },
  CTO_E_WALLET_NOT_FUNDED: again("If the wallet can buy now, retry the operation: a retry funds it again."),
  CTO_E_TOKEN_MIGRATING: again("Wait a minute and try again. The platform jupiter is tried at once."),
  CTO_E_VENUE_UNAVAILABLE: { words: "Try again later.", page: "queue", label: "Services it depends on" },
  CTO_E_VENUE_INVALID_ANSWER: atServer("nothing was signed; check the aggregator's address, JUPITER_URL."),
  CTO_E_PRICE_IMPACT_ABOVE_LIMIT: again("Spend less, or raise the price impact limit."),
  CTO_E_PRICE_ABOVE_MAX: again(
    "Nothing was signed. Wait for a better price, spend less at once, or raise the maximum price.",
  ),
  CTO_E_PRICE_DEVIATES: again(
    "Nothing was signed. Wait, choose another platform, or allow it with “Dearer than the second source”.",
  ),
  CTO_E_PRICE_UNCHECKED: again("Nothing was signed. Give a maximum price: it needs no second source."),
  CTO_E_TRANSFER_FEE_ABOVE_LIMIT: again("Choose another token, or raise the transfer fee that you accept."),
  CTO_E_PRICE_MOVED: again("Nothing more was signed. Retry it at the price of now, or allow more slippage."),
  CTO_E_DELIVERY_SHORT: {
    words:
      "Halt all signing in the header, inspect the transaction, and report it. Do not use that venue or endpoint until the cause is known.",
  },
  CTO_E_CHAT_UNKNOWN: { words: "Look for it in the list." },
  CTO_E_WEBHOOK_UNKNOWN: { words: "Look for it in the list." },
  CTO_E_DELIVERY_UNKNOWN: { words: "Look for it in the list." },
  CTO_E_TRANSACTION_REFUSED: {
    words: "Read the reason: a price that moved needs more slippage, a short wallet more SOL.",
    page: "wallets",
    label: "Balances",
  },
  CTO_E_TRANSACTION_FAILED: again("Read the reason: a price that moved needs more slippage."),
  CTO_E_TRANSACTION_EXPIRED: again("Try again later: the cluster did not take it in time."),
  CTO_E_POLICY_REFUSED: { words: "Nothing was signed. Report it with the operation's id." },
  CTO_E_POLICY_MISSING: {
    words: "Nothing was signed. Report it with the version of the server.",
    page: "queue",
  },
  CTO_E_LIMITS_UNSET: {
    words: "Set the limits that the message names.",
    page: "limits",
    label: "Set limits",
  },
  CTO_E_LIMIT_EXCEEDED: {
    words:
      "Spend less, or have the limit raised. Waiting helps only if the limit is on 24 hours; a wallet's limit never starts again.",
    page: "limits",
  },
  CTO_E_MINT_NOT_ALLOWED: {
    words: "The lists of allowed and denied tokens decide.",
    page: "limits",
    label: "Limits: the lists",
  },
  CTO_E_PROGRAM_NOT_ALLOWED: {
    words: "Choose another platform, or have the program allowed.",
    page: "limits",
    label: "Limits: allowed programs",
  },
  CTO_E_LOOKUP_TABLE_UNKNOWN: atServer("check CTO_LOOKUP_TABLES and the endpoint."),
  CTO_E_LOOKUP_TABLE_UNFINISHED: atServer("finish the table, or take it out of CTO_LOOKUP_TABLES."),
  CTO_E_STEP_UNDECIDED: {
    words: "Look the signatures up elsewhere, then decide under “Needs review”.",
    page: "review",
  },
  CTO_E_STEP_REVIEWED_DEAD: { words: "If you still want the buy, retry the operation." },
  CTO_E_STEP_UNKNOWN: { words: "Ask the endpoints again, and use a step that is listed." },
  CTO_E_REVIEW_REFUSED: {
    words: "Read the reason. If it says so, tick the box that decides against the evidence.",
  },
  CTO_E_RECOVERY_BELOW_FEE: {
    words:
      "It is tried again by itself, and goes once fees are lower. To leave the money in the wallet, end the return under “Needs review”.",
    page: "review",
  },
  CTO_E_RECOVERY_GIVEN_UP: { words: "Once the wallet can sign, a sweep returns what it holds." },
  CTO_E_RECOVERY_TOO_EARLY: { words: "Wait until nothing of it can land any more, then ask again." },
  CTO_E_RECOVERY_UNPROVED: atServer("set an endpoint that keeps the whole history, then ask again."),
  CTO_E_SWEEP_NOTHING: { words: "Nothing to do.", page: "wallets", label: "What they hold" },
  CTO_E_SWEEP_CHANGED: { words: "Look at the new total, and confirm it.", page: "sweep" },
  CTO_E_OPERATION_NOTHING_LANDED: { words: "Each leg below has its own reason." },
  CTO_E_OPERATION_CANCELLED: { words: "If you still want the buy, retry the operation." },
  CTO_E_RPC_UNAVAILABLE: {
    words: "It is tried again by itself. If it lasts, look at the endpoints.",
    page: "overview",
    label: "Endpoints",
  },
  CTO_E_ENDPOINTS_DISAGREE: {
    words: "It is tried again by itself. If it lasts, one endpoint lags or lies.",
    page: "overview",
    label: "Endpoints",
  },
  CTO_E_RPC_INVALID_ANSWER: atServer("check that SOLANA_RPC_URL is a Solana endpoint."),
  CTO_E_JOURNAL_UNAVAILABLE: {
    words: "Try again in a moment.",
    page: "queue",
    label: "Services it depends on",
  },
  CTO_E_JOURNAL_AGE_UNKNOWN: atServer(
    "add an endpoint with full history, or declare the restore of a backup (docs/runbook.md).",
  ),
  CTO_E_JOURNAL_BEHIND: atServer("declare the restore of the backup first (docs/runbook.md)."),
  CTO_E_JOURNAL_COPIED: atServer(
    "docs/runbook.md says how to declare a restore; operations then go on by themselves.",
  ),
  CTO_E_KEYS_UNOPENABLE: atServer(
    "start it with the secret that sealed the keys, or restore the right backup.",
  ),
  CTO_E_RESTORE_EMPTY: atServer(
    "restore the journal's backup, and check that the server uses that database.",
  ),
  CTO_E_RESTORE_UNPROVED: atServer("set an endpoint that keeps the whole history (docs/going-live.md)."),
  CTO_E_RESTORE_UNDECLARED: atServer(
    "docs/runbook.md says how to declare a restore; the operation then goes on by itself.",
  ),
  CTO_E_RESTORE_PLAN_LOST: atServer("docs/runbook.md says what to do after a restore."),
  CTO_E_QUEUE_UNAVAILABLE: {
    words: "Try again in a moment.",
    page: "queue",
    label: "Services it depends on",
  },
  CTO_E_TELEGRAM_TOKEN_MISSING: atServer("create a bot with @BotFather, and start it with its token."),
  CTO_E_TOKEN_NEEDS_LOCALNET: atServer("start the localnet, without SOLANA_RPC_URL."),
  CTO_E_CONFIG_NO_CLUSTER: atServer("start the localnet, or set SOLANA_RPC_URL."),
  CTO_E_CONFIG_INVALID: atServer("correct the settings that the message names."),
  CTO_E_CONFIG_CLUSTERS_DIFFER: atServer("let all endpoints be of one cluster."),
  CTO_E_CLUSTER_NOT_FOR_TESTS: { words: "Send the SOL from a wallet of your own: this is no localnet." },
  CTO_E_REQUEST_INVALID: { words: "Correct what the message names." },
  CTO_E_REQUEST_TOO_LARGE: { words: "Send less at once." },
  CTO_E_MEDIA_TYPE_UNSUPPORTED: { words: "Reload the page: it may be of an older version." },
  CTO_E_ROUTE_UNKNOWN: { words: "Reload the page: it may be of an older version.", page: "overview" },
  CTO_E_METHOD_NOT_ALLOWED: { words: "Reload the page: it may be of an older version.", page: "overview" },
  CTO_E_AIRDROP_REFUSED: {
    words: "Give the address of a wallet. Request less, or at least the rent-exempt minimum.",
  },
  CTO_E_UNAUTHENTICATED: { words: "Sign in again." },
  CTO_E_FORBIDDEN: { words: "Sign in with a key that has the scope, or ask an admin.", page: "keys" },
  CTO_E_RATE_LIMITED: { words: "Wait a little; the page goes on by itself." },
  CTO_E_TOO_MANY_CONNECTIONS: { words: "Close other tabs of this dashboard." },
  CTO_E_API_KEY_LAST_ADMIN: { words: "Create another admin key first.", page: "keys" },
  CTO_E_API_KEY_UNKNOWN: { words: "Look for it in the list.", page: "keys" },
  CTO_E_INTERNAL: { words: "This is a bug: please report it with the time and the operation's id." },
};

/** Returns what a person can do, in words; the registry's remedy if it reads well here. */
export const wordsOf = (code: string, remedy: string): string => ENTRIES[code]?.words ?? remedy;

/**
 * Returns the page that helps, if there is one.
 *
 * @param user the user whom the problem concerns, if it is known
 */
export function placeOf(code: string, user?: string): Place | null {
  const { page, label } = ENTRIES[code] ?? {};
  if (page === undefined) return null;
  const { href, label: usual, ofUser } = PAGES[page];
  const query = ofUser && user !== undefined && user !== "" ? `?user=${encodeURIComponent(user)}` : "";
  return { href: `${href}${query}`, label: label ?? usual };
}

/** Returns the link to the code's explanation. One page of the server explains all its codes. */
export const explanationOf = (code: string): string | null =>
  code.startsWith("CTO_E_") ? `/docs/errors#${code}` : null;

/** The codes with an entry here, for the test that compares them with the registry. */
export const CODES: readonly string[] = Object.keys(ENTRIES);
