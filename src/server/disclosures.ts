/**
 * Makes the feed of what was bought here in the open, as a JSON Feed 1.1: calls, and operations of which something is on
 * chain. Their memos are public there, so the feed reveals no purchase; it says which wallets belong to one.
 */

import type { z } from "zod";
import { underPublicUrl } from "../base/public-url.ts";
import type { Operation } from "../engine/ports.ts";
import { createReceipt, type Receipt } from "../receipts/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { type Funders, funderOf, fundersOf, listCallsIfOn, UNKNOWN_FUNDER } from "../services/calls/view.ts";
import type { disclosureFeedSchema } from "./schemas/disclosures.ts";

/** Operations on one page. */
const PAGE = 50;

type DisclosureFeed = z.input<typeof disclosureFeedSchema>;
type Disclosure = DisclosureFeed["items"][number];
type Wallet = Disclosure["_cto"]["wallets"][number];

type Context = Pick<CTOContext, "config" | "journal" | "queue">;

const memoOf = (id: string): string => `cto:1:${id}:`;

/** @param before an operation's id: the page of what was accepted before it, without calls */
export async function readDisclosures(context: Context, before?: string): Promise<DisclosureFeed> {
  const publicUrl = context.config.CTO_PUBLIC_URL;
  const at = (path: string) => (publicUrl === undefined ? undefined : underPublicUrl(publicUrl, path));
  const operations = await context.journal.listOperations({
    limit: PAGE,
    ...(before === undefined ? {} : { before }),
  });
  const calls = before === undefined ? await disclosedCalls(context, at) : [];
  const bought = await Promise.all(operations.map((operation) => disclosedOperation(context, operation, at)));
  const items = [...calls, ...bought.flatMap((one) => one ?? [])];
  const last = operations.length < PAGE ? undefined : operations.at(-1)?.id;
  return {
    version: "https://jsonfeed.org/version/1.1",
    title: "Bought in the open",
    description:
      "Calls and operations of this installation, with their wallets and funders. Each purchase carries the memo that its item names, signed by the wallet.",
    ...linkOf("feed_url", at("/v1/disclosures")),
    ...linkOf("next_url", last && (at(`/v1/disclosures?before=${last}`) ?? `/v1/disclosures?before=${last}`)),
    items: items.toSorted((one, other) => (one.date_published < other.date_published ? 1 : -1)),
  };
}

const linkOf = <Name extends string>(name: Name, url: string | undefined): { [Key in Name]?: string } =>
  (url === undefined ? {} : { [name]: url }) as { [Key in Name]?: string };

async function disclosedCalls(
  context: Context,
  at: (path: string) => string | undefined,
): Promise<Disclosure[]> {
  const records = (await listCallsIfOn(context)).filter(({ announcement }) => announcement !== null);
  return records.map((record) => {
    const { call, status, createdAt, muster } = record;
    const { callId, mint, caller } = call.terms;
    const wallets = (muster?.members ?? []).map(({ wallet, lamports }) => ({
      wallet,
      lamports: String(lamports),
      funder: funderOf(record, wallet) ?? UNKNOWN_FUNDER,
    }));
    return {
      id: `call:${callId}`,
      ...linkOf("url", at(`/c/${callId}`)),
      title: `Open call ${callId}`,
      content_text: `A call to buy ${mint} together, each with an own wallet: ${status}, ${wallets.length} members.`,
      date_published: createdAt.toISOString(),
      _cto: {
        kind: "call",
        id: callId,
        mint,
        status,
        memo: memoOf(callId),
        wallets,
        funders: fundersOf(record),
        termsHash: call.termsHash,
        caller: { wallet: caller.wallet, wallets: caller.wallets.map(({ address }) => address) },
      },
    };
  });
}

/** Null if nothing of it has landed, or if it buys nothing. */
async function disclosedOperation(
  { journal }: Context,
  operation: Operation,
  at: (path: string) => string | undefined,
): Promise<Disclosure | null> {
  const [legs, steps] = await Promise.all([journal.readLegs(operation.id), journal.readSteps(operation.id)]);
  const receipt = createReceipt(operation, legs, steps);
  const { totals, operationId, asked, status, purpose } = receipt;
  if (totals.landed === 0 || purpose !== undefined) return null;
  return {
    id: `operation:${operationId}`,
    ...linkOf("url", at(`/r/${operationId}`)),
    title: `Operation ${operationId}`,
    content_text: `${totals.landed} of ${totals.legs} wallets of one operator bought ${asked.token}.`,
    date_published: asked.at,
    _cto: {
      kind: "operation",
      id: operationId,
      mint: asked.token,
      status,
      memo: memoOf(operationId),
      ...walletsOf(receipt),
    },
  };
}

/** The journal knows the funder where the operation itself has funded the wallet. */
function walletsOf({ legs }: Receipt): { wallets: Wallet[]; funders: Funders } {
  const wallets = legs.map(({ address, payer, lamports }) => ({
    wallet: address,
    lamports,
    funder: payer === undefined || payer === address ? UNKNOWN_FUNDER : payer,
  }));
  const known = wallets.filter(({ funder }) => funder !== UNKNOWN_FUNDER);
  const distinct = new Set(known.map(({ funder }) => funder)).size;
  return { wallets, funders: { distinct, unknown: wallets.length - known.length } };
}
