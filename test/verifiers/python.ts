/** Runs the second verifier in one Python process for many receipts, because starting Python takes longer than a check. */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";

export const VERIFIER = fileURLToPath(new URL("../../verifiers/python/verify.py", import.meta.url));

/** Returns the Python command. On a machine without Python, prints one line and returns null. */
export function findPython(): string | null {
  const found = spawnSync("python3", ["--version"]);
  if (found.status === 0) return "python3";
  console.log("The second verifier was not run: there is no python3 here.");
  return null;
}

/** The Python program. Each input line is a receipt, and each output line is its verdict. */
const LOOP = `
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import verify
for line in sys.stdin:
    try:
        receipt = json.loads(line)
        verify.check_shape(receipt)
        verdict = verify.verify(receipt, verify.endpoint(sys.argv[2]))
    except Exception as error:
        verdict = {"ok": False, "memosVerified": -1, "transactions": -1, "failedTransactions": -1, "problems": [repr(error)]}
    print(json.dumps(verdict), flush=True)
`;

const verdictSchema = z.object({
  ok: z.boolean(),
  memosVerified: z.number(),
  transactions: z.number(),
  failedTransactions: z.number(),
  problems: z.array(z.string()),
  mentions: z.array(z.string()).default([]),
});
export type Verdict = z.infer<typeof verdictSchema>;

export type PythonVerifier = { verify(receipt: unknown): Promise<Verdict>; close(): void };

export function startPython(python: string, rpcUrl: string): PythonVerifier {
  const folder = fileURLToPath(new URL("../../verifiers/python", import.meta.url));
  const child = spawn(python, ["-c", LOOP, folder, rpcUrl], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.(line));
  return {
    verify: (receipt) =>
      new Promise((resolve) => {
        waiting.push((line) => resolve(verdictSchema.parse(JSON.parse(line))));
        child.stdin.write(`${JSON.stringify(receipt)}\n`);
      }),
    close: () => {
      child.stdin.end();
    },
  };
}
