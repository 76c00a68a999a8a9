/** Defines the API keys that external applications use for the HTTP API, and how the journal stores them. */

/** `admin` includes all others; each of the others includes `read`. */
export const API_SCOPES = ["read", "operate", "wallets", "admin"] as const;
export type ApiScope = (typeof API_SCOPES)[number];

export type ApiKey = {
  /** Public: it is a part of the key itself, and appears in lists and in the audit log. */
  readonly id: string;
  /** A label for people. */
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  /** The only user that the key may act for; absent: all users. */
  readonly userId?: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  /** Accurate to about a minute. */
  readonly lastUsedAt?: Date;
  readonly revokedAt?: Date;
  /** The key is refused from this time on; absent: never. */
  readonly expiresAt?: Date;
  /** The key may be used only from these addresses and networks (`10.0.0.0/8`); absent: from anywhere. */
  readonly addresses?: readonly string[];
};

export type NewApiKey = Pick<
  ApiKey,
  "id" | "name" | "scopes" | "userId" | "createdBy" | "expiresAt" | "addresses"
> & {
  /** SHA-256 of the secret, hex. We never store the secret itself. */
  readonly secretHash: string;
};

export interface ApiKeys {
  /** @throws `CTO_E_USER_UNKNOWN` if the key is bound to a user that does not exist */
  addApiKey(key: NewApiKey): Promise<ApiKey>;
  /** Returns revoked keys, too; null if no key ever had this id. */
  readApiKey(id: string): Promise<{ key: ApiKey; secretHash: string } | null>;
  /** Returns all keys, including revoked ones, in the order in which they were added. */
  listApiKeys(): Promise<ApiKey[]>;
  /** Revokes the key for good. A second call keeps the first time. Returns null if there is no such key. */
  revokeApiKey(id: string): Promise<ApiKey | null>;
  /** Makes the key expire at that time, unless it expires earlier. Returns null if there is no such key. */
  expireApiKey(id: string, at: Date): Promise<ApiKey | null>;
  /** Stores that the key was used now. */
  touchApiKey(id: string): Promise<void>;
}
