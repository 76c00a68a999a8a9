/** An HTTP server in a process of its own, from the environment; it says where it listens. */
import { closeAll, defaultContext } from "../../src/runtime/default-context.ts";
import { startServer } from "../../src/server/listen.ts";

const server = await startServer(await defaultContext(), { version: "0.0.0-test", webRoot: "/nowhere" });
process.on("SIGTERM", async () => {
  await server.close();
  await closeAll();
  process.exit(0);
});
console.log(`listening on ${server.url}`);
