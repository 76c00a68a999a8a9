/** Reads the database server's clock. */
import type { Store } from "../store.ts";

export const readTime = ({ clock }: Store): Promise<Date> => clock.ask();
