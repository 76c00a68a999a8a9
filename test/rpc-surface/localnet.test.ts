/** Tests that the localnet returns the answers that the chain layer depends on. */
import { startLocalnet } from "../../src/localnet/index.ts";
import { rpcSurface } from "./suite.ts";

rpcSurface("the localnet", async () => {
  const { rpcUrl, wsUrl, cluster, close } = await startLocalnet({ slotMs: 50 });
  return {
    rpcUrl,
    wsUrl,
    close,
    async fund(address, amount) {
      await cluster.airdrop(address, amount);
    },
  };
});
