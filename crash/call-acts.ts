/** Carries out one act of a call's caller or of a member, as the server does for their page. */
import type { Signature } from "@solana/kit";
import type { Address } from "../src/engine/ports.ts";
import type { ChainPorts } from "../src/runtime/chain-ports.ts";
import type { CallContext } from "../src/services/calls/context.ts";
import { confirmAnnouncement, createCall } from "../src/services/calls/create-call.ts";
import { join } from "../src/services/calls/join.ts";
import { acceptSigned, handOutTo } from "../src/services/calls/sign.ts";

export type CallAct =
  | { readonly name: "create"; readonly terms: unknown }
  | { readonly name: "confirm"; readonly callId: string; readonly signature: Signature }
  | { readonly name: "pledge"; readonly callId: string; readonly body: unknown }
  | { readonly name: "hand-out"; readonly callId: string; readonly wallet: Address; readonly proof: unknown }
  | {
      readonly name: "return";
      readonly callId: string;
      readonly wallet: Address;
      readonly transaction: string;
    };

/** @returns the transaction of a hand-out, the signature of a return, or nothing */
export async function actOnCall(context: CallContext, ports: ChainPorts, act: CallAct): Promise<string> {
  switch (act.name) {
    case "create":
      await createCall(context, ports, act.terms);
      return "";
    case "confirm":
      await confirmAnnouncement(context, ports, act.callId, act.signature);
      return "";
    case "pledge":
      await join(context, act.callId, act.body);
      return "";
    case "hand-out":
      return (await handOutTo(context, ports, act.callId, act)).transaction;
    case "return":
      return acceptSigned(context, ports, act.callId, act.wallet, act.transaction);
  }
}
