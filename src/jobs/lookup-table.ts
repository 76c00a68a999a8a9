/**
 * Makes a lookup table of the venues' stable accounts, paid by a user's funding wallet, in the open like everything that
 * is signed here: each of its transactions carries the memo `cto:1:alt:<table>`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address, Instruction } from "@solana/kit";
import { createTable, extendTable } from "../chain/lookup-table.ts";
import type { TransactionDraft } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { stableAccounts } from "../venues/stable-accounts.ts";
import type { CTOContext } from "./context.ts";
import type { WorkerPorts } from "./worker-ports.ts";

const PER_TRANSACTION = 20;
const COMPUTE_UNITS = 60_000;
const WATCH_MS = 60_000;
/** A table is used from the slot after its last extension on. */
const USABLE_AFTER_MS = 1_000;

export type MadeTable = {
  readonly table: Address;
  readonly accounts: readonly Address[];
  readonly transactions: number;
};

/**
 * @param note told of every step
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_USER_HAS_NO_FUNDING_WALLET`, `CTO_E_TRANSACTION_REFUSED`, `CTO_E_TRANSACTION_FAILED`
 */
export async function makeLookupTable(
  { journal }: Pick<CTOContext, "journal">,
  { chain, keyring }: Pick<WorkerPorts, "chain" | "keyring">,
  userId: string,
  note: (line: string) => void = () => undefined,
): Promise<MadeTable> {
  if ((await journal.readUser(userId)) === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  const funding = (await journal.listWallets(userId)).find(({ role }) => role === "funding");
  if (funding === undefined) throw new CTOError("CTO_E_USER_HAS_NO_FUNDING_WALLET", { userId });
  const accounts = await stableAccounts();
  const { slot } = await chain.latestBlockhash();
  const { table, instruction } = await createTable(funding.address, slot);
  const chunks = Array.from({ length: Math.ceil(accounts.length / PER_TRANSACTION) }, (_, at) =>
    accounts.slice(at * PER_TRANSACTION, (at + 1) * PER_TRANSACTION),
  );
  const extensions = chunks.map((chunk) => extendTable(table, funding.address, chunk));

  const send = async (instructions: readonly Instruction[]): Promise<void> => {
    const { slot: _slot, ...lifetime } = await chain.latestBlockhash();
    const draft: TransactionDraft = {
      feePayer: funding.address,
      transfers: [],
      setup: instructions,
      swap: [],
      memo: { text: `cto:1:alt:${table}`, signer: funding.address },
      cleanup: [],
      computeUnitLimit: COMPUTE_UNITS,
      computeUnitPrice: await chain.computeUnitPrice([table]),
      lifetime,
      lookupTables: {},
    };
    const signed = await keyring.sign(chain.compose(draft), [funding.id]);
    const answer = await chain.broadcast(signed.wire, { preflight: true });
    if (answer !== "sent")
      throw new CTOError("CTO_E_TRANSACTION_REFUSED", { reason: answer.refused.message });
    const view = await chain.watch(signed.signature, { timeoutMs: WATCH_MS, until: "confirmed" });
    const reason = view.state === "unseen" ? "it was not seen in time" : view.failure?.message;
    if (reason !== undefined)
      throw new CTOError("CTO_E_TRANSACTION_FAILED", { signature: signed.signature, reason });
  };

  note(`Creating ${table} ...`);
  await send([instruction]);
  for (const [at, extension] of extensions.entries()) {
    note(`Adding addresses: ${at + 1} of ${extensions.length} ...`);
    await send([extension]);
  }
  await sleep(USABLE_AFTER_MS);
  return { table, accounts, transactions: 1 + extensions.length };
}
