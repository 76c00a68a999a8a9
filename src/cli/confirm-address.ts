/** Asks the user to confirm that a key of 32 bytes belongs to the intended wallet. */
import { createInterface } from "node:readline/promises";
import { type Address, isAddress } from "@solana/kit";

/** @returns the address if the user types "yes"; otherwise null, also without an interactive terminal */
export async function confirmAddress(address: string): Promise<Address | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY || !isAddress(address)) return null;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    process.stderr.write(
      `The text has 32 bytes, as an address has. As a private key it belongs to ${address}.\n`,
    );
    const answer = await reader.question("Is this the address of your wallet? Type yes: ");
    return answer.trim() === "yes" ? address : null;
  } finally {
    reader.close();
  }
}
