/**
 * Keeps tickets: a link with one gets a member's transaction, for a few minutes and until it is handed out. Links are
 * written to histories and logs, so a link carries no signature, and the journal has only the hash of its ticket.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Address, Notes } from "../engine/ports.ts";
import { parseStored, storedText } from "./call-record.ts";

/** How long a ticket is good, ms. */
export const TICKET_MS = 5 * 60_000;

const ticketSchema = z.object({
  hash: z.string(),
  until: z.iso.datetime().transform((text) => new Date(text)),
});

const hashOf = (ticket: string): string => createHash("sha256").update(ticket).digest("hex");

export type Tickets = {
  /** Gives a wallet a ticket of this call. An earlier one of the wallet is good no more. */
  giveTicket(callId: string, wallet: Address, now: Date): Promise<string>;
  /** Whether it is the wallet's ticket, and still good. */
  isTicket(callId: string, wallet: Address, ticket: string, now: Date): Promise<boolean>;
  dropTicket(callId: string, wallet: Address): Promise<void>;
};

export function createTickets(notes: Pick<Notes, "readNote" | "writeNote">): Tickets {
  const keyOf = (callId: string, wallet: Address): string => `ticket/${callId}/${wallet}`;
  return {
    async giveTicket(callId, wallet, now) {
      const ticket = randomBytes(32).toString("base64url");
      const text = storedText({ hash: hashOf(ticket), until: new Date(now.getTime() + TICKET_MS) });
      const key = keyOf(callId, wallet);
      // If another ticket was given at the same time, that one is good, and this link asks for a new one.
      await notes.writeNote(key, (await notes.readNote(key))?.version ?? 0, text);
      return ticket;
    },
    async isTicket(callId, wallet, ticket, now) {
      const note = await notes.readNote(keyOf(callId, wallet));
      if (note === null) return false;
      const { hash, until } = parseStored("tickets", ticketSchema, note.value);
      return now < until && timingSafeEqual(Buffer.from(hash), Buffer.from(hashOf(ticket)));
    },
    async dropTicket(callId, wallet) {
      const key = keyOf(callId, wallet);
      const note = await notes.readNote(key);
      if (note !== null) await notes.writeNote(key, note.version, null);
    },
  };
}
