/** A real node answers the same, where one is at hand. */
import { describeWithNode, startRealNode } from "../support/real-node.ts";
import { rpcSurface } from "./suite.ts";

await describeWithNode("a real Solana node", (binary) => {
  rpcSurface("solana-test-validator", () => startRealNode(binary, null));
});
