/**
 * Creates a lookup table of the venues' stable accounts. A user's funding wallet pays for it. Like every transaction
 * that we sign, each of its transactions carries a memo: `cto:1:alt:<table>`, signed by that wallet.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address, Instruction } from "@solana/kit";
import { priorityFee } from "../base/transaction-limits.ts";
import { createTable, extendTable } from "../chain/lookup-table.ts";
import { type ClusterFacts, rentExemption } from "../engine/cluster/cluster-facts.ts";
import { readWithCluster } from "../engine/cluster/read-cluster.ts";
import { reserve } from "../engine/limits/reservations.ts";
import { type Lamports, landedAt, type TransactionDraft, type Wallet } from "../engine/ports.ts";
import { LAMPORTS_PER_SIGNATURE } from "../engine/transaction/costs.ts";
import { CTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import type { WorkerPorts } from "../runtime/worker-ports.ts";
import { readLookupTable } from "../venues/lookup-tables.ts";
import { stableAccounts } from "../venues/stable-accounts.ts";
import { readLimits } from "./limits.ts";

const PER_TRANSACTION = 20;
const COMPUTE_UNITS = 60_000;
const WATCH_MS = 60_000;
const LOOK_EVERY_MS = 400;

type Ports = Pick<WorkerPorts, "chain" | "policy" | "keyring">;

export type MadeTable = {
  readonly table: Address;
  readonly accounts: readonly Address[];
  readonly transactions: number;
};

const fundingOf = async (journal: CTOContext["journal"], userId: string): Promise<Wallet> => {
  if ((await journal.readUser(userId)) === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  const funding = (await journal.listWallets(userId)).find(({ role }) => role === "funding");
  if (funding === undefined) throw new CTOError("CTO_E_USER_HAS_NO_FUNDING_WALLET", { userId });
  return funding;
};

/** The size of the table's account without its addresses, bytes. */
const HEADER_BYTES = 56;

/**
 * The cost of the whole table for its funding wallet, lamports: the rent that stays in it, and the fees of all its
 * transactions.
 */
function costOf(
  cluster: ClusterFacts,
  accounts: number,
  transactions: number,
  computeUnitPrice: bigint,
): Lamports {
  const fee = LAMPORTS_PER_SIGNATURE + priorityFee(COMPUTE_UNITS, computeUnitPrice);
  const rent = rentExemption(cluster, HEADER_BYTES + 32 * accounts);
  return (rent + BigInt(transactions) * fee) as Lamports;
}

/** Returns a function that signs and sends one transaction for the table, and waits for it. */
const sendFor =
  (
    { chain, policy, keyring }: Ports,
    funding: Wallet,
    table: Address,
    entries: readonly Address[],
    computeUnitPrice: bigint,
  ) =>
  async (instruction: Instruction): Promise<void> => {
    const unfinished = (reason: string) => new CTOError("CTO_E_LOOKUP_TABLE_UNFINISHED", { table, reason });
    const { slot: _slot, ...lifetime } = await chain.latestBlockhash();
    const draft: TransactionDraft = {
      feePayer: funding.address,
      transfers: [],
      setup: [instruction],
      swap: [],
      memo: { text: `cto:1:alt:${table}`, signer: funding.address },
      cleanup: [],
      computeUnitLimit: COMPUTE_UNITS,
      computeUnitPrice,
      lifetime,
      lookupTables: {},
    };
    const approved = await policy.approve(chain.compose(draft), {
      kind: "lookup-table",
      payer: funding.address,
      table,
      entries,
      computeUnitLimit: COMPUTE_UNITS,
      computeUnitPrice,
    });
    const signed = await keyring.sign(approved, [funding.id]);
    const answer = await chain.broadcast(signed.wire, { preflight: true });
    if (answer !== "sent") throw unfinished(answer.refused.message);
    const until = landedAt(await chain.consensus());
    const view = await chain.watch(signed.signature, { timeoutMs: WATCH_MS, until });
    if (view.state === "unseen") throw unfinished(`${signed.signature} was not seen in time`);
    if (view.failure !== null) throw unfinished(`${signed.signature} failed: ${view.failure.message}`);
  };

/** Polls the table's account until `isWanted` returns true. */
const waitFor = async (
  chain: Ports["chain"],
  table: Address,
  isWanted: (slot: bigint, entries: number, lastExtendedSlot: bigint) => boolean,
): Promise<void> => {
  const deadline = performance.now() + WATCH_MS;
  for (;;) {
    const { slot, accounts } = await chain.fetchAccounts([table]);
    const read = readLookupTable(accounts.get(table));
    if (isWanted(slot, read?.entries.length ?? 0, read?.lastExtendedSlot ?? 0n)) return;
    if (performance.now() > deadline) {
      const reason = `after ${WATCH_MS} ms it cannot be used yet`;
      throw new CTOError("CTO_E_LOOKUP_TABLE_UNFINISHED", { table, reason });
    }
    await sleep(LOOK_EVERY_MS);
  }
};

/**
 * Creates the table, and waits until transactions can use it.
 *
 * @param note receives a line for every step
 * @param accounts the table's entries. Default: the venues' stable accounts
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_USER_HAS_NO_FUNDING_WALLET`, `CTO_E_LIMITS_UNSET`, `CTO_E_LIMIT_EXCEEDED`,
 * `CTO_E_LOOKUP_TABLE_UNFINISHED`
 */
export async function makeLookupTable(
  context: Pick<CTOContext, "config" | "journal">,
  ports: Ports,
  userId: string,
  note: (line: string) => void = () => undefined,
  accounts?: readonly Address[],
): Promise<MadeTable> {
  const { chain } = ports;
  const { journal } = context;
  const funding = await fundingOf(journal, userId);
  const limits = await readLimits(context, userId);
  const held = accounts ?? (await stableAccounts());
  // We read the slot now. The slot of a shared blockhash may be the one of the previous table, and a table's address
  // is derived from its slot.
  const { fetched: read, cluster } = await readWithCluster(chain);
  const recent = read.slot;
  const { table, instruction } = await createTable(funding.address, recent);
  const extensions = Math.ceil(held.length / PER_TRANSACTION);
  const computeUnitPrice = await chain.computeUnitPrice([table]);
  const send = sendFor(ports, funding, table, held, computeUnitPrice);
  // P6: we reserve the whole cost before the first signature, so that a limit cannot leave a table half created. The
  // table stays, so its cost counts as spent at once: no later process would settle it.
  const lamports = costOf(cluster, held.length, 1 + extensions, computeUnitPrice);
  const cost = { stepId: `${table}.alt.1`, kind: "costs", walletId: funding.id, lamports } as const;
  await reserve(journal, userId, { ...limits, maxOperationLamports: null }, [cost]);
  await journal.settleSpending(userId, [{ ...cost, lamports: null }]);

  // A block contains only the slots before its own. Before the next block, the cluster would not accept this slot as
  // a recent one.
  await waitFor(chain, table, (slot) => slot > recent);
  note(`Creating ${table} ...`);
  await send(instruction);
  for (let at = 0; at < extensions; at += 1) {
    note(`Adding addresses: ${at + 1} of ${extensions} ...`);
    const added = held.slice(at * PER_TRANSACTION, (at + 1) * PER_TRANSACTION);
    await send(extendTable(table, funding.address, added));
  }
  await waitFor(chain, table, (slot, entries, extended) => entries === held.length && slot > extended);
  return { table, accounts: held, transactions: 1 + extensions };
}
