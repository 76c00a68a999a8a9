/** Reads users and wallets out of a bot's documents, as the mapping says. */
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

/** ObjectIds and numbers as texts; anything else is no id. */
const asText = (value: unknown): string | null => {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null || !("_bsontype" in value)) return null;
  const { _bsontype: type } = value;
  return type === "ObjectId" || type === "Long" || type === "UUID" ? String(value) : null;
};

/** A key may be kept as bytes, too. */
const asKeyText = (value: unknown): string | null => {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return JSON.stringify(value);
  if (value instanceof Binary) return JSON.stringify([...value.value()]);
  return null;
};

const holds = (document: Document, conditions: readonly Condition[]): boolean =>
  conditions.some(({ field, is }) => at(document, field) === is);

export type SourceUser = {
  readonly id: string | null;
  readonly name: string | null;
  /** What wallets may name it by. */
  readonly references: readonly string[];
  readonly fundingWallet: string | null;
};

export const readSourceUser = (document: Document, { users }: Mapping): SourceUser => ({
  id: asText(first(document, users.id)),
  name: asText(first(document, users.name)),
  references: users.referredToBy.flatMap((path) => asText(at(document, path)) ?? []),
  fundingWallet: asText(first(document, users.fundingWallet)),
});

export type SourceWallet = {
  readonly id: string;
  readonly user: string | null;
  readonly privateKey: string | null;
  /** `invalid`: something stands there that is no address. */
  readonly publicKey: Address | "invalid" | null;
  readonly label: string | null;
  readonly role: WalletRole | "leave out";
};

const roleOf = (document: Document, { wallets }: Mapping): SourceWallet["role"] => {
  if (holds(document, wallets.funding)) return "funding";
  if (holds(document, wallets.buyer)) return "buyer";
  return holds(document, wallets.leaveOut) ? "leave out" : wallets.otherwise;
};

export function readSourceWallet(document: Document, mapping: Mapping): SourceWallet {
  const { wallets } = mapping;
  const publicKey = asText(first(document, wallets.publicKey));
  const stated = publicKey !== null && isAddress(publicKey) ? publicKey : "invalid";
  return {
    id: asText(document._id) ?? "?",
    user: asText(first(document, wallets.user)),
    privateKey: asKeyText(first(document, wallets.privateKey)),
    publicKey: publicKey === null ? null : stated,
    label: asText(first(document, wallets.label)),
    role: roleOf(document, mapping),
  };
}
