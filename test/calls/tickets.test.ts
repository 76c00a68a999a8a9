/** Tests that a link's ticket is good for one wallet of one call, for minutes, and no more once it was used. */
import { expect, it } from "vitest";
import { createTickets, TICKET_MS } from "../../src/calls/tickets.ts";
import type { Address } from "../../src/engine/ports.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const [A, B] = ["A", "B"] as [Address, Address];

it("is good for its own wallet and call, until it is replaced, used or too old", async () => {
  const notes = createMemoryJournal({ now: () => NOW });
  const tickets = createTickets(notes);
  const ticket = await tickets.giveTicket("call_1", A, NOW);
  const isGood = (wallet = A, callId = "call_1", now = NOW, text = ticket) =>
    tickets.isTicket(callId, wallet, text, now);
  expect(await isGood()).toBe(true);
  expect(await isGood(B)).toBe(false);
  await tickets.giveTicket("call_1", B, NOW);
  expect(await isGood(B)).toBe(false);
  expect(await isGood(A, "call_2")).toBe(false);
  expect(await isGood(A, "call_1", NOW, "")).toBe(false);
  expect(await isGood(A, "call_1", later(TICKET_MS - 1))).toBe(true);
  expect(await isGood(A, "call_1", later(TICKET_MS))).toBe(false);
  // Who reads the journal has no ticket.
  expect(JSON.stringify(await notes.listNotes("ticket/"))).not.toContain(ticket);
  const next = await tickets.giveTicket("call_1", A, NOW);
  expect(await isGood()).toBe(false);
  await tickets.dropTicket("call_1", A);
  expect(await isGood(A, "call_1", NOW, next)).toBe(false);
});
