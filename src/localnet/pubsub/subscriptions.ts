/** Defines the kinds of subscription: what each watches in a block, and what it reports. */
import { z } from "zod";
import type { BlockEvent, Cluster } from "../cluster.ts";
import { type AccountView, encodeMaybeAccount } from "../rpc/account-encoding.ts";
import { parseParams, withContext } from "../rpc/method.ts";
import { accountEncoding, address, commitment, dataSlice, signature } from "../rpc/params.ts";

/** The reports of a subscription after a block. `done` ends it. */
type Notices = { readonly results: readonly unknown[]; readonly done?: boolean };

export type Subscription = {
  /** The name in `<name>Subscribe`, `<name>Unsubscribe` and `<name>Notification`. */
  readonly kind: string;
  /** Called after every block. */
  readonly onBlock: (event: BlockEvent) => Notices;
};

type Open = (cluster: Cluster, params: readonly unknown[]) => Subscription["onBlock"];

const NOTHING: Notices = { results: [] };

const commitmentConfig = z.object({ commitment: commitment.nullish() });

const openSlot: Open =
  (cluster) =>
  ({ block }) => {
    const { slot } = block;
    const parent = cluster.ledger.parentOf(block)?.slot ?? slot - 1n;
    return { results: [{ parent, root: cluster.head("finalized").slot, slot }] };
  };

const openRoot: Open = (cluster) => () => ({ results: [cluster.head("finalized").slot] });

const openSignature: Open = (cluster, params) => {
  const [wanted, config] = parseParams(
    z.tuple([
      signature,
      commitmentConfig.extend({ enableReceivedNotification: z.boolean().nullish() }).nullish().optional(),
    ]),
    params,
  );
  let received = config?.enableReceivedNotification !== true;
  return () => {
    const transaction = cluster.ledger.transaction(wanted);
    if (transaction === null) return NOTHING;
    const results: unknown[] = received ? [] : [withContext(cluster.head("processed"), "receivedSignature")];
    received = true;
    const head = cluster.head(config?.commitment ?? "finalized");
    if (transaction.slot > head.slot) return { results };
    return { results: [...results, withContext(head, { err: transaction.err })], done: true };
  };
};

/** Delays a block's reports until the block has reached the commitment. */
const delayed = <Item>(cluster: Cluster, level: z.infer<typeof commitment>) => {
  let waiting: { slot: bigint; item: Item }[] = [];
  return (slot: bigint, fresh: readonly Item[]): { slot: bigint; item: Item }[] => {
    const head = cluster.head(level).slot;
    const all = [...waiting, ...fresh.map((item) => ({ slot, item }))];
    waiting = all.filter((entry) => entry.slot > head);
    return all.filter((entry) => entry.slot <= head);
  };
};

const openAccount: Open = (cluster, params) => {
  const fields = { encoding: accountEncoding.nullish(), dataSlice: dataSlice.nullish() };
  const [of, config] = parseParams(
    z.tuple([address, commitmentConfig.extend(fields).nullish().optional()]),
    params,
  );
  const view: AccountView = config ?? {};
  const release = delayed<unknown>(cluster, config?.commitment ?? "finalized");
  return (event) => {
    // We encode the account now, because the bank stores only its newest state.
    const fresh = event.touched.has(of)
      ? [encodeMaybeAccount(cluster, cluster.account(of), view) ?? EMPTY_ACCOUNT]
      : [];
    const due = release(event.block.slot, fresh);
    return { results: due.map(({ slot, item }) => ({ context: { slot }, value: item })) };
  };
};

/** What agave reports for a closed account. */
const EMPTY_ACCOUNT = {
  lamports: 0,
  owner: "11111111111111111111111111111111",
  data: ["", "base64"],
  executable: false,
  rentEpoch: 0,
  space: 0,
};

const logsFilter = z.union([
  z.enum(["all", "allWithVotes"]),
  z.object({ mentions: z.array(address).length(1, "Invalid Request: Only 1 address supported") }),
]);

const openLogs: Open = (cluster, params) => {
  const [filter, config] = parseParams(z.tuple([logsFilter, commitmentConfig.nullish().optional()]), params);
  const release = delayed<unknown>(cluster, config?.commitment ?? "finalized");
  return (event) => {
    const fresh = event.transactions
      .filter(
        ({ accounts }) =>
          typeof filter === "string" || filter.mentions.every((key) => accounts.includes(key)),
      )
      .map(({ signature, err, logs }) => ({ signature, err, logs }));
    const due = release(event.block.slot, fresh);
    return { results: due.map(({ slot, item }) => ({ context: { slot }, value: item })) };
  };
};

const KINDS: ReadonlyMap<string, Open> = new Map([
  ["slot", openSlot],
  ["root", openRoot],
  ["signature", openSignature],
  ["account", openAccount],
  ["logs", openLogs],
]);

/** Returns null if there is no such kind. @throws RpcError for invalid parameters. */
export const openSubscription = (
  cluster: Cluster,
  kind: string,
  params: readonly unknown[],
): Subscription | null => {
  const open = KINDS.get(kind);
  return open === undefined ? null : { kind, onBlock: open(cluster, params) };
};
