/**
 * The typed client of the HTTP API, for browsers and Node. It uses the types of the server's own schemas. Amounts are
 * decimal text (lamports, token base units), times are ISO 8601.
 */
import type { Receipt } from "../receipts/types.ts";
import type { EstimateView } from "../server/schemas/estimate.ts";
import type { KeyInfo } from "../server/schemas/keys.ts";
import type { HaltView, LimitSetView, LimitsAnswer } from "../server/schemas/limits.ts";
import type {
  BatchItem,
  BatchResult,
  CancelAnswer,
  EventView,
  LegView,
  ListedOperation,
  ListFilter,
  OperationDetail,
  OperationRequestBody,
  OperationView,
  StepView,
} from "../server/schemas/operations.ts";
import type { QueueView } from "../server/schemas/queue.ts";
import type { RecoveryPreviewView, RecoveryView } from "../server/schemas/recovery.ts";
import type { BoughtTokens, TokenMarket, TokenPlatform, TokenView } from "../server/schemas/tokens.ts";
import type { GenerateWallets, ImportWallet, UserView, WalletView } from "../server/schemas/wallets.ts";
import { type Ask, type ClientOptions, createSend, type Query, readAnswer, type Send } from "./http.ts";
import { type WatchOptions, watch } from "./watch.ts";
import { chatsOf, webhooksOf } from "./webhooks.ts";

export { type ClientOptions, CTOClientError } from "./http.ts";
export type { WatchOptions } from "./watch.ts";
export type {
  EventView,
  LegView,
  ListedOperation,
  ListFilter,
  OperationDetail,
  OperationRequestBody,
  OperationView,
  StepView,
};

export type Created = {
  readonly operation: OperationDetail;
  /** True if the same idempotency key and data were accepted before. `operation` is then the earlier operation. */
  readonly replayed: boolean;
};

const at = (id: string): string => encodeURIComponent(id);

/** We do not use `randomUUID`, because browsers do not offer it to pages loaded over plain HTTP. */
const randomKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const asking =
  (send: Send): Ask =>
  async <Answer>(method: string, path: string, options = {}) =>
    readAnswer<Answer>(await send(method, path, options));

const operationsOf = (send: Send, ask: Ask) => ({
  /**
   * Requests one operation.
   *
   * @param idempotencyKey every request with the same key and data returns the first operation. Default: a random key,
   * so that a proxy may repeat the request. Pass your own key if you repeat the request yourself
   */
  async create(
    operation: OperationRequestBody,
    { idempotencyKey = randomKey() }: { idempotencyKey?: string } = {},
  ): Promise<Created> {
    const headers = { "idempotency-key": idempotencyKey };
    const answer = await send("POST", "/v1/operations", { body: operation, headers });
    return {
      operation: await readAnswer<OperationDetail>(answer),
      replayed: answer.headers.get("idempotency-replayed") === "true",
    };
  },
  /**
   * Requests up to 100 operations. Each is accepted or refused separately; the results are in the order of the items.
   */
  createBatch: async (operations: readonly BatchItem[]): Promise<BatchResult[]> =>
    (await ask<{ results: BatchResult[] }>("POST", "/v1/operations/batch", { body: { operations } })).results,
  /** Returns what the operation would buy and cost now. */
  estimate: (operation: OperationRequestBody) =>
    ask<EstimateView>("POST", "/v1/operations/estimate", { body: operation }),
  /** Returns one page, newest first. Pass `nextCursor` to get the next page. */
  list: (filter: ListFilter = {}) =>
    ask<{ operations: ListedOperation[]; nextCursor: string | null }>("GET", "/v1/operations", {
      query: filter as Query,
    }),
  get: (id: string) => ask<OperationDetail>("GET", `/v1/operations/${at(id)}`),
  legs: async (id: string) => (await ask<{ legs: LegView[] }>("GET", `/v1/operations/${at(id)}/legs`)).legs,
  steps: async (id: string) =>
    (await ask<{ steps: StepView[] }>("GET", `/v1/operations/${at(id)}/steps`)).steps,
  /** Returns what `recover` would return now, leg by leg. */
  previewRecovery: (id: string, { waitSeconds }: { waitSeconds?: number } = {}) =>
    ask<RecoveryPreviewView>("GET", `/v1/operations/${at(id)}/recover`, {
      query: waitSeconds === undefined ? {} : { waitSeconds },
    }),
  /** Returns the operation's unspent funds from its buyers to the funding wallet. */
  recover: (id: string, { waitSeconds }: { waitSeconds?: number } = {}) =>
    ask<RecoveryView>("POST", `/v1/operations/${at(id)}/recover`, {
      body: waitSeconds === undefined ? {} : { waitSeconds },
    }),
  /** Creates a new operation for the legs that provably bought nothing. This is possible once per operation. */
  retry: (id: string) => ask<OperationDetail>("POST", `/v1/operations/${at(id)}/retry`),
  cancel: (id: string) => ask<CancelAnswer>("POST", `/v1/operations/${at(id)}/cancel`),
  /**
   * Yields the operation's events until it has ended, each once and in order. It reconnects after every interruption.
   */
  watch: (id: string, options?: WatchOptions): AsyncGenerator<EventView, void, undefined> =>
    watch(send, id, options),
  /** Waits until the operation has ended or needs a person. */
  async waitFor(id: string, { signal }: Pick<WatchOptions, "signal"> = {}): Promise<OperationDetail> {
    for await (const _event of watch(send, id, signal === undefined ? {} : { signal }));
    return ask<OperationDetail>("GET", `/v1/operations/${at(id)}`);
  },
  /** Public: needs no key. */
  receipt: (id: string) => ask<Receipt>("GET", `/r/${at(id)}.json`),
});

const walletsOf = (ask: Ask) => ({
  list: async (userId: string, query: { balances?: boolean; token?: string } = {}) =>
    (await ask<{ wallets: WalletView[] }>("GET", `/v1/users/${at(userId)}/wallets`, { query })).wallets,
  generate: async (userId: string, body: GenerateWallets) =>
    (await ask<{ wallets: WalletView[] }>("POST", `/v1/users/${at(userId)}/wallets`, { body })).wallets,
  /** Sends the key to the server, which seals it and never returns it. */
  import: (userId: string, body: ImportWallet) =>
    ask<WalletView>("POST", `/v1/users/${at(userId)}/wallets/import`, { body }),
  disable: (id: string) => ask<WalletView>("POST", `/v1/wallets/${at(id)}/disable`),
  enable: (id: string) => ask<WalletView>("POST", `/v1/wallets/${at(id)}/enable`),
});

const administrationOf = (ask: Ask) => ({
  users: {
    list: async () => (await ask<{ users: UserView[] }>("GET", "/v1/users")).users,
    get: (id: string) => ask<UserView>("GET", `/v1/users/${at(id)}`),
    /** The tokens of the user's newest operations. */
    tokens: async (id: string) => (await ask<BoughtTokens>("GET", `/v1/users/${at(id)}/tokens`)).tokens,
    add: (body: { id: string; name?: string }) => ask<UserView>("POST", "/v1/users", { body }),
  },
  /** Without a user id: the limits for everyone. */
  limits: {
    get: (userId?: string) => ask<LimitsAnswer>("GET", limitsPath(userId)),
    set: (limits: LimitSetView, userId?: string) =>
      ask<LimitsAnswer>("PUT", limitsPath(userId), { body: limits }),
  },
  /** Stops all new signatures, or allows them again. */
  halt: {
    get: () => ask<HaltView | null>("GET", "/v1/halt"),
    set: (reason: string) => ask<HaltView>("POST", "/v1/halt", { body: { reason } }),
    lift: () => ask<null>("DELETE", "/v1/halt"),
  },
  keys: {
    list: async () => (await ask<{ keys: KeyInfo[] }>("GET", "/v1/api-keys")).keys,
    create: (body: { name: string; scopes: KeyInfo["scopes"]; userId?: string }) =>
      ask<{ key: KeyInfo; secret: string }>("POST", "/v1/api-keys", { body }),
    revoke: (id: string) => ask<null>("DELETE", `/v1/api-keys/${at(id)}`),
  },
  queue: () => ask<QueueView>("GET", "/v1/queue"),
});

const limitsPath = (userId: string | undefined): string =>
  userId === undefined ? "/v1/limits" : `/v1/users/${at(userId)}/limits`;

export type CTOClient = ReturnType<typeof createClient>;

/**
 * Creates a client. It opens no connection before its first use.
 *
 * @throws in each call: {@link CTOClientError} with the server's code and remedy
 * @example
 * const cto = createClient({ url: "http://127.0.0.1:3000", key: "cto_…" });
 * const { operation } = await cto.operations.create({
 *   userId: "user123", userChatId: 12345, tokenAddress: mint, buyAmount: 1.5, mode: "standard", platform: "auto",
 * });
 * for await (const event of cto.operations.watch(operation.id)) console.log(event.seq, event.type, event.progress);
 */
export function createClient(options: ClientOptions) {
  const send = createSend(options);
  const ask = asking(send);
  return {
    operations: operationsOf(send, ask),
    wallets: walletsOf(ask),
    webhooks: webhooksOf(ask),
    chats: chatsOf(ask),
    tokens: {
      get: (mint: string) => ask<TokenView>("GET", `/v1/tokens/${at(mint)}`),
      platform: (mint: string) => ask<TokenPlatform>("GET", `/v1/tokens/${at(mint)}/platform`),
      /** @param lamports decimal text. Default: the lamports of one SOL */
      market: (mint: string, lamports?: string) =>
        ask<TokenMarket>("GET", `/v1/tokens/${at(mint)}/market`, { query: { lamports } }),
    },
    ...administrationOf(ask),
  };
}
