/** Parses rows of `cto.users`. */
import { z } from "zod";
import type { User } from "../../../engine/ports.ts";
import { withoutNulls } from "../../without-nulls.ts";
import { parseRow } from "./parse-row.ts";

const userRow = z.object({ id: z.string(), name: z.string().nullable(), created_at: z.date() });

export const parseUser = (row: unknown): User =>
  parseRow("users", () => {
    const { created_at, ...user } = userRow.parse(row);
    return withoutNulls({ ...user, createdAt: created_at });
  });
