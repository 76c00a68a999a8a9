/** The chain that the public functions ask about tokens: opened from the environment on first use, once per process. */
import { type ChainPorts, openChainPorts } from "../runtime/chain-ports.ts";
import { closeWithAll, defaultContext } from "../runtime/default-context.ts";
import { createDetector, type Detector } from "./detect.ts";

let ports: Promise<ChainPorts> | undefined;
let detector: Detector | undefined;

/** The process's chain and venues. A failure to open is not kept. */
export async function defaultChainPorts(): Promise<ChainPorts> {
  const context = await defaultContext();
  ports ??= openChainPorts(context)
    .then((opened) => {
      closeWithAll(async () => {
        ports = undefined;
        detector = undefined;
        opened.chain.close();
      });
      return opened;
    })
    .catch((error: unknown) => {
      ports = undefined;
      throw error;
    });
  return ports;
}

export async function defaultDetector(): Promise<Detector> {
  const context = await defaultContext();
  detector ??= createDetector(context, defaultChainPorts);
  return detector;
}
