/**
 * Defines what a member signs with `signMessage`: a pledge to a call, the withdrawal of one, or the request for the member's own
 * transaction. It states an intent. It is no transaction, so it can spend nothing. Each statement has exactly one text, which every wallet shows.
 */
import { z } from "zod";
import { formatSol } from "../base/sol.ts";
import { CALL_ID, TERMS_HASH } from "../engine/calls/call-memo.ts";
import { addressSchema, lamportsSchema, secondSchema } from "./terms.ts";

const common = {
  callId: z
    .string()
    .regex(CALL_ID, "must be the id of a call")
    .meta({ description: "The call's id, as in the path" }),
  termsHash: z
    .string()
    .regex(TERMS_HASH, "must be the hash of a call's terms")
    .meta({ description: "The call's `termsHash`" }),
  wallet: addressSchema.meta({ description: "The wallet that signs the text" }),
  expiresAt: secondSchema.meta({
    description:
      "Until when it counts: UTC in whole seconds, at most the call's `closesAt`; of a request 15 minutes from now at most",
  }),
  /** Distinguishes the statements of one wallet; each counts once. */
  nonce: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16,64}$/, "must be 16 to 64 letters, digits, - or _")
    .meta({ description: "A new one for each statement of the wallet: 16 to 64 letters, digits, - or _" }),
};

const kindOf = <Kind extends string>(kind: Kind) =>
  z.literal(kind).meta({ description: "What the wallet states" });

export const statementSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: kindOf("pledge"),
    ...common,
    lamports: lamportsSchema.meta({
      description: "What the wallet will spend, within `perWallet` of the terms: lamports as decimal text",
    }),
  }),
  z.strictObject({ kind: kindOf("withdrawal"), ...common }),
]);

export type Statement = z.output<typeof statementSchema>;

/** Proves who asks for a transaction that is handed out once. It is no statement that counts, and no such one proves it. */
export const requestSchema = z.strictObject({ kind: kindOf("request"), ...common });

/** How long a request may be valid, ms: whoever has seen an old one gets nothing for it. */
export const REQUEST_AT_MOST_MS = 15 * 60_000;

/** Everything that has a text. */
export const signableSchema = z.discriminatedUnion("kind", [...statementSchema.options, requestSchema]);

export type Signable = z.output<typeof signableSchema>;

const PURPOSE = {
  pledge: "I intend to join this call with my own wallet.",
  withdrawal: "I withdraw my pledge to this call.",
  request: "I ask for my transaction of this call, which is handed out once.",
} as const;

/**
 * Returns the text to sign: printable ASCII and line feeds, so that every wallet can show it.
 *
 * @example
 * wallet.signMessage(new TextEncoder().encode(textOfStatement(pledge)));
 */
export function textOfStatement(statement: Signable): string {
  const { kind, callId, termsHash, wallet, expiresAt, nonce } = statement;
  return [
    PURPOSE[kind],
    "This message is no transaction. It moves no money, and gives nobody the right to move any.",
    "",
    `Call: ${callId}`,
    `Terms (SHA-256): ${termsHash}`,
    `Wallet: ${wallet}`,
    ...(statement.kind === "pledge"
      ? [`Amount: ${formatSol(BigInt(statement.lamports))} SOL (${statement.lamports} lamports)`]
      : []),
    `Valid until: ${expiresAt}`,
    `Nonce: ${nonce}`,
  ].join("\n");
}
