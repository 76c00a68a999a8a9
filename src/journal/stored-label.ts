/** What a token calls itself, as it is stored: the same in every journal. It was cleaned before it came here. */
import { z } from "zod";

export const storedLabel = z.object({ symbol: z.string(), name: z.string(), unverified: z.literal(true) });
