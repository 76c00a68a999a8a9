/** Virtual ms as a date. The epoch is arbitrary. */
export const dateAt = (ms: number): Date => new Date(1_800_000_000_000 + ms);
