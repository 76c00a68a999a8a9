/**
 * Keeps endpoints of different clusters apart: what one cluster does not know of a transaction says nothing about another.
 * Each endpoint is asked for its genesis hash before its first use. Where two hashes differ, nobody can say which of them was
 * meant, so none is used any more.
 */
import { z } from "zod";
import { CTOError } from "../errors/index.ts";
import { CallFault, type Endpoint, type Question } from "./endpoint.ts";

const GENESIS: Question<string> = {
  method: "getGenesisHash",
  params: [],
  schema: z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/),
  urgent: true,
};

export class OneCluster {
  readonly #isAlone: boolean;
  readonly #asked = new Map<Endpoint, Promise<void>>();
  #first: { readonly host: string; readonly genesis: string } | undefined;
  #mixed: CTOError | undefined;

  /** @param endpoints a single one has nothing to differ from, and is not asked */
  constructor(endpoints: number) {
    this.#isAlone = endpoints < 2;
  }

  /** What has been found to differ. */
  get mixed(): CTOError | undefined {
    return this.#mixed;
  }

  /**
   * Must be answered before the endpoint's word counts.
   * @throws CallFault with `CTO_E_RPC_UNAVAILABLE`: to its caller, an endpoint that is not used is one that does not answer
   */
  async admit(endpoint: Endpoint, closing: AbortSignal): Promise<void> {
    if (this.#isAlone) return;
    const asked = this.#asked.get(endpoint) ?? this.#learn(endpoint, closing);
    this.#asked.set(endpoint, asked);
    try {
      await asked;
    } catch (error) {
      this.#asked.delete(endpoint); // It did not answer: the next use asks again.
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
    const genesis = await endpoint.ask(GENESIS, closing);
    const { host } = endpoint;
    this.#first ??= { host, genesis };
    if (this.#first.genesis === genesis) return;
    this.#mixed = new CTOError("CTO_E_CONFIG_CLUSTERS_DIFFER", { one: this.#first.host, other: host });
  }
}
