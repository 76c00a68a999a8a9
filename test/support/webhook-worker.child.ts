/** Delivers webhooks in its own process, configured by the environment, with short intervals. */
import { pino } from "pino";
import { readConfig } from "../../src/config.ts";
import { openContext } from "../../src/runtime/context.ts";
import { startWebhooks } from "../../src/worker/webhooks.ts";

/** As many retries as the receiver may lose requests. */
const retriesMs = Array.from({ length: 100 }, () => 1);
const context = await openContext(readConfig());
startWebhooks(context, pino({ level: "silent" }), { everyMs: 50, retriesMs, timeoutMs: 1_000, lockMs: 500 });
console.log("ready");
