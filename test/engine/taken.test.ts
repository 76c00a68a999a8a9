/** Tests that a recovery knows what all other operations of the user have taken out of a wallet, however many there are. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { takenByOthers } from "../../src/engine/recovery/taken.ts";
import { attemptOf, inserted, requestOf } from "../../src/journal/contract/harness.ts";
import { openScene } from "./parts.ts";

/** More operations than fit on one page of the journal. */
const NEWER = 1_000;

it("counts a recovery of an operation that a thousand newer operations follow", async () => {
  const { journal, id, lease } = await openScene(["finalized"], "completed");
  const funding = await lease();
  await journal.writeFunding(id, funding, 1);
  const fund = await journal.readStep(`${id}.fund.1`);
  if (fund === null) throw new Error("no funding");
  const paid = await inserted(journal, fund, funding, attemptOf(1, fund.id));
  const funded = { number: 1, status: "landed", slot: 40n } as const;
  await journal.changeStep(fund.id, paid.version, funding, { status: "finalized", attempt: funded });
  await journal.releaseLease(funding);
  await journal.markSettled(id);
  await journal.requestRecovery(id);
  const held = await lease();
  const owed = { leg: 1, owed: lamports(1_000n), before: lamports(0n), accounts: [] };
  await journal.writeRecovery(id, held, [owed], [1]);
  const step = await journal.readStep(`${id}.recover.1`);
  const [leg] = await journal.readLegs(id);
  if (step === null || leg === undefined) throw new Error("no step");
  const attempt = { ...attemptOf(1, step.id), returned: lamports(900n) };
  const { version } = await inserted(journal, step, held, attempt);
  const landed = { number: 1, status: "landed", slot: 50n } as const;
  await journal.changeStep(step.id, version, held, { status: "finalized", attempt: landed });
  for (let at = 0; at < NEWER; at += 1)
    await journal.createOperation({ id: `newer-${at}`, request: requestOf() });
  const operation = await journal.readOperation(`newer-${NEWER - 1}`);
  if (operation === null) throw new Error("no operation");
  const taken = await takenByOthers({ ports: { journal }, operation });
  expect(taken(leg.walletId, 49n)).toEqual({ recovered: 900n, swept: false });
  expect(taken(leg.walletId, 50n)).toEqual({ recovered: 0n, swept: false });
});
