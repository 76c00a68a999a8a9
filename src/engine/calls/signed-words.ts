/** Says in words how many members signed in time, in each round of a muster: why a call lapsed, for those who took part. */
import { formatSol } from "../../base/sol.ts";
import type { Member, Muster } from "./muster.ts";

/** A withdrawal in a round, or before it, takes back what was signed in it. */
const hasSigned = (round: number, { attempts, withdrawn, withdrawnIn = 0 }: Member): boolean =>
  attempts.some((attempt) => attempt.round === round && attempt.signature !== null) &&
  !(withdrawn && withdrawnIn <= round);

const sumOf = (members: readonly Member[]): string =>
  formatSol(members.reduce((sum, { lamports }) => sum + lamports, 0n));

/** Returns sentences; none before the first round. Wallets that only send do not count towards the least. */
export function signedWords({ members, round, goal }: Muster): string {
  if (round === 0) return "";
  const asked = members.filter(({ way }) => way === "signs");
  const rounds = Array.from({ length: round }, (_, at) => {
    const signed = asked.filter((member) => hasSigned(at + 1, member));
    return `In round ${at + 1}, ${signed.length} of ${asked.length} wallets signed in time, with ${sumOf(signed)} SOL.`;
  });
  return `${rounds.join(" ")} The least is ${goal.leastWallets} wallets with ${formatSol(goal.leastLamports)} SOL.`;
}
