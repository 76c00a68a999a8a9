/** Tests what a receipt says beside the operation's own record: its cluster, and that a call may have no receipt yet. */
import { expect, it } from "vitest";
import { CLUSTER_NOTE } from "../../src/base/cluster-name.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { planned } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { loadReceipt } from "../../src/receipts/index.ts";
import { validTerms } from "../calls/call.ts";

const reader = { decimals: async () => 6, genesisHash: async () => "of the endpoint" };
const away = {
  decimals: () => Promise.reject(new Error("away")),
  genesisHash: () => Promise.reject(new Error("away")),
};

it("names the cluster of the journal; without a note, that of the endpoint; else none", async () => {
  const journal = createMemoryJournal({ now: () => new Date() });
  const { id } = await planned(journal, 1);
  expect(await loadReceipt({ journal }, id, reader)).toMatchObject({ genesisHash: "of the endpoint" });
  for (const none of [away, null])
    expect(await loadReceipt({ journal }, id, none)).not.toHaveProperty("genesisHash");
  await journal.writeNote(CLUSTER_NOTE, 0, "of the journal");
  for (const any of [reader, away, null])
    expect(await loadReceipt({ journal }, id, any)).toMatchObject({ genesisHash: "of the journal" });
});

it("is not there yet for a call whose muster has not begun, which is no unknown operation", async () => {
  const journal = createMemoryJournal({ now: () => new Date() });
  const call = parseTerms(validTerms());
  await createCallStore(journal).addCall(newRecord(call, new Date("2026-12-01T12:30:00Z")));
  await expect(loadReceipt({ journal }, call.terms.callId, reader)).rejects.toMatchObject({
    code: "CTO_E_CALL_WITHOUT_RECEIPT",
  });
  await expect(loadReceipt({ journal }, "op_none", reader)).rejects.toMatchObject({
    code: "CTO_E_OPERATION_UNKNOWN",
  });
});
