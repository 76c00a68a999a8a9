/** Records the part of a chain that the check of these receipts reads. `verifiers/forgeries` uses such recordings. */
import { z } from "zod";
import type { Receipt } from "../../src/receipts/index.ts";
import { type RecordedChain, recordedChainSchema } from "./chain-server.ts";

const answerSchema = z.object({ result: z.unknown() });
const linesSchema = z.array(z.looseObject({ signature: z.string() }));
const supplySchema = z.object({ value: z.object({ decimals: z.number() }) });

export async function recordChain(rpcUrl: string, receipts: readonly Receipt[]): Promise<RecordedChain> {
  const call = async (method: string, ...params: readonly unknown[]): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "content-type": "application/json" };
    const response = await fetch(rpcUrl, { method: "POST", headers, body });
    return answerSchema.parse(await response.json()).result;
  };
  const commitment = "confirmed";
  const chain: RecordedChain = {
    histories: {},
    transactions: {},
    decimals: {},
    walletMinimum: z.number().parse(await call("getMinimumBalanceForRentExemption", 0)),
    genesisHash: z.string().parse(await call("getGenesisHash")),
  };
  for (const { address } of receipts.flatMap(({ legs, recovered = [] }) => [...legs, ...recovered])) {
    const lines = linesSchema.parse(await call("getSignaturesForAddress", address, { commitment }));
    chain.histories[address] = lines;
    for (const { signature } of lines) {
      const options = { commitment, encoding: "json", maxSupportedTransactionVersion: 1 };
      chain.transactions[signature] ??= await call("getTransaction", signature, options);
    }
  }
  for (const { asked } of receipts) {
    const supply = supplySchema.parse(await call("getTokenSupply", asked.token, { commitment }));
    chain.decimals[asked.token] = supply.value.decimals;
  }
  return recordedChainSchema.parse(chain);
}
