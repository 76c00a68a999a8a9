/**
 * Implements the rooms of the original interface. An operation names a room as its `socketUserId`, and the room's
 * members receive the events of all its operations. Every server process finds the operations itself: it reads them
 * from the journal, and a wake-up of the queue only says which operation to read.
 */

import type { Logger } from "pino";
import { every, type Task } from "../../base/every.ts";
import type { Operation } from "../../engine/ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import type { Deliveries } from "./deliveries.ts";

/** The interval at which we read the journal for operations whose wake-up was lost, ms. */
const LOOK_EVERY_MS = 2_000;
/** The most operations per read. Beyond this number, only wake-ups announce an operation. */
const OPERATIONS_PER_LOOK = 500;
/** The most operations in the cache. The oldest entry is dropped, and read again when it is needed. */
const REMEMBERED = 10_000;

type Facts = { readonly socketUserId: string | undefined; readonly userId: string };

export type Member = {
  readonly socketUserId: string;
  /** The member receives only this user's operations; null means all users. */
  readonly userId: string | null;
  readonly deliveries: Deliveries;
  /** The number of the last event that the member has, by operation. */
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

/**
 * Follows the operation for a member until it has ended. If it is reopened later, a wake-up continues from the last
 * event.
 */
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
      () => undefined, // The journal is unavailable. The next read finds the operation.
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
      // Operations that the member remembers may have ended while it was disconnected.
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
