/** Reads users and wallets out of a bot's documents, according to the mapping. */
import { type Address, isAddress } from "@solana/kit";
import { Binary, type Document } from "mongodb";
import type { WalletRole } from "../../engine/ports.ts";
import type { Condition, Mapping } from "./mapping.ts";

const at = (document: Document, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (inner, part) =>
        typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[part] : undefined,
      document,
    );

const first = (document: Document, paths: readonly string[]): unknown =>
  paths
    .map((path) => at(document, path))
    .find((value) => value !== undefined && value !== null && value !== "");

/** Returns ObjectIds and numbers as text. Any other value is not an id. */
const asText = (value: unknown): string | null => {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null || !("_bsontype" in value)) return null;
  const { _bsontype: type } = value;
  return type === "ObjectId" || type === "Long" || type === "UUID" ? String(value) : null;
};

/** The most bytes that we read as a key. No form of a key is longer. */
const MOST_BYTES = 1_024;

/** Returns the bytes of a Buffer's JSON, `{type: "Buffer", data: [12, …]}`, or of a Uint8Array's, `{"0": 12, …}`. */
function bytesOf(value: object): number[] | null {
  const inner = "type" in value && value.type === "Buffer" && "data" in value ? value.data : value;
  if (Array.isArray(inner)) return inner;
  if (typeof inner !== "object" || inner === null) return null;
  const count = Object.keys(inner).length;
  if (count === 0 || count > MOST_BYTES) return null;
  const listed = Array.from({ length: count }, (_, index) => (inner as Record<string, unknown>)[index]);
  return listed.every((byte) => typeof byte === "number") ? listed : null;
}

/** A document may also store a key as bytes. */
const asKeyText = (value: unknown): string | null => {
  if (typeof value === "string") return value;
  if (value instanceof Binary) return JSON.stringify([...value.value()]);
  const bytes = typeof value === "object" && value !== null ? bytesOf(value) : null;
  return bytes === null ? null : JSON.stringify(bytes);
};

/** Describes the value in the field of a key, without its content. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null || value === "") return "nothing";
  if (typeof value !== "object") return `a ${typeof value}`;
  if ("_bsontype" in value) return `a ${String(value._bsontype)}`;
  const fields = Object.keys(value).slice(0, 5).join(", ");
  return `an object with the fields ${fields.slice(0, 100) || "(none)"}`;
}

const holds = (document: Document, conditions: readonly Condition[]): boolean =>
  conditions.some(({ field, is }) => at(document, field) === is);

export type SourceUser = {
  readonly id: string | null;
  readonly name: string | null;
  /** The texts by which wallets may name this user. */
  readonly references: readonly string[];
  readonly fundingWallet: string | null;
  /** The wallets inside the user's own document. */
  readonly wallets: readonly Document[];
};

/** A list of wallets may also contain ids. The documents of those wallets are in the wallets' collection. */
const isWallet = (value: unknown): value is Document =>
  typeof value === "object" && value !== null && !("_bsontype" in value);

/** The fewest characters of a key as text. Ids are shorter. */
const KEY_LENGTH = 40;

/** A list of wallets may also contain their bare keys. */
const walletOf = (value: unknown, { wallets }: Mapping): Document[] => {
  if (isWallet(value)) return [value];
  const [field] = wallets.privateKey;
  const isKey = typeof value === "string" && value.length >= KEY_LENGTH && field !== undefined;
  return isKey ? [inField(field, value)] : [];
};

const embedded = (document: Document, paths: readonly string[], mapping: Mapping): Document[] =>
  paths.flatMap((path) => {
    const value = at(document, path);
    return (Array.isArray(value) ? value : [value]).flatMap((one) => walletOf(one, mapping));
  });

/** @example inField("keys.private", "5K…"); // { keys: { private: "5K…" } } */
const inField = (path: string, value: unknown): Document =>
  path.split(".").reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as Document;

/** A funding wallet inside the user's document. Its field says its role, whatever else the wallet says. */
const embeddedFunding = (document: Document, mapping: Mapping): Document[] => {
  const [condition] = mapping.wallets.funding;
  const value = first(document, mapping.users.fundingWallet);
  if (condition === undefined || !isWallet(value)) return [];
  return [{ ...value, ...inField(condition.field, condition.is) }];
};

export const readSourceUser = (document: Document, mapping: Mapping): SourceUser => {
  const { users } = mapping;
  return {
    id: asText(first(document, users.id)),
    name: asText(first(document, users.name)),
    references: users.referredToBy.flatMap((path) => asText(at(document, path)) ?? []),
    fundingWallet: asText(first(document, users.fundingWallet)),
    wallets: [...embeddedFunding(document, mapping), ...embedded(document, users.wallets, mapping)],
  };
};

export type SourceWallet = {
  readonly id: string;
  readonly user: string | null;
  readonly privateKey: string | null;
  /** The kind of the value in the key's field. */
  readonly kind: string;
  /** `invalid`: the field has a value that is not an address. */
  readonly publicKey: Address | "invalid" | null;
  readonly label: string | null;
  readonly role: WalletRole | "leave out";
};

const roleOf = (document: Document, { wallets }: Mapping): SourceWallet["role"] => {
  if (holds(document, wallets.funding)) return "funding";
  if (holds(document, wallets.buyer)) return "buyer";
  return holds(document, wallets.leaveOut) ? "leave out" : wallets.otherwise;
};

/** @param within the user whose document contains the wallet, and the wallet's name there */
export function readSourceWallet(
  document: Document,
  mapping: Mapping,
  within?: { readonly user: string; readonly name: string },
): SourceWallet {
  const { wallets } = mapping;
  const key = first(document, wallets.privateKey);
  const publicKey = asText(first(document, wallets.publicKey));
  const stated = publicKey !== null && isAddress(publicKey) ? publicKey : "invalid";
  return {
    id: asText(document._id) ?? within?.name ?? "?",
    user: within?.user ?? asText(first(document, wallets.user)),
    privateKey: asKeyText(key),
    kind: kindOf(key),
    publicKey: publicKey === null ? null : stated,
    label: asText(first(document, wallets.label)),
    role: roleOf(document, mapping),
  };
}
