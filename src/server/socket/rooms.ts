/**
 * The original interface's rooms: an operation names one as its `socketUserId`, and whoever has joined it hears all of its operations.
 * Which operations there are is read from the journal, and a wake-up of the queue only says where to look, so every
 * server process finds them by itself.
 */

import type { Logger } from "pino";
import { every, type Task } from "../../base/every.ts";
import type { Operation } from "../../engine/ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import type { Deliveries } from "./deliveries.ts";

/** How often the journal is asked for operations whose wake-up was lost, ms. */
const LOOK_EVERY_MS = 2_000;
/** Bounds one look. Beyond it, wake-ups alone tell. */
const OPERATIONS_PER_LOOK = 500;
/** Bounds what is remembered of operations: the oldest is forgotten, and asked for again when it matters. */
const REMEMBERED = 10_000;

type Facts = { readonly socketUserId: string | undefined; readonly userId: string };

export type Member = {
  readonly socketUserId: string;
  /** Hears the operations of this user alone; null hears all. */
  readonly userId: string | null;
  readonly deliveries: Deliveries;
  /** The last number that it has of each operation. */
  readonly seen: Map<string, number>;
};

export type Rooms = { join(member: Member): () => void; close(): Promise<void> };

const remember = <Value>(map: Map<string, Value>, key: string, value: Value): void => {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
};

const factsOf = ({ request }: Operation): Facts => ({
  socketUserId: request.socketUserId,
  userId: request.userId,
});

const hears = (member: Member, facts: Facts): boolean =>
  member.socketUserId === facts.socketUserId && (member.userId === null || member.userId === facts.userId);

/** Follows the operation for a member until it has ended; a wake-up of one that is reopened goes on from there. */
function follow({ deliveries, seen }: Member, operationId: string): void {
  if (deliveries.isFollowed(operationId)) return;
  deliveries.follow(operationId, seen.get(operationId) ?? 0, {
    untilEnded: true,
    onDelivered: ({ seq }) => remember(seen, operationId, seq),
  });
}

export function openRooms({ journal, wakeUps }: CTOContext, log: Logger): Rooms {
  const members = new Set<Member>();
  const known = new Map<string, Facts>();
  let unhear: () => void = () => undefined;
  let looking: Task | undefined;
  const meet = (operationId: string, facts: Facts): void => {
    remember(known, operationId, facts);
    for (const member of members) if (hears(member, facts)) follow(member, operationId);
  };
  const lookAll = async (): Promise<void> => {
    const statuses = ["waiting", "active"] as const;
    const open = await journal.listOperations({ statuses, limit: OPERATIONS_PER_LOOK });
    for (const operation of open) meet(operation.id, factsOf(operation));
  };
  const hear = (operationId: string): void => {
    const facts = known.get(operationId);
    if (facts !== undefined) {
      meet(operationId, facts);
      return;
    }
    journal.readOperation(operationId).then(
      (operation) => operation && meet(operationId, factsOf(operation)),
      () => undefined, // The journal is away: the next look finds it.
    );
  };
  const open = (): void => {
    unhear = wakeUps().onAny(hear);
    looking = every(LOOK_EVERY_MS, log, "rooms", lookAll);
  };
  const shut = async (): Promise<void> => {
    unhear();
    const task = looking;
    looking = undefined;
    await task?.stop();
  };
  return {
    join(member) {
      members.add(member);
      // What it remembers may have ended while it was away.
      for (const operationId of member.seen.keys()) hear(operationId);
      if (looking === undefined) open();
      else void lookAll().catch(() => undefined);
      return () => {
        members.delete(member);
        if (members.size === 0) void shut();
      };
    },
    close: shut,
  };
}
