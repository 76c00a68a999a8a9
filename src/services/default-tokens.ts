/**
 * Opens the chain for the public functions that query tokens: from the environment, on first use, once per process.
 */
import { once } from "../base/once.ts";
import { openChainPorts } from "../runtime/chain-ports.ts";
import { closeWithAll, defaultContext } from "../runtime/default-context.ts";
import { createDetector } from "./detect.ts";

/** The process's chain and venues. A failed opening is not cached. */
export const defaultChainPorts = once(async () => {
  const opened = await openChainPorts(await defaultContext());
  closeWithAll(async () => {
    defaultChainPorts.forget();
    defaultDetector.forget();
    opened.chain.close();
  });
  return opened;
});

export const defaultDetector = once(async () => createDetector(await defaultContext(), defaultChainPorts));
