/** Implements the RPC methods that read accounts. They all use the newest bank. */
import { type Address, getBase58Encoder, getBase64Encoder, type ReadonlyUint8Array } from "@solana/kit";
import { z } from "zod";
import type { BankAccount } from "../bank.ts";
import { encodeAccount, encodeMaybeAccount } from "./account-encoding.ts";
import { RpcError } from "./errors.ts";
import { bankFor, type Method, method, withContext } from "./method.ts";
import { accountConfig, accountFields, address, contextConfig } from "./params.ts";

/** Agave's limits. */
const MAX_MULTIPLE_ACCOUNTS = 100;
const MAX_FILTERS = 4;

const memcmp = z.object({
  offset: z.number().int().nonnegative(),
  bytes: z.union([z.string(), z.array(z.number().int().min(0).max(255))]),
  encoding: z.enum(["base58", "base64", "bytes"]).nullish(),
});

const filter = z.union([
  z.object({ dataSize: z.number().int().nonnegative() }),
  z.object({ memcmp }),
  z.object({ tokenAccountState: z.object({}).passthrough().nullish() }),
]);

const filterBytes = ({ bytes, encoding }: z.infer<typeof memcmp>): ReadonlyUint8Array => {
  if (typeof bytes !== "string") return new Uint8Array(bytes);
  try {
    return (encoding === "base64" ? getBase64Encoder() : getBase58Encoder()).encode(bytes);
  } catch {
    throw new RpcError("invalidParams", "Invalid param: memcmp bytes cannot be decoded");
  }
};

const matcher = (given: z.infer<typeof filter>): ((data: ReadonlyUint8Array) => boolean) => {
  if ("dataSize" in given) return (data) => data.length === given.dataSize;
  if (!("memcmp" in given))
    throw new RpcError("invalidParams", "the localnet knows the filters dataSize and memcmp");
  const wanted = filterBytes(given.memcmp);
  const { offset } = given.memcmp;
  return (data) =>
    offset + wanted.length <= data.length && wanted.every((byte, at) => data[offset + at] === byte);
};

const programConfig = z
  .object({
    ...accountFields,
    filters: z.array(filter).max(MAX_FILTERS).nullish(),
    withContext: z.boolean().nullish(),
    sortResults: z.boolean().nullish(),
  })
  .nullish();

const byAddress = (a: { address: Address }, b: { address: Address }): number =>
  a.address < b.address ? -1 : 1;

const matching = (accounts: BankAccount[], filters: readonly z.infer<typeof filter>[]): BankAccount[] => {
  const tests = filters.map(matcher);
  return accounts.filter(({ data }) => tests.every((test) => test(data))).sort(byAddress);
};

export const accountMethods: Readonly<Record<string, Method>> = {
  getBalance: method(z.tuple([address, contextConfig.optional()]), (cluster, [of, config]) =>
    withContext(bankFor(cluster, config), cluster.account(of)?.lamports ?? 0n),
  ),

  getAccountInfo: method(z.tuple([address, accountConfig.optional()]), (cluster, [of, config]) =>
    withContext(bankFor(cluster, config), encodeMaybeAccount(cluster, cluster.account(of), config ?? {})),
  ),

  getMultipleAccounts: method(
    z.tuple([
      z.array(address).max(MAX_MULTIPLE_ACCOUNTS, "Too many inputs provided; max 100"),
      accountConfig.optional(),
    ]),
    (cluster, [addresses, config]) => {
      // Agave's default here is base64, unlike the default of getAccountInfo.
      const view = { ...config, encoding: config?.encoding ?? ("base64" as const) };
      const accounts = addresses.map((of) => encodeMaybeAccount(cluster, cluster.account(of), view));
      return withContext(bankFor(cluster, config), accounts);
    },
  ),

  getProgramAccounts: method(z.tuple([address, programConfig.optional()]), (cluster, [owner, config]) => {
    const bank = bankFor(cluster, config);
    const found = matching(cluster.programAccounts(owner), config?.filters ?? []).map((account) => ({
      pubkey: account.address,
      account: encodeAccount(cluster, account, config ?? {}),
    }));
    return config?.withContext ? withContext(bank, found) : found;
  }),
};
