/**
 * Defines the routes of open calls. Members need no account: what counts is what their wallets sign. Only creating a
 * call needs a key.
 */
import { address, signature } from "@solana/kit";
import { formatMemo } from "../../engine/transaction/memo-text.ts";
import {
  composeAnnouncement,
  confirmAnnouncement,
  createCall,
  sendAnnouncement,
} from "../../services/calls/create-call.ts";
import { checkedText, join } from "../../services/calls/join.ts";
import { acceptSigned, handOutTo } from "../../services/calls/sign.ts";
import { composeStart, startMuster } from "../../services/calls/start.ts";
import { callView, listCalls, readCall } from "../../services/calls/view.ts";
import { presentCall } from "../present-call.ts";
import {
  announcedSchema,
  announcementSchema,
  callIdSchema,
  callListSchema,
  callMemberSchema,
  callSchema,
  createdCallSchema,
  pledgeBodySchema,
  proofBodySchema,
  signedBodySchema,
  signedSchema,
  startBodySchema,
  statementTextSchema,
  termsBodySchema,
  textBodySchema,
  toSignSchema,
  toStartSchema,
} from "../schemas/calls.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["calls"];
const PUBLIC = { access: "public" } as const;
/** Anyone may ask, so nobody may take all that this server may ask of the chain, or read of all calls. */
const PUBLIC_OF_CHAIN = { access: "public", readsChain: true } as const;

export const callRoutes: Routes = (app, { context, chainPorts }) => {
  app.get(
    "/calls",
    {
      config: PUBLIC_OF_CHAIN,
      schema: { tags: TAGS, summary: "All calls, the newest first", response: { 200: callListSchema } },
    },
    async () => ({
      calls: (await listCalls(context)).map(({ call: { terms, termsHash }, status, createdAt }) => ({
        callId: terms.callId,
        status,
        terms,
        termsHash,
        createdAt: createdAt.toISOString(),
      })),
    }),
  );
  app.post(
    "/calls",
    {
      config: { access: { scope: "operate", owner: "global" } },
      schema: {
        tags: TAGS,
        summary: "Create a call; it opens once the caller's wallet has published its hash",
        body: termsBodySchema,
        response: { 201: createdCallSchema },
      },
    },
    async ({ body }, reply) => {
      const { record, announcement } = await createCall(context, await chainPorts(), body);
      return reply.code(201).send({ call: presentCall(callView(record, [])), announcement });
    },
  );
  app.get(
    "/calls/:id",
    {
      config: PUBLIC,
      schema: {
        tags: TAGS,
        summary: "A call, and its receipt once it is over",
        params: callIdSchema,
        response: { 200: callSchema },
      },
    },
    async ({ params: { id } }) => presentCall(await readCall(context, id)),
  );
  app.post(
    "/calls/:id/memo",
    {
      config: PUBLIC_OF_CHAIN,
      schema: {
        tags: TAGS,
        summary: "The unsigned transaction that publishes the terms' hash, with a fresh blockhash",
        params: callIdSchema,
        response: { 200: announcementSchema },
      },
    },
    async ({ params: { id } }) => composeAnnouncement(context, await chainPorts(), id),
  );
  app.post(
    "/calls/:id/announcement",
    {
      config: PUBLIC_OF_CHAIN,
      schema: {
        tags: TAGS,
        summary: "Name the final transaction that publishes the terms' hash, or return it signed",
        params: callIdSchema,
        body: announcedSchema,
        response: { 200: callSchema },
      },
    },
    async ({ params: { id }, body }) => {
      const ports = await chainPorts();
      const wasSent = "transaction" in body;
      const named = wasSent
        ? await sendAnnouncement(context, ports, id, body.transaction)
        : signature(body.signature);
      await confirmAnnouncement(context, ports, id, named, { wasSent });
      return presentCall(await readCall(context, id));
    },
  );
  app.get(
    "/calls/:id/start",
    {
      config: PUBLIC,
      schema: {
        tags: TAGS,
        summary: "What the caller's wallet signs to start the muster; nothing is stored",
        params: callIdSchema,
        response: { 200: toStartSchema },
      },
    },
    async ({ params: { id } }) => composeStart(context, id),
  );
  app.post(
    "/calls/:id/start",
    {
      config: PUBLIC,
      schema: {
        tags: TAGS,
        summary: "Start the muster, as the caller, while covered pledges reach the least",
        params: callIdSchema,
        body: startBodySchema,
        response: { 200: callSchema },
      },
    },
    async ({ params: { id }, body }) => {
      await startMuster(context, id, body);
      return presentCall(await readCall(context, id));
    },
  );
  app.post(
    "/calls/:id/statement",
    {
      config: PUBLIC,
      schema: {
        tags: TAGS,
        summary: "The text of a pledge or a withdrawal, for a wallet to sign; nothing is stored",
        params: callIdSchema,
        body: textBodySchema,
        response: { 200: statementTextSchema },
      },
    },
    async ({ params: { id }, body }) => ({ text: await checkedText(context, id, body.statement) }),
  );
  app.post(
    "/calls/:id/pledges",
    {
      config: PUBLIC,
      schema: {
        tags: TAGS,
        summary: "Pledge, or withdraw a pledge; it spends nothing",
        params: callIdSchema,
        body: pledgeBodySchema,
        response: { 201: callSchema },
      },
    },
    async ({ params: { id }, body }, reply) => {
      await join(context, id, body);
      return reply.code(201).send(presentCall(await readCall(context, id)));
    },
  );
  app.post(
    "/calls/:id/members/:wallet/transaction",
    {
      config: PUBLIC_OF_CHAIN,
      schema: {
        tags: TAGS,
        summary: "A member's transaction of the present round; a wallet that only sends proves who it is",
        params: callMemberSchema,
        body: proofBodySchema,
        response: { 200: toSignSchema },
      },
    },
    async ({ params: { id, wallet }, body }) => {
      const { handed, transaction, closesAt, height } = await handOutTo(context, await chainPorts(), id, {
        wallet: address(wallet),
        proof: body,
      });
      const { leg, legs, messageVersion, venue, leastTokens, mayLeave, ownRents } = handed;
      return {
        transaction,
        version: messageVersion === 1 ? (1 as const) : (0 as const),
        memo: formatMemo({ operationId: id, kind: "buy", leg, legs }),
        venue,
        leastTokens: String(leastTokens),
        mayLeave: String(mayLeave),
        ownRents: String(ownRents),
        signUntil: String(closesAt),
        height: String(height),
      };
    },
  );
  app.post(
    "/calls/:id/members/:wallet/signed",
    {
      config: PUBLIC_OF_CHAIN,
      schema: {
        tags: TAGS,
        summary: "Return the member's transaction, signed; it is sent only if the least is reached",
        params: callMemberSchema,
        body: signedBodySchema,
        response: { 200: signedSchema },
      },
    },
    async ({ params: { id, wallet }, body }) => ({
      signature: await acceptSigned(context, await chainPorts(), id, address(wallet), body.transaction),
    }),
  );
};
