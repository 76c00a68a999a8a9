/**
 * Manages the operations that one connected client follows. Each operation is followed once, even after repeated
 * requests, and its events are sent in order.
 */

import type { Operation, StoredEvent } from "../../engine/ports.ts";
import { isUnderWay } from "../../engine/ports.ts";
import type { Following } from "../../queue/event-feeds.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { followToEnd } from "../../services/progress.ts";
import { toEvent, toTotals } from "../present.ts";
import type { EventView, OperationDetail } from "../schemas/operations.ts";

/** The messages that a client receives, by name. */
export type ServerMessages = {
  "cto:progress": (event: EventView) => void;
  "cto:leg": (event: EventView) => void;
  /** `totals` is null if the journal could not be read. The client can then read the operation itself. */
  "cto:result": (event: EventView & { totals: OperationDetail["totals"] | null }) => void;
};

export type Emit = <Name extends keyof ServerMessages>(
  name: Name,
  message: Parameters<ServerMessages[Name]>[0],
) => void;

export type FollowOptions = {
  /** Stops following when the operation has ended and all its events are sent. Default: until the client stops. */
  readonly untilEnded?: boolean;
  readonly onDelivered?: (event: StoredEvent) => void;
};

export type Deliveries = {
  /** Follows an operation from the event after `after`. If it is followed already, it starts again from there. */
  follow(operationId: string, after: number, options?: FollowOptions): void;
  isFollowed(operationId: string): boolean;
  unfollow(operationId: string): void;
  /** Called when the client accepts messages again. */
  resume(): void;
  readonly size: number;
  close(): void;
};

type Context = Pick<CTOContext, "journal" | "feeds">;

const hasStopped = (operation: Operation | null): boolean => operation !== null && !isUnderWay(operation);

const totalsOf = async ({ journal }: Context, id: string): Promise<OperationDetail["totals"] | null> => {
  try {
    return toTotals(await journal.readLegs(id), await journal.readSteps(id));
  } catch {
    return null;
  }
};

async function send(context: Context, emit: Emit, operationId: string, event: StoredEvent): Promise<void> {
  const view = toEvent(operationId, event);
  if (event.type === "leg") emit("cto:leg", view);
  else if (event.type === "result")
    emit("cto:result", { ...view, totals: await totalsOf(context, operationId) });
  else emit("cto:progress", view);
}

/** @param isReady whether the client accepts messages now */
export function openDeliveries(context: Context, emit: Emit, isReady: () => boolean): Deliveries {
  const followings = new Map<string, Following>();
  const unfollow = (operationId: string): void => {
    followings.get(operationId)?.stop();
    followings.delete(operationId);
  };
  return {
    follow(operationId, after, { untilEnded = false, onDelivered = () => undefined } = {}) {
      unfollow(operationId);
      // A result waits for its totals, and later events wait for the result.
      let sending = false;
      const deliver = async (events: readonly StoredEvent[]): Promise<void> => {
        for (const event of events) {
          if (followings.get(operationId) !== following) return;
          await send(context, emit, operationId, event);
          onDelivered(event);
        }
      };
      const following = followToEnd(context, operationId, after, {
        isReady: () => !sending && isReady(),
        onEvents(events) {
          sending = true;
          void deliver(events).finally(() => {
            sending = false;
            following.resume();
          });
        },
        isEnded: async () => untilEnded && hasStopped(await context.journal.readOperation(operationId)),
        onEnd: () => followings.delete(operationId),
      });
      followings.set(operationId, following);
    },
    isFollowed: (operationId) => followings.has(operationId),
    unfollow,
    resume() {
      for (const { resume } of followings.values()) resume();
    },
    get size() {
      return followings.size;
    },
    close() {
      for (const id of [...followings.keys()]) unfollow(id);
    },
  };
}
