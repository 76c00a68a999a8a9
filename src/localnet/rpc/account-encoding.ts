/** Encodes accounts as the RPC does: base58, base64, or parsed if the localnet can read the data. */
import { getBase58Decoder, getBase64Decoder } from "@solana/kit";
import type { z } from "zod";
import type { BankAccount } from "../bank.ts";
import type { Cluster } from "../cluster.ts";
import { parseAccount } from "../parse/account.ts";
import { invalidParams, RpcError } from "./errors.ts";
import type { accountEncoding, dataSlice } from "./params.ts";

/** Base58 is slow to encode; agave refuses it for more bytes than this. */
const MAX_BASE58_BYTES = 128;
/** Rent-exempt accounts have this epoch; all accounts are rent-exempt today. */
const RENT_EXEMPT_EPOCH = 18_446_744_073_709_551_615n;

export type AccountView = {
  readonly encoding?: z.infer<typeof accountEncoding> | null | undefined;
  readonly dataSlice?: z.infer<typeof dataSlice> | null | undefined;
};

const encodeData = (cluster: Cluster, account: BankAccount, view: AccountView): unknown => {
  const parsed = view.encoding === "jsonParsed" ? parseAccount(cluster, account) : null;
  if (parsed !== null) return parsed;
  const { offset, length } = view.dataSlice ?? { offset: 0, length: account.data.length };
  const bytes = account.data.slice(offset, offset + length);
  if (view.encoding === "base64" || view.encoding === "jsonParsed")
    return [getBase64Decoder().decode(bytes), "base64"];
  if (view.encoding === "base64+zstd") throw invalidParams("the localnet does not compress; ask for base64");
  if (bytes.length > MAX_BASE58_BYTES) {
    const problem =
      "Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.";
    throw new RpcError("invalidRequest", problem);
  }
  // Without an encoding, agave returns a plain string, its oldest format.
  const text = getBase58Decoder().decode(bytes);
  return view.encoding == null ? text : [text, "base58"];
};

/** One account in the requested encoding. @throws RpcError */
export const encodeAccount = (cluster: Cluster, account: BankAccount, view: AccountView) => ({
  lamports: account.lamports,
  owner: account.owner,
  data: encodeData(cluster, account, view),
  executable: account.executable,
  rentEpoch: RENT_EXEMPT_EPOCH,
  space: account.data.length,
});

/** The same for an account that may not exist. */
export const encodeMaybeAccount = (cluster: Cluster, account: BankAccount | null, view: AccountView) =>
  account === null ? null : encodeAccount(cluster, account, view);
