/** Parses database rows. All rows pass through it. */
export { parseRecord as parseRow } from "../../parse-record.ts";
