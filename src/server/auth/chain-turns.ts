/**
 * Bounds how many requests of one tenant read the chain at the same time. All reads of the server share one rate limit
 * per endpoint, first come, first served: without this bound, one tenant's requests would delay everybody's.
 */
import type { FastifyRequest } from "fastify";
import { networkOf } from "../../base/address-list.ts";
import { CTOError } from "../../errors/index.ts";
import type { ServerApp } from "../server-context.ts";

/** The requests of one tenant that read the chain at the same time. */
const AT_ONCE = 4;
/** The requests of one tenant that wait for their turn. */
const MOST_WAITING = 60;
const AGAIN_S = 5;

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route reads the chain, or asks an aggregator. */
    readsChain?: boolean;
  }
}

type Lane = { running: number; readonly waiting: (() => void)[] };

/** A user may have many keys; without a key, it is the address's network. */
export const tenantOf = ({ caller, ip }: Pick<FastifyRequest, "caller" | "ip">): string => {
  if (caller === null) return `address ${networkOf(ip)}`;
  const { userId, id } = caller.key;
  return userId === undefined ? `key ${id}` : `user ${userId}`;
};

/** Makes each request to a route with `readsChain` wait for its tenant's turn. */
export function takeTurns(app: ServerApp): void {
  const lanes = new Map<string, Lane>();

  /** Waits for a place. @returns how to leave it */
  const begin = async (tenant: string): Promise<() => void> => {
    const lane = lanes.get(tenant) ?? { running: 0, waiting: [] };
    lanes.set(tenant, lane);
    if (lane.running < AT_ONCE) lane.running += 1;
    else if (lane.waiting.length >= MOST_WAITING)
      throw new CTOError("CTO_E_RATE_LIMITED", { seconds: AGAIN_S });
    else await new Promise<void>((resolve) => lane.waiting.push(resolve));
    return () => {
      // The place goes to the next one that waits.
      const next = lane.waiting.shift();
      if (next !== undefined) return next();
      lane.running -= 1;
      if (lane.running === 0) lanes.delete(tenant);
    };
  };
  app.addHook("preHandler", async (request, { raw }) => {
    if (request.routeOptions.config.readsChain !== true) return;
    let isOver = raw.destroyed;
    let end: (() => void) | undefined;
    const over = (): void => {
      isOver = true;
      end?.();
      end = undefined;
    };
    // A response that is sent finishes. One whose client has gone only closes.
    raw.once("finish", over).once("close", over);
    end = await begin(tenantOf(request));
    if (!isOver) return;
    over();
    throw new CTOError("CTO_E_RATE_LIMITED", { seconds: AGAIN_S });
  });
}
