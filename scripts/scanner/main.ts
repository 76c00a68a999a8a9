/**
 * `npm run scanner -- [--seed N] [--operations 500]`: how well the example scanner tells open calls from hidden
 * bundles. The exit code is 1 if it flags an open one, or finds fewer than 95 % of the hidden ones.
 */
import { parseArgs } from "node:util";
import { judge } from "./judge.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    operations: { type: "string", default: "500" },
  },
});
const { open, openFlagged, hidden, hiddenFound, strangersFlagged, missed } = judge(
  Number(values.seed),
  Number(values.operations),
);
const percent = ((100 * hiddenFound) / hidden).toFixed(1);
console.log(`open: ${openFlagged.length} of ${open} flagged as hidden`);
console.log(
  `hidden: ${hiddenFound} of ${hidden} found (${percent} %); missed: ${missed.join(", ") || "none"}`,
);
console.log(`groups with a stranger's purchase: ${strangersFlagged}`);
process.exitCode = openFlagged.length === 0 && hiddenFound >= 0.95 * hidden ? 0 : 1;
