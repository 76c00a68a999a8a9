/**
 * Refuses endpoints of different clusters. A transaction's absence on one cluster proves nothing about another cluster.
 * We request each endpoint's genesis hash before its first use. If two hashes differ, we cannot decide which cluster the
 * configuration meant, so we use no endpoint any more.
 */
import { z } from "zod";
import { CTOError } from "../errors/index.ts";
import { CallFault, type Endpoint, type RpcRequest } from "./endpoint.ts";

export const GENESIS: RpcRequest<string> = {
  method: "getGenesisHash",
  params: [],
  schema: z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/),
  urgent: true,
};

export class OneCluster {
  readonly #isAlone: boolean;
  readonly #checks = new Map<Endpoint, Promise<void>>();
  #first: { readonly host: string; readonly genesis: string } | undefined;
  #mixed: CTOError | undefined;

  /** @param endpoints their number; a single endpoint needs no comparison, so we send it no request */
  constructor(endpoints: number) {
    this.#isAlone = endpoints < 2;
  }

  /** The error that names the two endpoints that differ; undefined if none differ. */
  get mixed(): CTOError | undefined {
    return this.#mixed;
  }

  /**
   * Must resolve before any call to the endpoint.
   * @throws CallFault with `CTO_E_RPC_UNAVAILABLE`: callers treat an endpoint that we refuse like one that does not answer
   */
  async admit(endpoint: Endpoint, closing: AbortSignal): Promise<void> {
    if (this.#isAlone) return;
    const check = this.#checks.get(endpoint) ?? this.#learn(endpoint, closing);
    this.#checks.set(endpoint, check);
    try {
      await check;
    } catch (error) {
      this.#checks.delete(endpoint); // The endpoint did not answer. The next use retries.
      throw error;
    }
    if (this.#mixed === undefined) return;
    const unused = new CTOError("CTO_E_RPC_UNAVAILABLE", {
      method: GENESIS.method,
      reason: this.#mixed.message,
    });
    throw new CallFault(unused, false, undefined);
  }

  async #learn(endpoint: Endpoint, closing: AbortSignal): Promise<void> {
    const genesis = await endpoint.call(GENESIS, closing);
    const { host } = endpoint;
    this.#first ??= { host, genesis };
    if (this.#first.genesis === genesis) return;
    this.#mixed = new CTOError("CTO_E_CONFIG_CLUSTERS_DIFFER", { one: this.#first.host, other: host });
  }
}
