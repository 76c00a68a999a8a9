/**
 * Defines the name of each route for generated clients. A client's function has this name, so a name never changes.
 */
export const OPERATION_IDS: Readonly<Record<string, string>> = {
  "GET /healthz": "getHealth",
  "GET /readyz": "getReadiness",
  "GET /r/:id.json": "getReceipt",
  "POST /v1/session": "logIn",
  "DELETE /v1/session": "logOut",
  "GET /v1/me": "getMe",
  "POST /v1/operations": "createOperation",
  "GET /v1/operations": "listOperations",
  "POST /v1/operations/estimate": "estimateOperation",
  "POST /v1/operations/batch": "createOperations",
  "GET /v1/operations/:id": "getOperation",
  "GET /v1/operations/:id/legs": "listLegs",
  "GET /v1/operations/:id/steps": "listSteps",
  "GET /v1/operations/:id/events": "listEvents",
  "POST /v1/operations/:id/cancel": "cancelOperation",
  "POST /v1/operations/:id/retry": "retryOperation",
  "GET /v1/operations/:id/review": "getReview",
  "POST /v1/operations/:id/review": "resolveStep",
  "GET /v1/operations/:id/recover": "previewRecovery",
  "POST /v1/operations/:id/recover": "recoverOperation",
  "GET /v1/tokens/:mint": "getToken",
  "GET /v1/tokens/:mint/platform": "detectPlatform",
  "GET /v1/tokens/:mint/market": "getMarket",
  "GET /v1/users": "listUsers",
  "POST /v1/users": "addUser",
  "GET /v1/users/:id": "getUser",
  "GET /v1/users/:id/tokens": "listTokens",
  "GET /v1/users/:id/wallets": "listWallets",
  "POST /v1/users/:id/wallets": "generateWallets",
  "POST /v1/users/:id/wallets/import": "importWallet",
  "POST /v1/wallets/:id/disable": "disableWallet",
  "POST /v1/wallets/:id/enable": "enableWallet",
  "GET /v1/limits": "getLimits",
  "PUT /v1/limits": "setLimits",
  "GET /v1/users/:id/limits": "getUserLimits",
  "PUT /v1/users/:id/limits": "setUserLimits",
  "GET /v1/halt": "getHalt",
  "POST /v1/halt": "halt",
  "DELETE /v1/halt": "resume",
  "GET /v1/api-keys": "listApiKeys",
  "POST /v1/api-keys": "createApiKey",
  "DELETE /v1/api-keys/:id": "revokeApiKey",
  "POST /v1/api-keys/:id/roll": "rollApiKey",
  "GET /v1/users/:id/webhooks": "listWebhooks",
  "POST /v1/users/:id/webhooks": "addWebhook",
  "PATCH /v1/webhooks/:id": "changeWebhook",
  "DELETE /v1/webhooks/:id": "removeWebhook",
  "POST /v1/webhooks/:id/rotate": "rotateWebhookSecret",
  "POST /v1/webhooks/:id/test": "testWebhook",
  "GET /v1/webhooks/:id/deliveries": "listDeliveries",
  "POST /v1/deliveries/:id/redeliver": "redeliver",
  "GET /v1/users/:id/balance-alert": "getBalanceAlert",
  "PUT /v1/users/:id/balance-alert": "setBalanceAlert",
  "GET /v1/users/:id/chats": "listChats",
  "POST /v1/users/:id/chats": "createChatCode",
  "DELETE /v1/users/:id/chats/:chat": "unlinkChat",
  "GET /v1/queue": "getQueue",
  "GET /v1/overview": "getOverview",
  "GET /v1/audit": "listAudit",
  "GET /v1/users/:id/sweep": "previewSweep",
  "POST /v1/users/:id/sweep": "sweepWallets",
  "GET /v1/calls": "listCalls",
  "POST /v1/calls": "createCall",
  "GET /v1/calls/:id": "getCall",
  "POST /v1/calls/:id/announcement": "confirmCall",
  "POST /v1/calls/:id/statement": "getCallStatement",
  "GET /v1/calls/:id/start": "getCallStart",
  "POST /v1/calls/:id/start": "startCall",
  "POST /v1/calls/:id/memo": "getCallMemo",
  "GET /c/:id.json": "getCallReceipt",
  "GET /v1/disclosures": "listDisclosures",
  "POST /v1/calls/:id/pledges": "pledgeToCall",
  "POST /v1/calls/:id/members/:wallet/transaction": "getMemberTransaction",
  "POST /v1/calls/:id/members/:wallet/signed": "returnMemberTransaction",
  "GET /actions.json": "getActionRules",
  "GET /v1/calls/:id/action": "getCallAction",
  "POST /v1/calls/:id/action/pledge": "getPledgeAction",
  "POST /v1/calls/:id/action/pledged": "returnPledgeAction",
  "POST /v1/calls/:id/action/ask": "getAskAction",
  "POST /v1/calls/:id/action/asked": "returnAskAction",
  "POST /v1/calls/:id/action/buy": "getBuyAction",
  "POST /v1/localnet/airdrop": "airdrop",
  "POST /v1/localnet/tokens": "createTestToken",
};

/**
 * Returns a route's name. A route that is not listed gets a name from its path.
 *
 * @example
 * operationIdOf("GET", "/v1/things/:id/parts"); // "getThingsIdParts"
 */
export function operationIdOf(method: string, url: string): string {
  const known = OPERATION_IDS[`${method} ${url}`];
  if (known !== undefined) return known;
  const words = url
    .replace(/^\/v1\//, "")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
  const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
  return [method.toLowerCase(), ...words.map(capital)].join("");
}
