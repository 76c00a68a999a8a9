/**
 * Defines every error of the CTO queue: a code that never changes its meaning, its message, its cause and its remedy.
 *
 * To add one: name it `CTO_E_<DOMAIN>_<WHAT>`, put it with its domain below, and give the message's context a type.
 * `kind` says how the queue handles it, `cause` says why it happens, and `remedy` says what a person can do. Never put
 * a key, a secret or a connection string into a context. Never rename, re-use or remove a code; if a code is no longer
 * thrown, say so in `cause`. `docs/errors.md` is generated from this table (`npm run docs`).
 */
import { formatSol } from "../base/sol.ts";

/**
 * How the queue handles an error.
 * - `transient`: an outside service is at fault. The operation rests and is tried again.
 * - `unknown`: a read of the chain failed. It proves nothing (R4), and is repeated.
 * - `venueAway`: a venue does not answer. The next one of the route may serve; if none does, it is like `transient`.
 * - `nextVenue`: this venue cannot serve, or not at an acceptable price. The next one of the route may serve.
 * - `oversize`: the transaction is too large. A shorter route, an older instruction or funding ahead may help;
 *   otherwise the next venue is tried.
 * - `final`: the request is refused. Only a person can change that, as `remedy` says.
 */
export type ErrorKind = "transient" | "unknown" | "venueAway" | "nextVenue" | "oversize" | "final";

type Entry<Context> = {
  readonly kind: ErrorKind;
  readonly message: (context: Context) => string;
  readonly cause: string;
  readonly remedy: string;
  /** What a person can do in this very case. Default: `remedy`. */
  readonly remedyFor?: (context: Context) => string;
};

const entry = <Context = Record<string, never>>(definition: Entry<Context>): Entry<Context> => definition;

const sol = (lamports: bigint): string => `${formatSol(lamports)} SOL`;

/** Returns a percentage with one decimal, rounded down. */
const percentLess = (offered: bigint, least: bigint): string =>
  (Number(((least - offered) * 1_000n) / least) / 10).toFixed(1);

/** What is wrong with a webhook, for the remedy. `request`: anything that the message names. */
export type WebhookFault = "url" | "credentials" | "plain" | "private" | "events" | "tooMany" | "request";

const ALLOW_PRIVATE =
  "For a receiver on a private network, set CTO_WEBHOOKS_ALLOW_PRIVATE=1 here and for every worker.";

const WEBHOOK_REMEDIES: Readonly<Record<WebhookFault, string>> = {
  url: "Give the whole address of the receiver, for example https://example.org/cto.",
  credentials:
    "Remove the user name and the password. The receiver knows the sender by the signature of each message.",
  plain: `Use an address that begins with https://. ${ALLOW_PRIVATE}`,
  private: `Use an address that can be reached from the internet. ${ALLOW_PRIVATE}`,
  events: "Use event types that docs/webhooks.md lists, or leave them out to receive all.",
  tooMany: "Remove one with `cto webhooks remove`, or change one with `cto webhooks change`.",
  request: "Correct what the message names.",
};

/** What a person can do about each limit, beside raising it. Only the limit of 24 hours makes room again by itself. */
const LIMIT_REMEDIES = {
  "--per-operation": "Request the amount that fits, or let fewer wallets take part (they cost less).",
  "--per-day":
    "Request the amount that fits, let fewer wallets take part (they cost less), or wait until earlier spending is older than 24 hours.",
  "--per-wallet":
    "Request the amount that fits, or let other wallets buy. What has left a wallet counts for ever: waiting does not help.",
  "--max-wallets": "Let fewer wallets take part.",
  "--max-slippage-bps": "Request less slippage.",
} as const;

/** The option of `cto limits set` that sets a limit. */
export type LimitOption = keyof typeof LIMIT_REMEDIES;

type LimitExceeded = {
  readonly option: LimitOption;
  readonly limit: string;
  readonly asked: string;
  readonly allowed: string;
  readonly fits: string;
};

export const REGISTRY = {
  // ------------------------------------------------------------ CONFIG
  CTO_E_CONFIG_INVALID: entry<{ problems: string[] }>({
    kind: "final",
    message: ({ problems }) => `The configuration is not valid: ${problems.join("; ")}`,
    cause: "An environment variable is missing, malformed or too weak to run with.",
    remedy:
      "Correct the variables that the message names; `cto doctor` checks them, docs/configuration.md lists them.",
  }),
  CTO_E_CONFIG_REDIS_EVICTS: entry<{ policy: string }>({
    kind: "final",
    message: ({ policy }) => `Redis has maxmemory-policy "${policy}"; it must be "noeviction"`,
    cause: "A Redis that evicts keys loses jobs silently.",
    remedy: "Set `maxmemory-policy noeviction` in the Redis configuration and restart it.",
  }),
  CTO_E_CONFIG_NO_CLUSTER: entry<{ file: string }>({
    kind: "final",
    message: ({ file }) => `SOLANA_RPC_URL is not set and no localnet is running (${file} does not name one)`,
    cause:
      "A worker needs a Solana cluster; without SOLANA_RPC_URL it looks for a localnet that another process runs.",
    remedy: "Run `cto start` or `cto localnet` first, or set SOLANA_RPC_URL.",
  }),
  CTO_E_CONFIG_CLUSTERS_DIFFER: entry<{ one: string; other: string }>({
    kind: "final",
    message: ({ one, other }) =>
      `SOLANA_RPC_URL mixes clusters: ${one} and ${other} have different genesis hashes`,
    cause:
      "A missing transaction on one cluster proves nothing about another cluster. The genesis hashes are compared when a worker starts, and before an endpoint is used for the first time.",
    remedy:
      "Keep only endpoints of one cluster in SOLANA_RPC_URL and restart; `cto doctor` shows each endpoint's cluster. Operations wait until then.",
  }),
  CTO_E_HOME_MISSING: entry<{ home: string }>({
    kind: "final",
    message: ({ home }) => `There is no installation in ${home}`,
    cause: "Without CTO_HOME, a program uses `.cto` in its working folder, and this folder does not exist.",
    remedy:
      "In production, use the settings of the workers: DATABASE_URL, or MONGODB_URI with REDIS_URL. On the localnet, run the program where `cto start` runs, or set CTO_HOME to that folder's `.cto` (a new one is made there).",
  }),
  CTO_E_HOME_OTHER_JOURNAL: entry<{ file: string; journal: string }>({
    kind: "final",
    message: ({ file, journal }) =>
      `The journal of this installation is ${journal}, as ${file} says, but neither DATABASE_URL nor MONGODB_URI is set`,
    cause:
      "The process does not have the settings of the workers. It would work on an embedded PostgreSQL: a halt there halts nothing, and wallets there are in no backup.",
    remedy:
      "Set DATABASE_URL or MONGODB_URI as the workers have it (docs/going-live.md, step 2). If you mean the embedded PostgreSQL, set another CTO_HOME, or delete the file that the message names.",
  }),

  // ------------------------------------------------------------ operations
  CTO_E_OPERATION_INVALID: entry<{ problems: string[] }>({
    kind: "final",
    message: ({ problems }) => `The operation is not valid: ${problems.join("; ")}`,
    cause: "A field is missing, has the wrong type, or does not exist.",
    remedy: "Correct the fields that the message names; the README lists them with their units.",
  }),
  CTO_E_OPERATIONS_TOO_MANY: entry<{ userId: string; limit: number }>({
    kind: "final",
    message: ({ userId, limit }) => `User "${userId}" has ${limit} open operations, which is the limit`,
    cause: "CTO_MAX_OPEN_OPERATIONS limits how many operations of one user may wait or be under way.",
    remedy: "Try again when some have ended, cancel some, or raise CTO_MAX_OPEN_OPERATIONS.",
  }),
  CTO_E_OPERATION_UNKNOWN: entry<{ jobId: string }>({
    kind: "final",
    message: ({ jobId }) => `There is no operation "${jobId}"`,
    cause: "The id does not exist here; it may belong to another installation.",
    remedy:
      "Use the jobId that enqueueCTOOperation returned; `cto status` without an id lists recent operations.",
  }),
  CTO_E_OPERATION_ENDED: entry<{ jobId: string; status?: string }>({
    kind: "final",
    message: ({ jobId, status }) =>
      `Operation "${jobId}" has already ended${status === undefined ? "" : ` (${status})`} and cannot be cancelled`,
    cause: "Only an operation that waits or runs can be cancelled.",
    remedy: "Nothing is needed: what landed stays landed, and nothing more is signed.",
  }),
  CTO_E_OPERATION_EXPIRED: entry<{ expiresAt: string; isNew?: boolean }>({
    kind: "final",
    message: ({ expiresAt, isNew }) =>
      isNew === true ? `expiresAt is in the past: ${expiresAt}` : `The operation expired at ${expiresAt}`,
    cause: "The caller set `expiresAt`. After that time, nothing of the operation is signed.",
    remedy:
      "If you still want the buy, enqueue a new operation with a later `expiresAt`, or retry the one that expired.",
    remedyFor: ({ isNew }) =>
      isNew === true
        ? "Give a later time, or leave `expiresAt` out. No operation was created."
        : "If you still want the buy, enqueue a new operation or retry this one.",
  }),
  CTO_E_RETRY_TOO_EARLY: entry<{ jobId: string }>({
    kind: "final",
    message: ({ jobId }) => `Operation "${jobId}" is still under way: its legs may still land`,
    cause:
      "A retry buys only for legs that provably did not land. The operation has not ended, so this is not known yet.",
    remedy: "Wait until it has ended, or cancel it first.",
  }),
  CTO_E_RETRY_NEEDS_REVIEW: entry<{ jobId: string }>({
    kind: "final",
    message: ({ jobId }) => `The fate of a leg of "${jobId}" cannot be proved: a retry could buy it twice`,
    cause: "The operation is in review.",
    remedy: "Run `cto review <jobId>`. The operation can be retried when every leg is decided.",
  }),
  CTO_E_RETRY_RESTORED: entry<{ jobId: string }>({
    kind: "final",
    message: ({ jobId }) =>
      `What "${jobId}" bought after the backup cannot be read from the journal: a retry could buy it twice`,
    cause:
      "The journal was restored from a backup that does not contain the operation's plan. The plan may have been written and carried out after the backup.",
    remedy:
      "Check the wallets on an explorer; the memos contain the operation's id. Enqueue a new operation for the missing part.",
  }),
  CTO_E_RETRY_NOTHING: entry<{ jobId: string; reason: string }>({
    kind: "final",
    message: ({ jobId, reason }) => `Nothing of "${jobId}" is left to buy: ${reason}`,
    cause: "A retry buys only for legs that provably did not land, and the operation has none.",
    remedy: "Enqueue a new operation to buy more.",
  }),
  CTO_E_RETRY_EXISTS: entry<{ jobId: string; retryId: string }>({
    kind: "final",
    message: ({ jobId, retryId }) => `Operation "${jobId}" has been retried already, as "${retryId}"`,
    cause: "An operation can be retried only once, also when two requests arrive at the same time.",
    remedy: "Follow the retry that the message names; if legs of it failed too, retry that one.",
  }),
  CTO_E_WAIT_CLOSED: entry<{ jobId: string }>({
    kind: "final",
    message: ({ jobId }) =>
      `This process closed its context while it waited for operation ${JSON.stringify(jobId)}`,
    cause: "The program called `closeAll` or `close` before the operation ended.",
    remedy: "The operation continues in its worker. Wait for it again, or read its status.",
  }),
  CTO_E_EVENTS_AHEAD: entry<{ jobId: string; after: number }>({
    kind: "final",
    message: ({ jobId, after }) => `Operation "${jobId}" has no event ${after}`,
    cause:
      "The request names an event number that the operation has not reached. The number may belong to another operation or installation.",
    remedy: "Read from 0, and continue after the number of the last event that you received.",
  }),
  CTO_E_TOKEN_ADDRESS_INVALID: entry<{ tokenAddress: string }>({
    kind: "final",
    message: ({ tokenAddress }) => `"${tokenAddress}" is not a Solana address`,
    cause: "tokenAddress must be the base58 text of 32 bytes.",
    remedy: "Copy the token's mint address from an explorer.",
  }),
  CTO_E_TOKEN_IS_WRAPPED_SOL: entry({
    kind: "final",
    message: () => "The token is wrapped SOL, which is what an operation pays with",
    cause: "tokenAddress is So11111111111111111111111111111111111111112.",
    remedy: "Give the mint of the token to buy.",
  }),
  CTO_E_AMOUNT_INVALID: entry<{ amount: string; reason: string }>({
    kind: "final",
    message: ({ amount, reason }) => `"${amount}" is not an amount of SOL: ${reason}`,
    cause: "Amounts are in SOL: a positive number or decimal string of at most nine decimals.",
    remedy: "Give a positive amount of SOL with at most nine decimals.",
  }),
  CTO_E_AMOUNT_ABOVE_LIMIT: entry<{ amount: string; limit: string }>({
    kind: "final",
    message: ({ amount, limit }) =>
      `buyAmount ${amount} SOL is above the limit of ${limit} SOL per operation`,
    cause: "CTO_MAX_BUY_SOL limits what one operation may spend.",
    remedy: "Lower the amount, or raise CTO_MAX_BUY_SOL.",
  }),
  CTO_E_AMOUNT_TOO_SMALL: entry<{ lamports: string; legs: number }>({
    kind: "final",
    message: ({ lamports, legs }) =>
      `${lamports} lamports cannot be shared over ${legs} wallets: some wallet would get none`,
    cause: "Every leg must buy for at least one lamport.",
    remedy: "Raise buyAmount, use fewer wallets, or give weights that are closer to each other.",
  }),
  CTO_E_MODE_UNKNOWN: entry<{ mode: string; valid: readonly string[] }>({
    kind: "final",
    message: ({ mode, valid }) => `"${mode}" is not a mode; valid are: ${valid.join(", ")}`,
    cause:
      "`mode` defines who pays: a funding wallet (standard) or the buyer wallets themselves (prefunded).",
    remedy: "Use one of the modes that the message lists.",
  }),
  CTO_E_PLATFORM_UNKNOWN: entry<{ platform: string; valid: readonly string[] }>({
    kind: "final",
    message: ({ platform, valid }) => `"${platform}" is not a platform; valid are: ${valid.join(", ")}`,
    cause: "`platform` is a venue's code, `auto` for detection, or `unknown` for Jupiter first.",
    remedy: "Use one of the platforms that the message lists.",
  }),
  CTO_E_USER_UNKNOWN: entry<{ userId: string }>({
    kind: "final",
    message: ({ userId }) => `There is no user "${userId}"`,
    cause: "An operation needs a user that has been added before.",
    remedy: "Add the user with `cto users add <id>`, or correct userId.",
  }),
  CTO_E_USER_INVALID: entry<{ problems: string[] }>({
    kind: "final",
    message: ({ problems }) => `The user is not valid: ${problems.join("; ")}`,
    cause:
      "An id has 1 to 128 visible characters, and is not . or ..; a name has at most 200 visible characters.",
    remedy: "Correct the fields that the message names.",
  }),
  CTO_E_USER_EXISTS: entry<{ userId: string }>({
    kind: "final",
    message: ({ userId }) => `There is already a user "${userId}"`,
    cause: "User ids are unique.",
    remedy: "Use the existing user, or choose another id.",
  }),
  CTO_E_USER_HAS_NO_WALLETS: entry<{ userId: string }>({
    kind: "final",
    message: ({ userId }) => `User "${userId}" has no buyer wallets`,
    cause: "An operation needs at least one buyer wallet.",
    remedy: "Add some with `cto wallets generate` or `cto wallets import`.",
  }),
  CTO_E_USER_HAS_NO_FUNDING_WALLET: entry<{ userId: string }>({
    kind: "final",
    message: ({ userId }) => `User "${userId}" has no funding wallet, which standard mode pays from`,
    cause: "In standard mode one funding wallet pays for every buyer.",
    remedy: "Add one with `cto wallets generate --role funding`, or use prefunded mode.",
  }),
  CTO_E_WEIGHTS_INVALID: entry<{ weights: number; wallets: number }>({
    kind: "final",
    message: ({ weights, wallets }) => `${weights} weights were given for ${wallets} wallets`,
    cause: "There must be exactly one weight per buyer wallet, in the wallets' order.",
    remedy: "Give as many weights as there are wallets, or none for equal shares.",
  }),
  CTO_E_WALLET_SELECTION_INVALID: entry<{ walletIds: string[] }>({
    kind: "final",
    message: ({ walletIds }) => `These are not distinct buyer wallets of the user: ${walletIds.join(", ")}`,
    cause: "walletIds must name buyer wallets of this user, each once.",
    remedy: "List the user's wallets with `cto wallets list` and correct walletIds.",
  }),
  CTO_E_IDEMPOTENCY_KEY_REUSED: entry<{ idempotencyKey: string; jobId: string }>({
    kind: "final",
    message: ({ idempotencyKey, jobId }) =>
      `The idempotency key "${idempotencyKey}" was used before, with other data, for operation ${jobId}`,
    cause: "A key identifies one request; a second request with the same key must be identical.",
    remedy: "Use a new key for a new operation; read the first one with getCTOJobStatus.",
  }),

  // ------------------------------------------------------------ wallets
  CTO_E_WALLET_UNKNOWN: entry<{ walletId: string }>({
    kind: "final",
    message: ({ walletId }) => `There is no wallet "${walletId}"`,
    cause: "The id does not exist, or the wallet was removed.",
    remedy: "List the user's wallets with `cto wallets list`.",
  }),
  CTO_E_WALLET_DISABLED: entry<{ walletId: string }>({
    kind: "final",
    message: ({ walletId }) => `The wallet "${walletId}" is disabled`,
    cause: "Somebody has disabled the wallet. A new operation names it, or needs it as the funding wallet.",
    remedy: "Leave it out, or enable it with `cto wallets enable`.",
  }),
  CTO_E_WALLET_EXISTS: entry<{ address: string }>({
    kind: "final",
    message: ({ address }) => `The address ${address} is already a wallet here`,
    cause: "One address belongs to one user, once: two owners could spend each other's money.",
    remedy: "Use the existing wallet, or import another key.",
  }),
  CTO_E_WALLET_FUNDING_EXISTS: entry<{ userId: string }>({
    kind: "final",
    message: ({ userId }) => `User "${userId}" already has a funding wallet`,
    cause: "A user has one funding wallet.",
    remedy: "Use it, or add the new wallet as a buyer wallet.",
  }),
  CTO_E_WALLET_ROLE_DIFFERS: entry<{ address: string; here: string; asked: string }>({
    kind: "final",
    message: ({ address, here, asked }) =>
      `The wallet ${address} already exists as a ${here} wallet; a ${asked} wallet was requested`,
    cause:
      "Two documents of the source give one wallet different roles, or it was added here with another one.",
    remedy:
      "The wallet is unchanged. Correct the role in the source, or give the user another funding wallet.",
  }),
  CTO_E_WALLET_KEY_INVALID: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The private key cannot be read: ${reason}`,
    cause:
      "Keys are read as base58, JSON byte arrays, hex or base64 of a 64-byte secret key or a 32-byte seed, or encrypted: see docs/wallets.md.",
    remedy: "Export the key from your wallet again in one of these formats.",
  }),
  CTO_E_WALLET_KEY_NEEDS_ADDRESS: entry<{ address: string }>({
    kind: "final",
    message: ({ address }) =>
      `A key of 32 bytes needs the address that it belongs to: as a private key, this one belongs to ${address}`,
    cause:
      "An address also has 32 bytes. If an address were imported as a private key, anyone who knows it could sign for the wallet.",
    remedy:
      "Export the key in its 64-byte form. Or, if the address in the message is that of your wallet, state it: `--expect <address>`, over HTTP `expectedAddress`.",
  }),
  CTO_E_WALLET_KEY_IS_ADDRESS: entry<{ address: string }>({
    kind: "final",
    message: ({ address }) => `The text is the address ${address}, not a private key`,
    cause:
      "An account or a wallet with this address exists. An address is public, so it cannot be a private key.",
    remedy: "Export the wallet's private key, in its 64-byte form.",
  }),
  CTO_E_WALLET_KEY_CLI_ONLY: entry({
    kind: "final",
    message: () => "An encrypted or sealed key is imported by the command line only",
    cause:
      "The server would decrypt the key with the installation's own secret, so its responses could reveal something about that secret.",
    remedy: "Send the key in clear over TLS, or use `cto wallets import` on the server.",
  }),
  CTO_E_WALLET_KEY_UNREADABLE: entry<{ walletId: string }>({
    kind: "final",
    message: ({ walletId }) => `The stored key of wallet "${walletId}" does not belong to this wallet`,
    cause: "The stored text has an unknown format, or contains the key of another address.",
    remedy: "Restore the wallet's record from a backup, or import its private key again.",
  }),
  CTO_E_WALLET_SECRET_WRONG: entry<{ which: string }>({
    kind: "final",
    message: ({ which }) => `No configured secret opens the encrypted key ${which}`,
    cause:
      "It was encrypted with a secret that is neither ENCRYPTION_SECRET nor in ENCRYPTION_SECRET_PREVIOUS, or its text was changed.",
    remedy:
      "Add the secret that it was encrypted with to ENCRYPTION_SECRET_PREVIOUS; `cto keys status` shows which wallets use which secret.",
  }),
  CTO_E_WALLET_KEY_TAMPERED: entry<{ which: string }>({
    kind: "final",
    message: ({ which }) => `The encrypted key ${which} was changed after it was encrypted`,
    cause: "The secret is correct, but the text was changed after it was sealed.",
    remedy: "Restore the text from a backup, or import the private key again.",
  }),
  CTO_E_WALLET_KEY_SWAPPED: entry<{ which: string }>({
    kind: "final",
    message: ({ which }) => `The sealed key ${which} was sealed for another wallet, user or address`,
    cause: "A sealed key was copied or moved from one wallet to another, or the wallet's record was changed.",
    remedy: "Restore the wallet's record from a backup; `cto audit list` shows who changed it.",
  }),
  CTO_E_WALLET_KEY_TRUNCATED: entry<{ which: string }>({
    kind: "final",
    message: ({ which }) => `The encrypted key ${which} is cut short or extended`,
    cause: "The text begins as an encrypted key does, but a part is missing, added or misspelt.",
    remedy: "Copy the whole text again, or restore it from a backup.",
  }),
  CTO_E_WALLET_KEY_MISSING: entry<{ address: string }>({
    kind: "final",
    message: ({ address }) => `No key was given for the required signer ${address}`,
    cause: "A transaction requested the signature of a wallet that does not take part in it.",
    remedy: "This is a bug: please report it with the operation's id.",
  }),
  CTO_E_WALLET_SHORT_OF_FUNDS: entry<{
    wallets: readonly { address: string; has: bigint; needs: bigint; lacks: bigint }[];
  }>({
    kind: "final",
    message: ({ wallets }) =>
      `Not enough SOL: ${wallets
        .map(
          ({ address, has, needs, lacks }) =>
            `${address} has ${sol(has)} and needs ${sol(needs)}, ${sol(lacks)} short`,
        )
        .join("; ")}`,
    cause:
      "Before the first leg, every paying wallet must hold its buy amount, fees, rents and the rent-exempt minimum.",
    remedy: "Send the missing SOL to the wallets that the message names, or lower buyAmount.",
  }),

  CTO_E_WALLET_KEY_WRONG_NETWORK: entry<{ network: string }>({
    kind: "final",
    message: ({ network }) => `The private key looks like one of ${network}, not of Solana`,
    cause: "The key has the format of another network.",
    remedy: "Export the key from a Solana wallet. If it is a Solana key, state its address with `--expect`.",
  }),
  CTO_E_WALLET_ADDRESS_MISMATCH: entry<{ expected: string; found: string }>({
    kind: "final",
    message: ({ expected, found }) => `The private key is that of ${found}; ${expected} was expected`,
    cause: "The address is computed from the key and compared with the stated address. They differ.",
    remedy: "Nothing was imported. Find out which of the two is wrong; two keys may have been mixed up.",
  }),
  CTO_E_WALLET_OF_ANOTHER_USER: entry<{ address: string }>({
    kind: "final",
    message: ({ address }) => `The address ${address} is a wallet of another user`,
    cause: "One address belongs to one user: two owners could spend each other's money.",
    remedy: "Import another key, or act as the user whose wallet it is.",
  }),
  CTO_E_WALLET_SIGNER_UNKNOWN: entry<{ walletId: string; name: string }>({
    kind: "final",
    message: ({ walletId, name }) =>
      `Wallet "${walletId}" signs with "${name}", and this process has no signer of that name`,
    cause: "The wallet's key is in an external signer, and the worker was started without that signer.",
    remedy: "Give `createCTOWorker` the signer under this name, as docs/wallets.md shows.",
  }),
  CTO_E_WALLET_SIGNER_FAILED: entry<{ name: string; reason: string; address?: string }>({
    kind: "transient",
    message: ({ name, reason }) => `The signer "${name}" did not sign: ${reason}`,
    cause: "The external signer is unavailable, refuses, or returned an invalid signature.",
    remedy:
      "Nothing was sent. Check the service and its permissions: a running operation is tried again. One that has ended with this error signs nothing more; enqueue a new one for the missing part.",
  }),
  CTO_E_WALLET_KEY_ELSEWHERE: entry<{ walletId: string; name: string }>({
    kind: "final",
    message: ({ walletId, name }) => `The key of wallet "${walletId}" is in the external signer "${name}"`,
    cause: "The wallet is attached to an external signer, which does not export its keys.",
    remedy: "Use the signer's own tools.",
  }),
  CTO_E_KEYS_NOT_ROTATED: entry<{ wallets: readonly string[]; reason: string }>({
    kind: "final",
    message: ({ wallets, reason }) => {
      const which = wallets.length === 0 ? "" : ` (${wallets.length}: ${wallets.slice(0, 5).join(", ")})`;
      return `Not all wallets are under the current secret: ${reason}${which}`;
    },
    cause:
      "No configured secret opens some keys, or they were changed, or a process adds wallets with another secret. All other wallets are rotated.",
    remedy:
      "Add the secret that sealed them to ENCRYPTION_SECRET_PREVIOUS, restart every process with the new secret, and run `cto keys rotate` again; keep the old secret until then.",
  }),
  CTO_E_KEYS_UNOPENABLE: entry<{ wallets: number }>({
    kind: "final",
    message: ({ wallets }) =>
      `The configured secrets open none of the journal's ${wallets} sealed ${wallets === 1 ? "key" : "keys"}`,
    cause:
      "ENCRYPTION_SECRET is not the secret of this installation, or the database is a backup of another installation. No worker starts, because every buy would fail.",
    remedy:
      "Set ENCRYPTION_SECRET to the secret that sealed the keys, or put the right backup back. If the secret is lost for good, so are these wallets: generate new ones with `cto wallets generate`, and workers start again.",
  }),

  // ------------------------------------------------------------ tokens and venues
  CTO_E_MINT_NOT_FOUND: entry<{ mint: string }>({
    kind: "final",
    message: ({ mint }) => `The token ${mint} does not exist on this cluster`,
    cause: "No account exists at the mint's address.",
    remedy: "Check the address and the cluster (SOLANA_RPC_URL).",
  }),
  CTO_E_MINT_INVALID: entry<{ mint: string; reason: string }>({
    kind: "final",
    message: ({ mint, reason }) => `${mint} is not a token that can be bought: ${reason}`,
    cause: "The account is not an initialised mint of the Token or Token-2022 program.",
    remedy: "Give the mint's address, not a wallet's, a pool's or a token account's.",
  }),
  CTO_E_MINT_UNSUPPORTED: entry<{ mint: string; reason: string }>({
    kind: "final",
    message: ({ mint, reason }) => `${mint} is not bought: ${reason}`,
    cause: "A Token-2022 extension of the mint would leave the buyers with tokens that they cannot move.",
    remedy: "Choose another token; only the issuer can change this one.",
  }),
  CTO_E_TOKEN_ACCOUNT_FROZEN: entry<{ mint: string; wallets: string[] }>({
    kind: "final",
    message: ({ mint, wallets }) => `The token accounts of ${mint} are frozen in: ${wallets.join(", ")}`,
    cause:
      "The mint's freeze authority has frozen these wallets' token accounts: a buy would fail. No longer thrown: CTO_E_WALLETS_UNFIT reports such wallets.",
    remedy: "Leave these wallets out with `walletIds`, or ask the issuer to thaw them.",
  }),
  CTO_E_WALLETS_UNFIT: entry<{ mint: string; wallets: { address: string; reasons: readonly string[] }[] }>({
    kind: "final",
    message: ({ mint, wallets }) =>
      `These wallets cannot buy ${mint}: ${wallets
        .map(({ address, reasons }) => `${address} (${reasons.join("; ")})`)
        .join(", ")}`,
    cause:
      "The accounts of the wallets would make the buy fail, or lose the bought tokens. Possible causes: a token account or wrapped-SOL account with another owner, a delegate or a foreign close authority; a frozen account; an account that requires memos; a wallet that belongs to a program. Nothing was signed.",
    remedy:
      "Repair the accounts that the message names (revoke, thaw, close, or turn the memo requirement off). Or leave the wallets out with `walletIds`, or repeat the request with `skipUnfit`; the other wallets then share the whole amount.",
  }),
  CTO_E_NO_ROUTE: entry<{ mint: string; venue: string; reason: string }>({
    kind: "nextVenue",
    message: ({ mint, venue, reason }) => `${venue} cannot trade ${mint}: ${reason}`,
    cause: "The venue has no market for this token and amount.",
    remedy: "Try later (a very new token may not be listed yet), a smaller amount, or another platform.",
  }),
  CTO_E_NO_LIQUIDITY: entry<{ mint: string; venue: string; reason: string }>({
    kind: "nextVenue",
    message: ({ mint, venue, reason }) => `${venue} does not hold enough of ${mint}: ${reason}`,
    cause: "The venue's market for this token is empty, or too small for the amount.",
    remedy: "Lower buyAmount, or choose another platform; `cto estimate` shows what an amount buys.",
  }),
  CTO_E_FUNDING_NOT_LANDED: entry<{ batch: number; reason: string }>({
    kind: "final",
    message: ({ batch, reason }) => `Its funding (batch ${batch}) did not land: ${reason}`,
    cause:
      "The buy does not fit into one transaction with its funding, so the wallet is funded ahead. That funding did not land.",
    remedy:
      "Read the reason. Nothing was spent on the token; any funding that landed is in the buyer's own wallet, and `cto recover` returns it.",
  }),
  CTO_E_WALLET_NOT_FUNDED: entry<{ address: string }>({
    kind: "final",
    message: ({ address }) =>
      `The funding of ${address} landed without this wallet, so the wallet does not buy`,
    cause:
      "The wallets are funded ahead of their buys. This wallet was left out of the funding that landed, because it could not buy at that time. A buy would spend the wallet's own SOL.",
    remedy: "If the wallet can buy now, retry the operation: a retry funds it again.",
  }),
  CTO_E_TOKEN_MIGRATING: entry<{ mint: string; reason: string }>({
    kind: "final",
    message: ({ mint, reason }) => `${mint} is migrating: ${reason}`,
    cause: "The token's launchpad market has ended and the venue that follows it is not open yet.",
    remedy: "Wait a minute and try again; with platform `jupiter`, the aggregator is tried now.",
  }),
  CTO_E_VENUE_UNAVAILABLE: entry<{ venue: string; reason: string }>({
    kind: "venueAway",
    message: ({ venue, reason }) => `${venue} is unavailable: ${reason}`,
    cause: "The venue's API is down, refuses the key, or limits the rate.",
    remedy: "Try later; for Jupiter, set or check JUPITER_API_KEY.",
  }),
  CTO_E_VENUE_INVALID_ANSWER: entry<{ venue: string; problem: string }>({
    kind: "nextVenue",
    message: ({ venue, problem }) => `${venue} returned an invalid response: ${problem}`,
    cause: "The response does not have the documented format, or contradicts the request.",
    remedy: "Nothing was signed. Check JUPITER_URL; report it if it persists.",
  }),
  CTO_E_PRICE_IMPACT_ABOVE_LIMIT: entry<{
    impactBps: number;
    limitBps: number;
    transferFeeBps?: number;
    venueFeeBps?: number;
  }>({
    kind: "nextVenue",
    message: ({ impactBps, limitBps, transferFeeBps = 0, venueFeeBps = 0 }) => {
      const fees = [
        ...(transferFeeBps === 0 ? [] : [`to the mint's transfer fee of ${transferFeeBps} bps`]),
        ...(venueFeeBps === 0 ? [] : [`to the market's fee of ${venueFeeBps} bps`]),
      ];
      return fees.length === 0
        ? `The operation would move the price by ${impactBps} bps; the limit is ${limitBps} bps`
        : `The operation would lose ${impactBps} bps to its price impact and ${fees.join(" and ")}; the limit is ${limitBps} bps`;
    },
    cause:
      "maxPriceImpactBps is checked against the whole operation before anything is signed. The mint's transfer fee is included, and a market's own fee if it is above 1,000 bps. If neither maxPriceImpactBps nor maxPrice is set, such a fee is refused, and so is an impact above 1,000 bps that an aggregator claims.",
    remedy:
      "Lower buyAmount or raise maxPriceImpactBps. A launch's fee often falls within minutes: wait, or set maxPriceImpactBps above what would be lost.",
  }),
  CTO_E_PRICE_ABOVE_MAX: entry<{
    venue: string;
    lamports: bigint;
    offered: string;
    asked: string | null;
    maxPrice: string;
  }>({
    kind: "nextVenue",
    message: ({ venue, lamports, offered, asked, maxPrice }) =>
      asked === null
        ? `${venue} offers nothing for ${sol(lamports)}; maxPrice is ${maxPrice} SOL per token`
        : `${venue} asks ${asked} SOL per token, and maxPrice is ${maxPrice}: for ${sol(lamports)} it offers ${offered} tokens`,
    cause:
      "maxPrice is the most that a leg pays for a whole token, venue fees and the mint's transfer fee included.",
    remedy: "Nothing was signed. Wait for a better price, spend less at once, or raise maxPrice.",
  }),
  CTO_E_PRICE_DEVIATES: entry<{ venue: string; deviationBps: number; limitBps: number; than: string }>({
    kind: "nextVenue",
    message: ({ venue, deviationBps, limitBps, than }) =>
      `The price at ${venue} is ${deviationBps} bps above what ${than} for the same lamports; the limit is ${limitBps} bps`,
    cause:
      "Anyone can open a pool for any token, at any price, so such a pool is compared with the aggregator's quote for the same lamports. The aggregator may answer each request differently, so its route is compared with its own earlier quote, and with the markets that the engine has read before.",
    remedy:
      "Nothing was signed. The next venue is tried automatically. If none can serve the operation, raise maxPriceDeviationBps only if you know why this price is higher.",
  }),
  CTO_E_PRICE_UNCHECKED: entry<{ venue: string; reason: string }>({
    kind: "nextVenue",
    message: ({ venue, reason }) =>
      `The price at ${venue} could not be compared with a second source: ${reason}`,
    cause:
      "Anyone can open a pool for any token, at any price. Such a pool is used only if its price can be compared with the aggregator's quote or the caller's cap.",
    remedy:
      "Nothing was signed. Give maxPrice, the most SOL that a whole token may cost; or try again when the aggregator (JUPITER_URL) answers for this token.",
  }),
  CTO_E_TRANSFER_FEE_ABOVE_LIMIT: entry<{ feeBps: number; limitBps: number }>({
    kind: "final",
    message: ({ feeBps, limitBps }) =>
      `The mint takes ${feeBps} bps of every transfer; the limit is ${limitBps} bps`,
    cause: "The fee is taken from every buy, and again from every later transfer or sale of the tokens.",
    remedy: "Choose another token, or raise maxTransferFeeBps if you accept the fee.",
  }),
  CTO_E_PRICE_MOVED: entry<{ venue: string; offered: bigint; least: bigint }>({
    kind: "nextVenue",
    message: ({ venue, offered, least }) =>
      `The price moved: ${venue} offers ${offered} token units, ${percentLess(offered, least)} % less than the ${least} that were fixed when the operation began`,
    cause:
      "The least tokens of each leg are fixed when the operation's first market opens. No later market, attempt or resumption accepts fewer.",
    remedy:
      "This leg bought nothing. Check the price, then enqueue a new operation for the missing part. Use a higher slippageBps if you accept the new price.",
  }),

  CTO_E_DELIVERY_SHORT: entry<{ leg: number; received: bigint; least: bigint; signature: string }>({
    kind: "final",
    message: ({ leg, received, least, signature }) =>
      `Leg ${leg} landed and received ${received} token units, ${percentLess(received, least)} % less than the ${least} it was signed for: ${signature}`,
    cause:
      "The final transaction shows it. Either the signed transaction allowed it, or the endpoint that simulated it lied. The leg stays landed; it is an incident of its operation.",
    remedy:
      "Halt signing (`cto halt`), inspect the transaction, and report it. Do not use that venue or endpoint until the cause is known. The leg has spent its SOL; buy the missing tokens with a new operation.",
  }),

  // ------------------------------------------------------------ transactions
  CTO_E_TRANSACTION_TOO_LARGE: entry<{ size: number; limit: number }>({
    kind: "oversize",
    message: ({ size, limit }) => `The transaction has ${size} bytes with its memo; ${limit} fit`,
    cause: "Every transaction carries its public memo. One that does not fit with it is not sent.",
    remedy: "Try another venue or a shorter route.",
  }),
  CTO_E_TRANSACTION_TOO_MANY_ACCOUNTS: entry<{ accounts: number; limit: number }>({
    kind: "oversize",
    message: ({ accounts, limit }) => `The transaction names ${accounts} accounts; ${limit} may be locked`,
    cause: "A node refuses a transaction that locks more accounts, even if it is small enough in bytes.",
    remedy: "Try another venue or a shorter route.",
  }),
  CTO_E_TRANSACTION_TOO_MANY_SIGNATURES: entry<{ signatures: number; limit: number }>({
    kind: "oversize",
    message: ({ signatures, limit }) =>
      `The transaction needs ${signatures} signatures; ${limit} are allowed`,
    cause: "A venue's instructions need more signers than a transaction may have.",
    remedy: "Try another venue.",
  }),
  CTO_E_TRANSACTION_TOO_MANY_INSTRUCTIONS: entry<{ instructions: number; limit: number }>({
    kind: "oversize",
    message: ({ instructions, limit }) =>
      `The transaction runs ${instructions} instructions, those included that programs call; ${limit} may run`,
    cause: "A long route calls more programs than one transaction may.",
    remedy: "Try another venue or a shorter route.",
  }),
  CTO_E_TRANSACTION_UNREADABLE: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `A transaction's bytes cannot be read: ${reason}`,
    cause: "The bytes are not a transaction of a known version, or are ambiguous.",
    remedy: "Such bytes are never signed. Report this, and say where the transaction came from.",
  }),
  CTO_E_TRANSACTION_REFUSED: entry<{ reason: string }>({
    kind: "nextVenue",
    message: ({ reason }) => `The simulation failed: ${reason}`,
    cause: "The programs refuse this buy in the current state of the chain; nothing was signed.",
    remedy: "Read the reason; a price that moved needs more slippageBps, a short wallet more SOL.",
  }),
  CTO_E_TRANSACTION_EFFECT: entry<{ wallet: string; reason: string }>({
    kind: "nextVenue",
    message: ({ wallet, reason }) => `The simulated buy of ${wallet} does more than was requested: ${reason}`,
    cause:
      "The instructions, which a third party may have built, would cost the wallets more than the buy; nothing was signed.",
    remedy:
      "Do not repeat the buy through this venue. If the venue is an aggregator, inform its operator. A wallet that has opened a pool itself is named in it and cannot buy there through the aggregator: name the pool's venue as the platform, or let another wallet buy.",
  }),
  CTO_E_POLICY_REFUSED: entry<{ kind: string; reason: string }>({
    kind: "nextVenue",
    message: ({ kind, reason }) => `The ${kind} transaction is not what was meant: ${reason}`,
    cause: "Before signing, every instruction of the final bytes is compared with the purpose of the step.",
    remedy:
      "Nothing was signed. If the venue is an aggregator, its response contained more than the buy; report it if it persists.",
  }),
  CTO_E_POLICY_MISSING: entry({
    kind: "final",
    message: () => "A transaction was to be signed that no policy has approved",
    cause: "The keyring signs only the exact bytes that the policy has approved.",
    remedy: "Report it with the version of cto-queue; nothing was signed.",
  }),
  CTO_E_TRANSACTION_FAILED: entry<{ signature: string; reason: string }>({
    kind: "final",
    message: ({ signature, reason }) => `Transaction ${signature} landed with an error: ${reason}`,
    cause: "The programs refused the transaction, or its payer could not pay. At most the fee was spent.",
    remedy: "Read the reason; a price that moved needs more slippageBps.",
  }),
  CTO_E_TRANSACTION_EXPIRED: entry<{ attempts: number }>({
    kind: "final",
    message: ({ attempts }) => `None of ${attempts} attempts landed before its blockhash expired`,
    cause: "The cluster was congested, or the priority fee was too low.",
    remedy: "Enqueue again later, or raise CTO_MAX_PRIORITY_FEE_LAMPORTS.",
  }),
  CTO_E_LIMITS_UNSET: entry<{ missing: readonly string[] }>({
    kind: "final",
    message: ({ missing }) => `Limits on spending must be set first: ${missing.join(", ")}`,
    cause: "Outside the localnet, nothing is signed until spend limits have been set.",
    remedy:
      "Set them with `cto limits set --everyone --per-operation 5 --per-day 20 --per-wallet 10` (SOL; `none` for no limit).",
  }),
  CTO_E_LIMIT_EXCEEDED: entry<LimitExceeded>({
    kind: "final",
    message: ({ limit, asked, allowed, fits }) =>
      `The limit on ${limit} is ${allowed}, and the operation asks for ${asked}: ${fits}`,
    cause:
      "The operation would exceed a limit, together with what its user or wallet has already spent or reserved. Limits count spending and costs (fees, rents, rent-exempt minimums).",
    remedy:
      "Request the amount that fits. Waiting helps only with the limit of 24 hours (`--per-day`). A wallet's limit (`--per-wallet`) never starts again: let other wallets buy. `cto limits show <user>` shows the limits, `cto limits set` raises them.",
    remedyFor: ({ option }) =>
      `${LIMIT_REMEDIES[option]} \`cto limits show <user>\` shows the limits, \`cto limits set <user> ${option}\` raises this one.`,
  }),
  CTO_E_MINT_NOT_ALLOWED: entry<{ mint: string; list: "allowed" | "denied" }>({
    kind: "final",
    message: ({ mint, list }) =>
      list === "denied" ? `Buying ${mint} is denied` : `${mint} is not among the tokens that may be bought`,
    cause: "The limits list the tokens that are allowed or denied.",
    remedy: "See `cto limits show`; `cto limits set --allow-mints` and `--deny-mints` change the lists.",
  }),
  CTO_E_PROGRAM_NOT_ALLOWED: entry<{ program: string }>({
    kind: "nextVenue",
    message: ({ program }) => `The buy calls ${program}, which is not among the allowed programs`,
    cause: "The limits list the allowed programs, and the venue's program is not among them.",
    remedy: "Choose another platform, or add the program with `cto limits set --allow-programs`.",
  }),
  CTO_E_LOOKUP_TABLE_UNKNOWN: entry<{ table: string }>({
    kind: "final",
    message: ({ table }) => `There is no lookup table at ${table}`,
    cause: "The address is another kind of account, or of another cluster, or the table was closed.",
    remedy: "Check CTO_LOOKUP_TABLES and SOLANA_RPC_URL; `cto alt create` makes a table.",
  }),
  CTO_E_LOOKUP_TABLE_UNFINISHED: entry<{ table: string; reason: string }>({
    kind: "final",
    message: ({ table, reason }) => `The lookup table ${table} is not finished: ${reason}`,
    cause: "One of the transactions that create the table was refused, failed, or was not seen in time.",
    remedy:
      "Run `cto alt show`: an unseen transaction may still have landed. A table without some addresses works, but saves less; you may also create another one.",
  }),
  CTO_E_STEP_UNDECIDED: entry<{ step: string }>({
    kind: "final",
    message: ({ step }) => `It cannot be proved whether ${step} landed`,
    cause:
      "The RPC endpoint did not provide the evidence before the deadline. Unknown never counts as absent.",
    remedy: "Check the signatures on an explorer, check the endpoint, and decide with `cto review`.",
  }),
  CTO_E_STEP_REVIEWED_DEAD: entry<{ step: string; reviewer: string; reason: string }>({
    kind: "final",
    message: ({ step, reviewer, reason }) => `${reviewer} declared ${step} dead: ${reason}`,
    cause: "The step's outcome could not be proved, and a person declared it dead. It is never signed again.",
    remedy: "Enqueue a new operation if you still want the buy.",
  }),
  CTO_E_STEP_UNKNOWN: entry<{ step: string }>({
    kind: "final",
    message: ({ step }) => `There is no step "${step}"`,
    cause: "A step's id is <operation>.<kind>.<leg>, as a review lists it.",
    remedy: "Run the review again and use one of the listed steps.",
  }),
  CTO_E_REVIEW_REFUSED: entry<{ step: string; reason: string }>({
    kind: "final",
    message: ({ step, reason }) => `The review of ${step} cannot be closed like this: ${reason}`,
    cause: "A decision must not contradict the chain, and needs a name and a reason.",
    remedy: "Read the reason. If it says so, you can force the decision with a stated reason.",
  }),
  CTO_E_REVIEW_BUSY: entry<{ userId: string }>({
    kind: "final",
    message: ({ userId }) => `A worker is acting on the wallets of user "${userId}" right now`,
    cause: "Only one worker or reviewer at a time may act on a user's wallets.",
    remedy: "Try again in a moment.",
  }),
  CTO_E_RECOVERY_TOO_EARLY: entry<{ jobId: string; reason: string }>({
    kind: "final",
    message: ({ jobId, reason }) => `Nothing of ${jobId} can be recovered yet: ${reason}`,
    cause:
      "A transaction of the operation may still land, or has landed and is not final yet. On an Alpenglow cluster, as mainnet is, what lands is final; on a Tower cluster that takes 32 slots, about 13 s.",
    remedy:
      "Try again when the operation has ended and is final (`settled` in its status); see `cto review` if it waits.",
  }),
  CTO_E_RECOVERY_UNPROVED: entry<{ step: string; reason: string }>({
    kind: "final",
    message: ({ step, reason }) => `The cost of ${step} cannot be read from the chain: ${reason}`,
    cause:
      "The endpoints no longer have the operation's transactions, so the amount to return cannot be computed.",
    remedy: "Set SOLANA_RPC_URL to an endpoint that keeps the whole history, and repeat the request.",
  }),
  CTO_E_RECOVERY_NOTHING_LEFT: entry<{ wallet: string }>({
    kind: "final",
    message: ({ wallet }) => `${wallet} no longer holds what the operation left in it`,
    cause: "The wallet has spent the money since then. What it had before the operation is never touched.",
    remedy: "Nothing to do.",
  }),
  CTO_E_RECOVERY_NOT_FINAL: entry<{ wallet: string; now: bigint; final: bigint }>({
    kind: "transient",
    message: ({ wallet, now, final }) =>
      `${wallet} can return ${sol(now)} by the newest block, and ${sol(final)} by the last final one`,
    cause:
      "Money left the wallet in a block that is not final yet. On a Tower cluster a fork may drop that block, and a leg returns only once.",
    remedy: "Nothing to do. It goes on by itself, and is decided once the block is final (about 13 s).",
  }),
  CTO_E_RECOVERY_BELOW_FEE: entry<{ wallet: string; lamports: bigint; fee: bigint }>({
    kind: "final",
    message: ({ wallet, lamports, fee }) =>
      `The return of ${sol(lamports)} from ${wallet} would cost ${sol(fee)} in fees`,
    cause:
      "The priority fee of now makes the return cost as much as it brings back, or more. Nothing was signed.",
    remedy:
      "A return is tried again every ten minutes, and goes once fees are lower. To leave the money in the wallet, end it with `cto review`. A sweep can be repeated.",
  }),
  CTO_E_RECOVERY_GIVEN_UP: entry<{ step: string; reviewer: string; reason: string }>({
    kind: "final",
    message: ({ step, reviewer, reason }) => `${reviewer} ended the return ${step}: ${reason}`,
    cause:
      "The return could not be signed, and a person ended it. No transaction of it has landed; what the operation left stays in the wallet.",
    remedy: "`cto wallets sweep` returns what the wallet holds, once it can sign.",
  }),
  CTO_E_SWEEP_NOTHING: entry<{ userId: string }>({
    kind: "final",
    message: ({ userId }) => `The buyer wallets of user "${userId}" hold nothing that could be returned`,
    cause: "No buyer wallet holds more SOL than the fee of its return.",
    remedy: "Nothing to do; `cto wallets list` shows what they hold.",
  }),
  CTO_E_SWEEP_CHANGED: entry<{ confirmed: bigint; total: bigint }>({
    kind: "final",
    message: ({ confirmed, total }) =>
      `${sol(confirmed)} was confirmed, and the wallets would return ${sol(total)}`,
    cause: "The wallets' balances have changed since the preview, or another total was given.",
    remedy: "Run the preview again, and confirm its total.",
  }),
  CTO_E_OPERATION_NOTHING_LANDED: entry<{ legs: number; first: string }>({
    kind: "final",
    message: ({ legs, first }) => `None of ${legs} buys landed. First reason: ${first}`,
    cause: "Every leg provably failed; no SOL was spent on the token.",
    remedy: "Read the reason of each leg in the result.",
  }),
  CTO_E_OPERATION_CANCELLED: entry({
    kind: "final",
    message: () => "The operation was cancelled before this leg began",
    cause: "cancelCTOJob was called.",
    remedy: "Enqueue a new operation if you still want the buy.",
  }),

  // ------------------------------------------------------------ open calls
  CTO_E_CALL_TERMS_INVALID: entry<{ problems: string[] }>({
    kind: "final",
    message: ({ problems }) => `The terms of the call are not valid: ${problems.join("; ")}`,
    cause:
      "A field is missing, has the wrong type or another spelling than the one that is hashed, or does not exist.",
    remedy:
      "Correct the fields that the message names. Amounts are base units as decimal text, times are UTC.",
  }),
  CTO_E_CALL_AMOUNTS_CONTRADICT: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The amounts of the call contradict each other: ${reason}`,
    cause: "No set of pledges could satisfy these terms.",
    remedy: "Change the least or the most, in all or of each wallet, or the least number of wallets.",
  }),
  CTO_E_CALL_TIMES_CONTRADICT: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The times of the call contradict each other: ${reason}`,
    cause: "The call must open before its deadline, and a whole muster must fit between them.",
    remedy: "Set a later deadline, an earlier opening, or a shorter muster.",
  }),
  CTO_E_CALL_DISCLOSURE_CONTRADICTS: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `What the caller discloses contradicts itself: ${reason}`,
    cause:
      "The caller must list each of its wallets once, also the wallet that signs the terms, and each past call once.",
    remedy: "Correct the list of wallets or of past calls.",
  }),
  CTO_E_CALLS_OFF: entry({
    kind: "final",
    message: () => "This installation carries out no calls",
    cause: "CTO_CALLERS names the wallets that may publish calls, and it is not set.",
    remedy: "The operator sets CTO_CALLERS for the server and for the workers: docs/calls.md.",
  }),
  CTO_E_CALL_UNKNOWN: entry<{ callId: string }>({
    kind: "final",
    message: ({ callId }) => `There is no call ${callId}`,
    cause: "The id is misspelt, or the call was published elsewhere.",
    remedy: "Open the link that the caller published.",
  }),
  CTO_E_CALL_WITHOUT_RECEIPT: entry<{ callId: string }>({
    kind: "final",
    message: ({ callId }) => `The call ${callId} has no receipt yet`,
    cause: "A call has a receipt once its muster has begun: until then nobody can have signed a purchase.",
    remedy: "The call's own page says how it stands. Ask again once the muster has begun.",
  }),
  CTO_E_CALL_EXISTS: entry<{ callId: string }>({
    kind: "final",
    message: ({ callId }) => `The id ${callId} is in use`,
    cause: "A call or an operation has this id. Terms never change, so a second call needs its own id.",
    remedy: "Take another id.",
  }),
  CTO_E_CALLER_NOT_NAMED: entry<{ wallet: string }>({
    kind: "final",
    message: ({ wallet }) => `The wallet ${wallet} may not publish calls here`,
    cause: "CTO_CALLERS does not name it.",
    remedy: "The operator adds it to CTO_CALLERS, or a wallet that is named signs the terms.",
  }),
  CTO_E_CALL_OTHER_CLUSTER: entry<{ named: string; ours: string }>({
    kind: "final",
    message: ({ named, ours }) => `The terms name the cluster ${named}, and this installation uses ${ours}`,
    cause: "Terms name their cluster by its genesis hash, so that terms of a test cannot be used on mainnet.",
    remedy: "Write the genesis hash of this cluster into the terms.",
  }),
  CTO_E_CALL_MINT_REFUSED: entry<{ mint: string; powers: readonly string[] }>({
    kind: "final",
    message: ({ mint, powers }) => `The terms refuse what the mint ${mint} can do: ${powers.join(", ")}`,
    cause:
      "The caller's rule refuses mints whose issuer may freeze accounts, or that take a fee or run a hook.",
    remedy: "Call for another token, or change the rule; the call's page shows these powers then.",
  }),
  CTO_E_CALL_NOT_ANNOUNCED: entry<{ callId: string; reason: string }>({
    kind: "final",
    message: ({ callId, reason }) => `The terms of ${callId} are not published on chain: ${reason}`,
    cause:
      "The caller's wallet must sign exactly the memo with the hash of these terms, and its transaction must be final.",
    remedy:
      "If it was sent, ask again in some seconds: the same request is right. Otherwise send the memo that the answer to the creation contains, and name its transaction.",
  }),
  CTO_E_CALL_NOT_OPEN: entry<{ callId: string; kind: string; reason: string }>({
    kind: "final",
    message: ({ callId, kind, reason }) => `The call ${callId} takes no ${kind} now: ${reason}`,
    cause:
      "A call takes pledges only while it is open, and withdrawals also in its muster. It opens a few seconds after its terms are published, and not before the opening that they name.",
    remedy: "If it has not opened yet, wait and send the same again. Otherwise join another call.",
  }),
  CTO_E_PLEDGE_INVALID: entry<{ problems: string[] }>({
    kind: "final",
    message: ({ problems }) => `The pledge is not valid: ${problems.join("; ")}`,
    cause: "A field is missing, has the wrong type, or does not exist.",
    remedy: "Correct the fields that the message names.",
  }),
  CTO_E_PLEDGE_OTHER_CALL: entry<{ callId: string }>({
    kind: "final",
    message: ({ callId }) => `The pledge is not for the call ${callId} under its published terms`,
    cause: "It names another call, or the hash of other terms.",
    remedy: "Read the terms on the call's page, and sign a pledge for them.",
  }),
  CTO_E_PLEDGE_OUT_OF_BOUNDS: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The pledge is outside the bounds of the call: ${reason}`,
    cause: "The terms say the least and the most of each wallet, and when the call ends.",
    remedy: "Sign a pledge within these bounds.",
  }),
  CTO_E_CALL_START_REFUSED: entry<{ callId: string; reason: string }>({
    kind: "final",
    message: ({ callId, reason }) => `The muster of ${callId} is not started: ${reason}`,
    cause:
      "Only the caller's wallet starts a muster, by a signed text, between opening and deadline, and only while covered pledges reach the least. The text is valid for 15 minutes at most, and may be brought once, also if it is refused.",
    remedy:
      "If covered pledges do not reach the least, wait for more of them. Then, and in every other case, ask for the text again, let the caller's wallet sign it, and send it while the call is open.",
  }),
  CTO_E_CALL_FULL: entry<{ callId: string; most: number }>({
    kind: "final",
    message: ({ callId, most }) =>
      `The call ${callId} has statements of ${most} wallets, and takes no more now`,
    cause:
      "A call keeps the statements of a limited number of wallets. A wallet that holds too little, or that has withdrawn, makes room for another one.",
    remedy: "Try again in some seconds, because the balances are read again. Or join another call.",
  }),
  CTO_E_PLEDGE_EXPIRED: entry<{ expiresAt: string }>({
    kind: "final",
    message: ({ expiresAt }) => `The pledge was valid until ${expiresAt}`,
    cause: "Each pledge and each withdrawal has an expiry, which the wallet signed.",
    remedy: "Sign a new one.",
  }),
  CTO_E_PLEDGE_FORGED: entry<{ wallet: string }>({
    kind: "final",
    message: ({ wallet }) => `The wallet ${wallet} did not sign this pledge`,
    cause:
      "The signature is of another wallet or of another text. Some wallets, such as hardware wallets, sign an envelope around the text; that is not accepted.",
    remedy: "Sign exactly the text that the page shows, with the wallet that it names.",
  }),
  CTO_E_PLEDGE_REPLAYED: entry<{ wallet: string; nonce: string }>({
    kind: "final",
    message: ({ wallet, nonce }) => `The statement ${nonce} of ${wallet} has already been counted`,
    cause: "Each statement counts once; its nonce identifies it.",
    remedy: "Nothing to do if it was sent twice. To change a pledge, sign a new one.",
  }),
  CTO_E_MUSTER_NOT_A_MEMBER: entry<{ wallet: string }>({
    kind: "final",
    message: ({ wallet }) => `The wallet ${wallet} is not a member of this muster`,
    cause:
      "When the muster began, the wallet had no valid pledge, or held too little SOL for it, or earlier pledges had already reached the call's maximum.",
    remedy: "Connect the wallet that pledged.",
  }),
  CTO_E_MUSTER_NOTHING_TO_SIGN: entry<{ wallet: string; reason: string }>({
    kind: "final",
    message: ({ wallet, reason }) => `There is nothing for ${wallet} to sign: ${reason}`,
    cause: "A member signs the transaction of the present round, once it has been handed out.",
    remedy:
      "Follow the call's page; it says when the next round begins. A wallet that sends by itself shows whether it has sent.",
  }),
  CTO_E_MUSTER_NOT_PROVED: entry<{ wallet: string; reason: string }>({
    kind: "final",
    message: ({ wallet, reason }) => `Only the wallet ${wallet} itself gets its transaction: ${reason}`,
    cause:
      "A wallet that only sends gets its transaction once, so a stranger who asks first would take it away. It must bring a statement of kind `request` that the wallet has signed for this call, valid for 15 minutes at most. A pledge is none: others may have seen it.",
    remedy: "Let the wallet sign a new request, and send it with its signature.",
  }),
  CTO_E_MUSTER_HANDED_ONCE: entry<{ wallet: string }>({
    kind: "final",
    message: ({ wallet }) =>
      `The transaction of ${wallet} was handed out before, and is not handed out again`,
    cause:
      "A wallet that only sends may replace the blockhash, so the same transaction could buy a second time from another device.",
    remedy: "Send it from the page that has it. If none has it, this wallet does not buy, and loses nothing.",
  }),
  CTO_E_MUSTER_SIGNED_LATE: entry<{ wallet: string; height: bigint; closedAt: bigint }>({
    kind: "final",
    message: ({ wallet, height, closedAt }) =>
      `The signature of ${wallet} came at block ${height}; signing closed at block ${closedAt}`,
    cause: "Signing closes at 60 % of the blockhash's life, so that all transactions can be sent in time.",
    remedy: "Nothing was sent for this wallet. Wait for the second round, or for another call.",
  }),
  CTO_E_MUSTER_SIGNED_ALREADY: entry<{ wallet: string }>({
    kind: "final",
    message: ({ wallet }) => `The wallet ${wallet} has already signed in this round`,
    cause:
      "The first signature of a round counts. A second one would be a second transaction of the same buy.",
    remedy: "Nothing to do. Do not send the second transaction yourself: it would buy again.",
  }),
  CTO_E_MUSTER_WITHDRAWN_LATE: entry<{ wallet: string }>({
    kind: "final",
    message: ({ wallet }) => `The transaction of ${wallet} can no longer be withdrawn`,
    cause: "The least was reached, and the signed transactions are being sent.",
    remedy: "Nothing can stop it any more; the receipt shows whether it lands.",
  }),
  CTO_E_MUSTER_MESSAGE_CHANGED: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) =>
      `The wallet returned another transaction than the one that was handed out: ${reason}`,
    cause:
      "Only guard instructions of a documented list may be added (docs/guards.md). Everything else would be a purchase that nobody judged.",
    remedy:
      "Turn off fee or transaction settings of the wallet that change what it signs, or use another wallet.",
  }),
  CTO_E_MUSTER_NOT_SIGNED: entry<{ wallet: string }>({
    kind: "final",
    message: ({ wallet }) => `The returned transaction has no valid signature of ${wallet}`,
    cause: "It was signed by another wallet or not at all, or was changed after it was signed.",
    remedy: "Sign the transaction with the wallet that pledged.",
  }),
  CTO_E_MUSTER_MOVE_REFUSED: entry<{ move: string; reason: string }>({
    kind: "final",
    message: ({ move, reason }) => `The muster refuses to ${move}: ${reason}`,
    cause: "A rule of the muster forbids it now.",
    remedy: "Nothing was handed out or sent. Wait until the reason is gone; otherwise the muster ends.",
  }),

  // ------------------------------------------------------------ outside services
  CTO_E_RPC_UNAVAILABLE: entry<{ method: string; reason: string }>({
    kind: "unknown",
    message: ({ method, reason }) => `The Solana endpoint did not answer ${method}: ${reason}`,
    cause: "Timeout, network fault, rate limit or node error. The outcome is unknown, not failed.",
    remedy:
      "A running operation waits and resumes; check SOLANA_RPC_URL if the error persists. An operation that has ended with this error signs nothing more; enqueue a new one for the missing part.",
  }),
  CTO_E_ENDPOINTS_DISAGREE: entry<{ about: string; answers: { endpoint: string; says: string }[] }>({
    kind: "final",
    message: ({ about, answers }) =>
      `The Solana endpoints do not agree about ${about}: ${answers
        .map(({ endpoint, says }) => `${endpoint} says ${says}`)
        .join(", ")}`,
    cause:
      "Facts that set prices, and what a wallet owes and whether it can return anything more, are read from RESIGN_QUORUM endpoints, and once more if these differ. They still differ about which market it is, about what is left, about what a transaction changed, or by more than the slippage or 300 bps (maxPriceDeviationBps, if that is more), so one endpoint is wrong or far behind.",
    remedy:
      "Check the token on an explorer, remove the wrong endpoint from SOLANA_RPC_URL, and try again. In a fast market, a higher slippage and a higher maxPriceDeviationBps may be needed.",
  }),
  CTO_E_RPC_INVALID_ANSWER: entry<{ method: string; problem: string }>({
    kind: "unknown",
    message: ({ method, problem }) => `The Solana endpoint's answer to ${method} is not valid: ${problem}`,
    cause: "The response does not have the documented format.",
    remedy:
      "Check that SOLANA_RPC_URL is a Solana JSON-RPC endpoint: a running operation waits and resumes. One that has ended with this error signs nothing more; enqueue a new one for the missing part.",
  }),
  CTO_E_JOURNAL_UNAVAILABLE: entry<{ reason: string }>({
    kind: "transient",
    message: ({ reason }) => `The journal cannot be reached: ${reason}`,
    cause: "The database is down, restarting or unreachable. Nothing is signed without it.",
    remedy:
      "Check MONGODB_URI or DATABASE_URL, and the server; operations that are under way resume when it is back.",
  }),
  CTO_E_JOURNAL_INCOMPATIBLE: entry<{ found: number; supported: number }>({
    kind: "final",
    message: ({ found, supported }) =>
      `The journal has schema version ${found}; this release knows up to ${supported}`,
    cause: "A newer release has migrated this database.",
    remedy: "Run the newer release.",
  }),
  CTO_E_JOURNAL_OTHER_CLUSTER: entry<{ journal: string; cluster: string }>({
    kind: "final",
    message: ({ journal, cluster }) =>
      `The journal belongs to the cluster with the genesis hash ${journal}; the endpoints are of ${cluster}`,
    cause:
      "SOLANA_RPC_URL names another cluster than before, or the database is a backup of another installation. On another cluster, nothing of the journal's operations is on chain, so they would be signed again.",
    remedy:
      "Set SOLANA_RPC_URL to endpoints of the journal's cluster, or put the right backup back. For another cluster, use a database of its own.",
  }),
  CTO_E_JOURNAL_BEHIND: entry<{ jobId: string; signature: string }>({
    kind: "final",
    message: ({ jobId, signature }) =>
      `The journal runs behind the chain: it does not know ${signature}, which was signed for operation "${jobId}"`,
    cause:
      "The database is an old backup: transactions that were signed after the backup are on chain, but not in the journal. Nothing is signed until you declare the restore.",
    remedy:
      "If it is a backup, stop all workers, run `cto restore`, then `cto resume` (docs/runbook.md). If it is not, find out who else signs with these wallets.",
  }),
  CTO_E_JOURNAL_COPIED: entry<{ reason: string }>({
    kind: "transient",
    message: ({ reason }) => `The journal is another copy than the one that the workers used: ${reason}`,
    cause:
      "A dump or a snapshot was put back, a standby was promoted, or the database was recovered to a point in time. What was signed last may be missing in this copy, so nothing is signed until a restore is declared.",
    remedy:
      "Make sure that nobody can reach the old database any more, then run `cto restore` (docs/runbook.md). If this copy was put here by mistake, put the journal's own address back.",
  }),
  CTO_E_JOURNAL_AGE_UNKNOWN: entry<{ jobId: string; reason: string }>({
    kind: "final",
    message: ({ jobId, reason }) =>
      `Whether the journal is an old backup cannot be proved by the wallets of operation "${jobId}": ${reason}`,
    cause:
      "No worker has kept the journal up to date for more than ten minutes, and an endpoint cannot show what these wallets have signed since. The worker signs nothing, and checks again.",
    remedy:
      "Add an endpoint with full history to SOLANA_RPC_URL and restart the workers. If a backup was put back, or if no such endpoint exists, stop all workers and run `cto restore` (docs/runbook.md).",
  }),
  CTO_E_RESTORE_EMPTY: entry({
    kind: "final",
    message: () => "The journal has no wallet and no operation: no backup was put back",
    cause:
      "The backup was not put back yet, it was put back into another database, or it holds only the queue.",
    remedy:
      "Put the backup of the journal back into an empty database, check that DATABASE_URL or MONGODB_URI names it, and run `cto restore` again.",
  }),
  CTO_E_RESTORE_UNPROVED: entry<{ subject: string; reason: string }>({
    kind: "final",
    message: ({ subject, reason }) =>
      `Whether ${subject} was signed after the backup cannot be proved: ${reason}`,
    cause:
      "After a restore, a step is signed only when no transaction with its memo is in its wallet's history. The endpoints' records do not reach back to the backup, the history is too long, or too few endpoints answer.",
    remedy:
      "Add an endpoint with full history to SOLANA_RPC_URL and restart the workers; a step in review is then checked again within ten minutes. Or check the wallet on an explorer, and decide with `cto review`.",
  }),
  CTO_E_RESTORE_WAITS: entry<{ jobId: string; reason: string }>({
    kind: "transient",
    message: ({ jobId, reason }) =>
      `Whether operation "${jobId}" was begun after the backup cannot be proved: ${reason}`,
    cause:
      "The backup does not contain the operation's plan. After a restore, it is planned only when none of its memos is in the histories of its user's wallets, and the endpoints cannot prove that now.",
    remedy:
      "Add an endpoint with full history to SOLANA_RPC_URL and restart the workers; the operation is tried again until it is proved. Or cancel it, and check the wallets on an explorer.",
  }),
  CTO_E_RESTORE_UNDECLARED: entry<{ jobId: string }>({
    kind: "transient",
    message: ({ jobId }) =>
      `Operation "${jobId}" is marked as restored, but the journal has no declaration of a restore`,
    cause:
      "The backup is not of one moment: it was made while a restore was being declared. Or `cto restore` was interrupted. Nothing of this operation is signed, because nobody knows how far back its wallets' histories must be searched.",
    remedy:
      "Stop all workers, run `cto restore` (docs/runbook.md) and start them again; the operation then goes on by itself.",
  }),
  CTO_E_RESTORE_PLAN_LOST: entry<{ jobId: string; signature: string }>({
    kind: "final",
    message: ({ jobId, signature }) =>
      `Operation "${jobId}" was begun after the backup, and its plan is lost: ${signature} is on chain`,
    cause: "A new plan could differ from the plan that was carried out, and buy twice.",
    remedy:
      "Check the wallets on an explorer; the memos contain the operation's id. Enqueue a new operation for the missing part.",
  }),
  CTO_E_JOURNAL_TOO_WEAK: entry<{ setting: string; value: string; needed: string }>({
    kind: "final",
    message: ({ setting, value, needed }) =>
      `The database has ${setting} = ${value}; the journal needs ${needed}`,
    cause:
      "Without durable commits, a crash could lose the record of a signed transaction, and the wallet could buy twice.",
    remedy: "Change the setting that the message names.",
  }),
  CTO_E_JOURNAL_UNREADABLE: entry<{ table: string; problem: string }>({
    kind: "final",
    message: ({ table, problem }) => `A record of ${table} in the journal cannot be read: ${problem}`,
    cause: "The record was changed by hand, or written by an incompatible release.",
    remedy: "Restore it from a backup; nothing is signed for an operation whose record cannot be read.",
  }),
  CTO_E_EMBEDDED_POSTGRES_FAILED: entry<{ reason: string; logFile: string }>({
    kind: "final",
    message: ({ reason, logFile }) => `The embedded PostgreSQL failed: ${reason} (log: ${logFile})`,
    cause: "The bundled server could not be initialised, started or stopped on this machine.",
    remedy: "Read the log; or set DATABASE_URL to a PostgreSQL of your own.",
  }),
  CTO_E_QUEUE_UNAVAILABLE: entry<{ reason: string }>({
    kind: "transient",
    message: ({ reason }) => `The queue cannot be reached: ${reason}`,
    cause:
      "Redis or PostgreSQL is down. The operation, once accepted, is safe in the journal and will be queued again.",
    remedy: "Check REDIS_URL or DATABASE_URL.",
  }),
  CTO_E_QUEUE_FOREIGN: entry<{ mark: string }>({
    kind: "final",
    message: ({ mark }) => `The queue belongs to another journal, as ${mark} says`,
    cause:
      "Two installations use the same Redis prefix or the same PostgreSQL database for their queue. They would take each other's jobs and see each other's user ids.",
    remedy:
      "Give each installation a CTO_REDIS_PREFIX or a database of its own. If this journal replaces the other one for good, delete what the message names.",
  }),

  CTO_E_JOURNAL_FOREIGN_DATABASE: entry<{ database: string; collection: string }>({
    kind: "final",
    message: ({ database, collection }) =>
      `The database "${database}" holds documents in "${collection}" that are not of this system`,
    cause:
      "MONGODB_URI names a database that another program uses, such as an existing bot's. Nothing was written to it.",
    remedy:
      "Name a database of its own in the path of MONGODB_URI, such as …/cto, and take over users and wallets with `cto import mongo`.",
  }),

  // ------------------------------------------------------------ import
  CTO_E_IMPORT_MAPPING_INVALID: entry<{ problems: string[] }>({
    kind: "final",
    message: ({ problems }) => `The mapping is not valid: ${problems.join("; ")}`,
    cause: "The mapping file does not have the format that docs/wallets.md describes.",
    remedy: "Correct what the message names; `cto import mongo --print-mapping` prints the defaults.",
  }),
  CTO_E_IMPORT_SOURCE_UNAVAILABLE: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The database to import from cannot be read: ${reason}`,
    cause: "The database is down or unreachable, refuses the login, or the connection string is malformed.",
    remedy:
      "Check CTO_IMPORT_MONGODB_URI. Users and wallets that are already imported stay; run the import again.",
  }),
  CTO_E_IMPORT_USER_REFUSED: entry<{ user: string; reason: string }>({
    kind: "final",
    message: ({ user, reason }) => `The user "${user}" was not imported: ${reason}`,
    cause:
      "A user's document is invalid, or has the same id or reference as another one, so its wallets could be assigned to the wrong user.",
    remedy: "Correct the user's document in the source, or the mapping, and run the import again.",
  }),
  CTO_E_IMPORT_COLLECTION_EMPTY: entry<{ collection: string; others: readonly string[] }>({
    kind: "final",
    message: ({ collection, others }) =>
      `The database to import from has nothing in "${collection}"; it has: ${others.join(", ") || "no collections"}`,
    cause: "CTO_IMPORT_MONGODB_URI names another database, or the bot's collection has another name.",
    remedy: "Correct the database's name in the path, or the collection's in the mapping.",
  }),

  // ------------------------------------------------------------ receipts

  // ------------------------------------------------------------ command line
  CTO_E_USAGE: entry<{ problem: string }>({
    kind: "final",
    message: ({ problem }) => problem,
    cause: "The command is unknown, or an option or argument is invalid.",
    remedy: "Run the command with --help.",
  }),
  CTO_E_ERROR_CODE_UNKNOWN: entry<{ code: string }>({
    kind: "final",
    message: ({ code }) => `"${code}" is not an error code`,
    cause: "Codes look like CTO_E_AMOUNT_INVALID.",
    remedy: "`cto errors` lists all codes.",
  }),

  // ------------------------------------------------------------ localnet and desk
  CTO_E_LOCALNET_FAILED: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The localnet could not start: ${reason}`,
    cause:
      "A port is taken, a program file or snapshot cannot be read, or the saved chain is of the other kind of cluster.",
    remedy:
      "Choose another --port, or correct the file. For another --cluster, add --fresh or use another CTO_HOME.",
  }),

  CTO_E_LOCALNET_PROGRAMS_MISSING: entry<{ folder: string }>({
    kind: "final",
    message: ({ folder }) => `There is no folder of the venues' programs at ${folder}`,
    cause: "`cto programs fetch` has not run for this CTO_HOME, or it wrote to another folder.",
    remedy:
      "Set SOLANA_RPC_URL to an endpoint of mainnet and run `cto programs fetch`, or name the folder that holds them.",
  }),
  CTO_E_DESK_FAILED: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The desk failed: ${reason}`,
    cause: "The localnet's market maker could not list a token, or one of its own transactions did not land.",
    remedy: "Check that the localnet runs, and that the desk holds the tokens that it is to list.",
  }),

  CTO_E_CLUSTER_NOT_FOR_TESTS: entry<{ command: string; cluster: string }>({
    kind: "final",
    message: ({ command, cluster }) =>
      `${command} works on a localnet, devnet or testnet only; this is ${cluster}`,
    cause: "SOLANA_RPC_URL names a cluster whose SOL has value, or that is not known to be a test cluster.",
    remedy: "Unset SOLANA_RPC_URL to use the localnet, or send the SOL from a wallet of your own.",
  }),
  CTO_E_TOKEN_NEEDS_LOCALNET: entry<{ why: string }>({
    kind: "final",
    message: ({ why }) => `Test tokens are made on the localnet of this folder only: ${why}`,
    cause:
      "Only `cto start` and `cto localnet` run the desk that sells a test token. Another cluster has none, also if it is a private one.",
    remedy:
      "Run `cto start` or `cto localnet` in this folder, without SOLANA_RPC_URL. On another cluster, make the token with that cluster's own tools and pass its mint.",
  }),
  CTO_E_AIRDROP_REFUSED: entry<{
    address: string;
    lamports: bigint;
    reason: string;
    fault?: "tooMuch" | "tooLittle";
  }>({
    kind: "final",
    message: ({ address, lamports, reason }) => `The cluster gives ${address} no ${sol(lamports)}: ${reason}`,
    cause:
      "The cluster's faucet refused the address or the amount, or its transfer failed on chain. A new account needs the rent-exempt minimum.",
    remedy: "Give the address of a wallet. Request less, or at least the rent-exempt minimum.",
    remedyFor: ({ fault }) => {
      if (fault === "tooMuch") return "Request less: the cluster's faucet does not hold that much.";
      if (fault === "tooLittle")
        return "Request more, for example 0.01 SOL: a new account needs at least the rent-exempt minimum.";
      return "Give the address of a wallet, and try another amount.";
    },
  }),

  // ------------------------------------------------------------ the HTTP server
  CTO_E_REQUEST_INVALID: entry<{ problems: string[] }>({
    kind: "final",
    message: ({ problems }) => `The request is not valid: ${problems.join("; ")}`,
    cause: "The path, query, headers or body do not match the API's document.",
    remedy: "Correct what the message names; /openapi.json describes every request.",
  }),
  CTO_E_REQUEST_TOO_LARGE: entry<{ limitBytes: number }>({
    kind: "final",
    message: ({ limitBytes }) => `The request's body is larger than ${limitBytes} bytes`,
    cause: "Bodies are bounded, so that no caller can fill the server's memory.",
    remedy: "Send smaller requests; split a batch.",
  }),
  CTO_E_MEDIA_TYPE_UNSUPPORTED: entry<{ mediaType: string }>({
    kind: "final",
    message: ({ mediaType }) => `Bodies of type "${mediaType}" are not accepted`,
    cause: "The API reads JSON.",
    remedy: "Send JSON, with `Content-Type: application/json`.",
  }),
  CTO_E_ROUTE_UNKNOWN: entry<{ method: string; path: string }>({
    kind: "final",
    message: ({ method, path }) => `There is no ${method} ${path}`,
    cause: "The path is misspelt.",
    remedy: "See /docs for all routes.",
  }),
  CTO_E_METHOD_NOT_ALLOWED: entry<{ method: string; path: string; allowed: string[] }>({
    kind: "final",
    message: ({ method, path, allowed }) => `${path} takes ${allowed.join(", ")}, not ${method}`,
    cause: "The path does not take this method.",
    remedy: "Use one of the methods in the answer's Allow header; see /docs for all routes.",
  }),
  CTO_E_UNAUTHENTICATED: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The caller is not authenticated: ${reason}`,
    cause: "The API key is missing, misspelt, unknown or revoked, or the session has ended.",
    remedy: "Send `Authorization: Bearer <key>` with a key of `cto api-keys create`, or log in again.",
  }),
  CTO_E_FORBIDDEN: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The API key may not do this: ${reason}`,
    cause: "The key lacks the scope, or is bound to another user.",
    remedy:
      "Use a key that has the scope and covers the user; `cto api-keys list` shows the rights of each key.",
  }),
  CTO_E_RATE_LIMITED: entry<{ seconds: number }>({
    kind: "final",
    message: ({ seconds }) => `Too many requests; the next one is answered in ${seconds} s`,
    cause: "Each API key, and each address without a key, may send a limited number of requests per minute.",
    remedy: "Wait as long as Retry-After says, or raise CTO_HTTP_REQUESTS_PER_MINUTE.",
  }),
  CTO_E_ESTIMATES_LIMITED: entry<{ seconds: number }>({
    kind: "final",
    message: ({ seconds }) =>
      `This user's estimates have used their part of Jupiter's rate limit, or all estimates have; the next one is made in ${seconds} s`,
    cause:
      "Estimates may use a quarter of JUPITER_REQUESTS_PER_SECOND, so that they hold up no purchase. One user may use half of it, and an equal part when more than two ask.",
    remedy:
      "Wait as long as the message says, or take a larger Jupiter plan and raise JUPITER_REQUESTS_PER_SECOND.",
  }),
  CTO_E_TOO_MANY_CONNECTIONS: entry<{ who: string; limit: number }>({
    kind: "final",
    message: ({ who, limit }) => `The most live connections for ${who} are open: ${limit}`,
    cause:
      "One server keeps a bounded number of event streams and Socket.IO connections for each API key, and of connections without a key for each network and for all visitors together.",
    remedy:
      "Close pages and connections that you no longer need, follow several operations over one Socket.IO connection, or try again later.",
  }),
  CTO_E_API_KEY_INVALID: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The API key is not valid: ${reason}`,
    cause: "A key has a name and at least one scope; keys with the scope admin are bound to no user.",
    remedy: "Correct what the message names.",
  }),
  CTO_E_API_KEY_LAST_ADMIN: entry<{ keyId: string }>({
    kind: "final",
    message: ({ keyId }) => `The key ${keyId} is the last one with the scope admin: no key can revoke it`,
    cause:
      "Without this key, nobody could create keys over HTTP any more. A key that was replaced counts as one with its successor, because it ends with the overlap.",
    remedy:
      "Create another key with the scope admin first, or revoke this one on the command line: `cto api-keys revoke`.",
  }),
  CTO_E_API_KEY_UNKNOWN: entry<{ keyId: string }>({
    kind: "final",
    message: ({ keyId }) => `There is no API key with the id "${keyId}"`,
    cause: "The id does not exist here; it may belong to another installation.",
    remedy: "`cto api-keys list` shows the ids; the id is the middle part of a key.",
  }),
  CTO_E_CHAT_MOVED: entry({
    kind: "final",
    message: () => "The chat is not linked any more to the user that this was begun for",
    cause: "The chat was unlinked, or linked to another user, in the middle of a conversation.",
    remedy: "Send /cto again.",
  }),
  CTO_E_TELEGRAM_TOKEN_MISSING: entry({
    kind: "final",
    message: () => "TELEGRAM_BOT_TOKEN is not set, so there is no bot to run",
    cause: "A Telegram bot needs the token that Telegram gave its owner.",
    remedy:
      "Create a bot with @BotFather (https://t.me/BotFather), which shows its token. Then run `TELEGRAM_BOT_TOKEN=<token> cto telegram run`.",
  }),
  CTO_E_CHAT_UNKNOWN: entry<{ chatId: string }>({
    kind: "final",
    message: ({ chatId }) => `The chat "${chatId}" is not linked to a user`,
    cause: "The chat was never linked, or it was unlinked before.",
    remedy: "`cto telegram chats` shows those that are.",
  }),
  CTO_E_WEBHOOK_INVALID: entry<{ reason: string; fault: WebhookFault }>({
    kind: "final",
    message: ({ reason }) => `The webhook is not valid: ${reason}`,
    cause: "A webhook needs a user, an https URL at a public address, and existing event types.",
    remedy: `Correct what the message names. ${ALLOW_PRIVATE}`,
    remedyFor: ({ fault }) => WEBHOOK_REMEDIES[fault],
  }),
  CTO_E_WEBHOOK_UNKNOWN: entry<{ webhookId: string }>({
    kind: "final",
    message: ({ webhookId }) => `There is no webhook "${webhookId}"`,
    cause: "The id was never given out, or the webhook was removed.",
    remedy: "`cto webhooks list` shows the ids.",
  }),
  CTO_E_DELIVERY_UNKNOWN: entry<{ deliveryId: string }>({
    kind: "final",
    message: ({ deliveryId }) => `There is no delivery "${deliveryId}"`,
    cause: "The id does not exist here: it belongs to another installation, or `cto prune` has removed it.",
    remedy: "`cto webhooks deliveries <webhook>` shows the ids; receivers see them as webhook-id.",
  }),
  CTO_E_SERVER_FAILED: entry<{ reason: string }>({
    kind: "final",
    message: ({ reason }) => `The HTTP server could not start: ${reason}`,
    cause: "The port is in use, or the address does not belong to this machine.",
    remedy:
      "If `cto start` or `cto serve` already runs here, use that one. Otherwise choose another CTO_HTTP_PORT (0 for any that is free) or CTO_HTTP_HOST.",
  }),
  CTO_E_SERVER_PUBLIC_WITHOUT_KEYS: entry<{ host: string }>({
    kind: "final",
    message: ({ host }) => `CTO_HTTP_HOST is ${host}, which others can reach, and there is no API key`,
    cause: "A server that other machines can reach needs API keys, and none exists.",
    remedy: "Create a key with `cto api-keys create` first, or bind to 127.0.0.1.",
  }),

  // ------------------------------------------------------------ bugs
  CTO_E_INTERNAL: entry<{ reason: string }>({
    kind: "transient",
    message: ({ reason }) => `Internal error: ${reason}`,
    cause: "The code reached a state that should be impossible.",
    remedy: "This is a bug: please report it with the operation's id.",
  }),
} as const;

export type ErrorCode = keyof typeof REGISTRY;
export type ErrorContext<Code extends ErrorCode> = Parameters<(typeof REGISTRY)[Code]["message"]>[0];
