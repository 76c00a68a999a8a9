/**
 * bull-board at /admin/queues: BullMQ's jobs as they are, for administrators, to look at and no more. What an operation did is
 * in the journal; a job is only the wake-up of its user, and changing one by hand would change nothing for good.
 */
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import { CTOError } from "../errors/index.ts";
import { openBoardQueue } from "../queue/queues.ts";
import { toProblem } from "./problem.ts";
import type { ServerApp, ServerContext } from "./server-context.ts";

const PATH = "/admin/queues";

/** It asks a stranger's server for its fonts. The policy refuses them; without the line nobody is even asked. */
const FOREIGN_SHEET = /<link\b[^>]*href="https?:[^>]*>\s*/g;

/** The app's own, but that the page states its base. What it would load from elsewhere, fonts, stays out. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

export async function mountBoard(app: ServerApp, { context: { backend } }: ServerContext): Promise<void> {
  const queue = openBoardQueue(backend);
  app.addHook("onClose", () => queue.close());
  const board = new FastifyAdapter();
  board.setBasePath(PATH);
  createBullBoard({
    queues: [new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false })],
    serverAdapter: board,
    options: { uiConfig: { boardTitle: "CTO queue" } },
  });
  // Its own would answer 500 to everything, with the stack.
  board.setErrorHandler((error) => {
    const problem = toProblem(error);
    return { status: problem.status as 500, body: problem };
  });
  await app.register(async (scope) => {
    scope.decorate("libraryAccess", { scope: "admin", owner: "global" });
    // bull-board's own read-only mode hides the buttons; this is what keeps it so.
    scope.addHook("onRequest", async ({ method, url }, reply) => {
      reply.header("content-security-policy", CONTENT_SECURITY_POLICY);
      if (method !== "GET") {
        throw new CTOError("CTO_E_ROUTE_UNKNOWN", { method, path: url.split("?")[0]?.slice(0, 200) ?? "" });
      }
    });
    scope.addHook("onSend", async (_request, reply, payload) =>
      typeof payload === "string" && String(reply.getHeader("content-type")).startsWith("text/html")
        ? payload.replace(FOREIGN_SHEET, "")
        : payload,
    );
    await scope.register(board.registerPlugin(), { prefix: PATH });
  });
}
