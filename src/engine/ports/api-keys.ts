/** The keys that external applications call the HTTP API with, as the journal keeps them. */

/** `admin` includes all others; each of the others includes `read`. */
export const API_SCOPES = ["read", "operate", "wallets", "admin"] as const;
export type ApiScope = (typeof API_SCOPES)[number];

export type ApiKey = {
  /** Public: it stands in the key itself, in lists and in the audit log. */
  readonly id: string;
  /** For people to read. */
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  /** The one user that it may act for; absent: global, for all of them. */
  readonly userId?: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  /** To about a minute. */
  readonly lastUsedAt?: Date;
  readonly revokedAt?: Date;
  /** From then on it is refused; absent: never. */
  readonly expiresAt?: Date;
  /** Addresses and networks (`10.0.0.0/8`) that it may be used from; absent: anywhere. */
  readonly addresses?: readonly string[];
};

export type NewApiKey = Pick<
  ApiKey,
  "id" | "name" | "scopes" | "userId" | "createdBy" | "expiresAt" | "addresses"
> & {
  /** SHA-256 of the secret, hex. The secret itself is nowhere. */
  readonly secretHash: string;
};

export interface ApiKeys {
  /** @throws `CTO_E_USER_UNKNOWN` when it is bound to a user that there is not */
  addApiKey(key: NewApiKey): Promise<ApiKey>;
  /** A revoked one, too; null when the id was never given out. */
  readApiKey(id: string): Promise<{ key: ApiKey; secretHash: string } | null>;
  /** All, revoked ones too, in the order in which they were added. */
  listApiKeys(): Promise<ApiKey[]>;
  /** For good; the first time stays. Null when there is no such key. */
  revokeApiKey(id: string): Promise<ApiKey | null>;
  /** Ends it at that time, unless it ends before. Null when there is no such key. */
  expireApiKey(id: string, at: Date): Promise<ApiKey | null>;
  /** Notes that it was used now. */
  touchApiKey(id: string): Promise<void>;
}
