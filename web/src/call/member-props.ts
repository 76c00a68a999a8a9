/** Defines what the parts of a member's muster are rendered from. */
import type { ShownCall, ShownMember, ShownMuster } from "../../../src/server/calls/shown-call.ts";
import type { Connected } from "./account.ts";

export type MemberProps = {
  readonly call: ShownCall;
  readonly muster: ShownMuster;
  readonly member: ShownMember;
  readonly connected: Connected;
};

export const transactionPath = ({ call, member }: Pick<MemberProps, "call" | "member">): string =>
  `/v1/calls/${call.callId}/members/${member.wallet}/transaction`;
