/** Tests that a real node returns the same answers. Without a node this test is skipped. */
import { describeWithNode, startRealNode } from "../support/real-node.ts";
import { rpcSurface } from "./suite.ts";

await describeWithNode("a real Solana node", (binary) => {
  rpcSurface("solana-test-validator", () => startRealNode(binary, null));
});
