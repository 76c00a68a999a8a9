/** Parses documents of `users` and `wallets`. */
import { address } from "@solana/kit";
import { z } from "zod";
import type { NewWallet, User, Wallet } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { withoutNulls } from "../../without-nulls.ts";

const user = z.object({ _id: z.string(), name: z.string().nullable(), createdAt: z.date() });

export type UserDocument = z.infer<typeof user> & {
  readonly number: number;
  readonly walletCount: number;
  /** The call that adds a webhook to the user now, and until when no other one may. */
  readonly adding?: { readonly by: string; readonly until: Date };
  readonly write: string;
};

export const parseUser = (document: unknown): User =>
  parseRecord("users", () => {
    const { _id, ...parsed } = user.parse(document);
    return withoutNulls({ ...parsed, id: _id });
  });

const wallet = z.object({
  _id: z.string(),
  userId: z.string(),
  role: z.enum(["funding", "buyer"]),
  address: z.string(),
  position: z.number().int(),
  label: z.string().nullable(),
  createdAt: z.date(),
  /** Absent in documents of earlier releases. */
  disabledAt: z.date().nullable().default(null),
});

export type WalletDocument = z.infer<typeof wallet> & {
  readonly sealedKey: string;
  /** Unique: one value per user for funding wallets, one per wallet for buyers. */
  readonly slot: string;
  readonly write: string;
};

export const slotOf = ({ id, userId, role }: Pick<NewWallet, "id" | "userId" | "role">): string =>
  role === "funding" ? `funding ${userId}` : `buyer ${id}`;

/** Excludes the sealed key. Only the actions for sealed keys read it. */
export const WITHOUT_KEY = { sealedKey: 0 } as const;

export const parseWallet = (document: unknown): Wallet =>
  parseRecord("wallets", () => {
    const { _id, ...parsed } = wallet.parse(document);
    return withoutNulls({ ...parsed, id: _id, address: address(parsed.address) });
  });

const sealed = z.object({ sealedKey: z.string() });

export const parseSealedKey = (document: unknown): string =>
  parseRecord("wallets", () => sealed.parse(document).sealedKey);
