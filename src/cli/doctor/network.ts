/** What `cto doctor --production` must know of the network, so that it believes no declaration that is plainly wrong. */
import { lookup } from "node:dns/promises";
import os from "node:os";

export type Network = {
  /** Returns all addresses of a host. */
  addressesOf(host: string): Promise<readonly string[]>;
  /** Returns the addresses of this machine, or of this container. */
  own(): readonly string[];
};

export const SYSTEM: Network = {
  addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  own: () =>
    Object.values(os.networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)),
};
