/** Decodes a token's stored label, for all journals. The label was cleaned before it was stored. */
import { z } from "zod";

export const storedLabel = z.object({ symbol: z.string(), name: z.string(), unverified: z.literal(true) });
