/** Runs an HTTP server in its own process, configured by the environment. It sends its URL to the parent process. */
import { closeAll, defaultContext } from "../../src/runtime/default-context.ts";
import { startServer } from "../../src/server/listen.ts";

const server = await startServer(await defaultContext(), { version: "0.0.0-test", webRoot: "/nowhere" });
process.on("SIGTERM", async () => {
  await server.close();
  await closeAll();
  process.exit(0);
});
console.log(`listening on ${server.url}`);
