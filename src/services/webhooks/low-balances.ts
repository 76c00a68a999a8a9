/**
 * Compares wallets' balances with their user's thresholds, and creates a delivery of `balance.low` when one falls below.
 *
 * A note per user holds which wallets are low. A crossing is written into that note first, with a random id, and its
 * deliveries afterwards. Their ids follow from it. A crash in between therefore neither loses a crossing nor doubles one.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Chain, NewDelivery, RawAccount, Wallet, Webhook } from "../../engine/ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { type BalanceAlert, listBalanceAlerts } from "./balance-alerts.ts";
import { idOf } from "./messages.ts";

type Journaled = Pick<CTOContext, "journal">;
type Accounts = Pick<Chain, "fetchAccounts">;

/** We read the wallets of as many users together as fill one call. */
const WALLETS_PER_READ = 100;

const crossing = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  walletId: z.string(),
  address: z.string(),
  role: z.enum(["funding", "buyer"]),
  lamports: z.string(),
  below: z.string(),
  slot: z.string(),
});
type Crossing = z.infer<typeof crossing>;

/** `slot`, `at`: of the reading that changed the note last. `untold`: the crossings without deliveries. */
const stored = z.object({
  slot: z.string(),
  at: z.iso.datetime().optional(),
  low: z.array(z.string()),
  untold: z.array(crossing),
});
type Stored = z.infer<typeof stored>;

/** An endpoint that lags for longer is very rare. One that once named a slot far in the future must not end the looks. */
const LAG_MS_AT_MOST = 10 * 60_000;

const NOTHING: Stored = { slot: "0", low: [], untold: [] };
const keyOf = (userId: string): string => `balance-low/${userId}`;

type Watched = {
  readonly userId: string;
  readonly alert: BalanceAlert;
  readonly wallets: readonly Wallet[];
  readonly webhooks: readonly Webhook[];
};

const thresholdOf = ({ fundingLamports, buyerLamports }: BalanceAlert, { role }: Wallet) =>
  role === "funding" ? fundingLamports : buyerLamports;

/** Returns the users with a threshold and a webhook that receives the event, each with the wallets to compare. */
async function watched({ journal }: Journaled): Promise<Watched[]> {
  const alerts = await listBalanceAlerts(journal);
  if (alerts.size === 0) return [];
  const live = (await journal.listWebhooks()).filter(
    ({ removedAt, events }) => removedAt === undefined && events.includes("balance.low"),
  );
  const found: Watched[] = [];
  for (const [userId, alert] of alerts) {
    const webhooks = live.filter((webhook) => webhook.userId === userId);
    if (webhooks.length === 0) continue;
    const all = await journal.listWallets(userId);
    const wallets = all.filter((one) => one.disabledAt === undefined && thresholdOf(alert, one) !== null);
    found.push({ userId, alert, wallets, webhooks });
  }
  return found;
}

type Reading = { readonly slot: bigint; readonly accounts: ReadonlyMap<string, RawAccount | null> };

/** Returns the note after this reading; the same object if nothing changes. */
function compared(before: Stored, { alert, wallets }: Watched, { slot, accounts }: Reading): Stored {
  // An endpoint that lags behind shows a balance of before. It proves nothing about now.
  const age = before.at === undefined ? Number.POSITIVE_INFINITY : Date.now() - Date.parse(before.at);
  if (slot < BigInt(before.slot) && age < LAG_MS_AT_MOST) return before;
  const known = new Set(before.low);
  const low: string[] = [];
  const fresh: Crossing[] = [];
  for (const wallet of wallets) {
    const below = thresholdOf(alert, wallet);
    const lamports = accounts.get(wallet.address)?.lamports ?? 0n;
    if (below === null || lamports >= below) continue;
    low.push(wallet.id);
    if (known.has(wallet.id)) continue;
    const { id: walletId, address, role } = wallet;
    const amounts = { lamports: String(lamports), below: String(below), slot: String(slot) };
    fresh.push({ id: randomUUID(), at: new Date().toISOString(), walletId, address, role, ...amounts });
  }
  if (fresh.length === 0 && low.length === before.low.length) return before;
  const at = new Date().toISOString();
  return { slot: String(slot), at, low, untold: [...before.untold, ...fresh] };
}

const deliveryOf = (
  userId: string,
  { id, at, ...data }: Crossing,
  { id: webhookId }: Webhook,
): NewDelivery => ({
  id: idOf([webhookId, "balance.low", id]),
  webhookId,
  lane: `${webhookId}-balance-${data.walletId}`,
  position: 0,
  type: "balance.low",
  payload: JSON.stringify({ type: "balance.low", timestamp: at, data: { userId, ...data } }),
});

/** Writes the note, then the deliveries, then notes that they are written. */
async function note({ journal }: Journaled, one: Watched, reading: Reading): Promise<void> {
  const { userId, webhooks } = one;
  const key = keyOf(userId);
  const found = await journal.readNote(key);
  const before = found === null ? NOTHING : stored.parse(JSON.parse(found.value));
  const after = compared(before, one, reading);
  let version = found?.version ?? 0;
  if (after !== before) {
    // If another worker was faster, it has compared the same wallets.
    if (!(await journal.writeNote(key, version, JSON.stringify(after)))) return;
    version += 1;
  }
  if (after.untold.length === 0) return;
  await journal.writeDeliveries(
    after.untold.flatMap((each) => webhooks.map((webhook) => deliveryOf(userId, each, webhook))),
  );
  await journal.writeNote(key, version, JSON.stringify({ ...after, untold: [] } satisfies Stored));
}

/** Groups the users so that the wallets of one group need about one call. */
function* grouped(all: readonly Watched[]): Generator<Watched[]> {
  let group: Watched[] = [];
  let size = 0;
  for (const one of all) {
    if (group.length > 0 && size + one.wallets.length > WALLETS_PER_READ) {
      yield group;
      [group, size] = [[], 0];
    }
    group.push(one);
    size += one.wallets.length;
  }
  if (group.length > 0) yield group;
}

/**
 * Reads the balances of all watched wallets, about a hundred per call, and creates the deliveries. Without a threshold
 * and a webhook for it, nothing is read from the cluster.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`: nothing is known then, and nothing changes
 */
export async function tellLowBalances(context: Journaled, chain: Accounts): Promise<void> {
  for (const group of grouped(await watched(context))) {
    const reading = await chain.fetchAccounts(
      group.flatMap(({ wallets }) => wallets.map(({ address }) => address)),
    );
    for (const one of group) await note(context, one, reading);
  }
}
