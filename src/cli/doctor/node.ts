/** Checks that the package supports this version of Node.js. */
import type { Check } from "./check.ts";

const NEEDED = [20, 19] as const;

export function checkNode(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const enough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
  const detail = `Node.js ${version}${enough ? "" : `; at least ${NEEDED.join(".")} is needed`}`;
  return { name: "node", state: enough ? "ok" : "broken", detail };
}
