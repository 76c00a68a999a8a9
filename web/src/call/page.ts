/** Reads what the server has written into the page: which call it is, the token's decimals, and the server's time. */
import type { TokenFacts } from "../../../src/server/calls/shown-call.ts";

const main = document.getElementById("call");
const { call = "", decimals = "", now = "" } = main?.dataset ?? {};

export const callId = call;

export const token: TokenFacts = decimals === "" ? {} : { decimals: Number(decimals) };

const written = Date.parse(now);
/** How far this device's clock is behind the server's, ms. The deadlines are the server's. */
const behind = Number.isNaN(written) ? 0 : written - Date.now();

export const serverNow = (): number => Date.now() + behind;
