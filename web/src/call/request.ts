/**
 * Makes the request for the transaction of a wallet that only sends. A pledge is no such proof: it is older, and others may have
 * seen it.
 */
import type { ShownCall } from "../../../src/server/calls/shown-call.ts";
import { newNonce } from "./nonce.ts";

/** How long a request is valid, ms. The server takes one of fifteen minutes at most. */
const REQUEST_MS = 10 * 60_000;

/** After so long, ms, a request that is shown and not signed is replaced. */
export const RENEW_MS = REQUEST_MS / 2;

/** A round takes this long at most, ms: a request must outlive the one that it was signed in. */
const LEAST_LEFT_MS = 60_000;

type Asked = Pick<ShownCall, "callId" | "termsHash">;

/** It may outlive the call's deadline: nothing is handed out then, and a request that is made shortly before it must be good, too. */
export const requestOf = ({ callId, termsHash }: Asked, wallet: string, now: number) => ({
  kind: "request",
  callId,
  termsHash,
  wallet,
  expiresAt: `${new Date(now + REQUEST_MS).toISOString().slice(0, 19)}Z`,
  nonce: newNonce(),
});

/** Whether a request that expires then can still be used. */
export const isGood = (expiresAt: string | undefined, now: number): boolean =>
  Date.parse(expiresAt ?? "") - now > LEAST_LEFT_MS;
