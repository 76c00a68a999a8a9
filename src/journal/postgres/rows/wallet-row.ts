/** Parses rows of `cto.wallets`. */
import { address } from "@solana/kit";
import { z } from "zod";
import type { Wallet } from "../../../engine/ports.ts";
import { withoutNulls } from "../../without-nulls.ts";
import { parseRow } from "./parse-row.ts";

const walletRow = z.object({
  id: z.string(),
  user_id: z.string(),
  role: z.enum(["funding", "buyer"]),
  address: z.string(),
  position: z.number(),
  label: z.string().nullable(),
  created_at: z.date(),
  disabled_at: z.date().nullable(),
});

/** All columns except the sealed key. Only the actions for sealed keys read that one. */
export const WALLET_COLUMNS = "id, user_id, role, address, position, label, created_at, disabled_at";

/** Omits the sealed key, if the row has it. */
export const parseWallet = (row: unknown): Wallet =>
  parseRow("wallets", () => {
    const { user_id, created_at, disabled_at, ...wallet } = walletRow.parse(row);
    return withoutNulls({
      ...wallet,
      userId: user_id,
      address: address(wallet.address),
      createdAt: created_at,
      disabledAt: disabled_at,
    });
  });

const sealedRow = z.object({ sealed_key: z.string() });

export const parseSealedKey = (row: unknown): string =>
  parseRow("wallets", () => sealedRow.parse(row).sealed_key);
