/** The one door through which database rows come in. */
export { parseRecord as parseRow } from "../../parse-record.ts";
