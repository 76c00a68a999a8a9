/**
 * Serves bull-board at /admin/queues: a read-only view of BullMQ's jobs, for administrators. The journal records what
 * an operation did. A job is only the wake-up of a user, so a manual change to a job would have no lasting effect.
 */
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import { CTOError } from "../errors/index.ts";
import { openBoardQueue } from "../queue/queues.ts";
import { toProblem } from "./problem.ts";
import type { ServerApp, ServerContext } from "./server-context.ts";

const PATH = "/admin/queues";

/**
 * The page links a font sheet on a foreign server. Our policy blocks it; we also remove the link, so that browsers do
 * not try to load it.
 */
const FOREIGN_SHEET = /<link\b[^>]*href="https?:[^>]*>\s*/g;

/**
 * The page's placeholder, shown until its script runs, has inline styles. Our policy blocks them, and the browser would
 * log an error for each.
 */
const INLINE_STYLES = /<style>[^<]*<\/style>| style="[^"]*"/g;

/**
 * The app's own policy, except that the page may set its base URL. External resources, such as fonts, stay blocked.
 */
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
  // bull-board's own handler would answer every error with status 500 and the stack.
  board.setErrorHandler((error) => {
    const problem = toProblem(error);
    return { status: problem.status as 500, body: problem };
  });
  await app.register(async (scope) => {
    scope.decorate("libraryAccess", { scope: "admin", owner: "global" });
    // bull-board's read-only mode hides the buttons. This hook enforces it.
    scope.addHook("onRequest", async ({ method, url }, reply) => {
      reply.header("content-security-policy", CONTENT_SECURITY_POLICY);
      if (method !== "GET") {
        throw new CTOError("CTO_E_ROUTE_UNKNOWN", { method, path: url.split("?")[0]?.slice(0, 200) ?? "" });
      }
    });
    scope.addHook("onSend", async (_request, reply, payload) =>
      typeof payload === "string" && String(reply.getHeader("content-type")).startsWith("text/html")
        ? payload.replace(FOREIGN_SHEET, "").replace(INLINE_STYLES, "")
        : payload,
    );
    await scope.register(board.registerPlugin(), { prefix: PATH });
  });
}
