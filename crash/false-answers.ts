/**
 * Makes the answers of an endpoint that is behind, or that lies, from those of the cluster. They concern everything that
 * can prove a transaction absent: signature statuses, the histories of wallets, and whole transactions.
 */

/** The lag in slots. It is larger than the distance from the finalized slot to the newest one. */
const LAG = 60;

type Placed = { readonly slot: number };
type Statuses = { readonly context: Placed; readonly value: readonly (Placed | null)[] };

/** A JSON-RPC request, as far as answers depend on it. */
type Request = { readonly method?: string; readonly params?: readonly unknown[] };
type Answer = { readonly result?: unknown; readonly error?: unknown };

/** The answer of a node that is {@link LAG} slots behind: it knows what landed before that, and nothing later. */
export const behind = ({ context, value }: Statuses): Statuses => {
  const slot = context.slot - LAG;
  return {
    context: { ...context, slot },
    value: value.map((status) => (status !== null && status.slot <= slot ? status : null)),
  };
};

/** The answer of a node that is up to date, but returns null for every signature. */
const without = ({ context, value }: Statuses): Statuses => ({ context, value: value.map(() => null) });

/** Like agave, which knows no such block yet. */
const NOT_REACHED = { code: -32016, message: "Minimum context slot has not been reached" };

const leastSlotOf = ({ params }: Request): number =>
  Number((params?.[1] as { minContextSlot?: number } | undefined)?.minContextSlot ?? 0);

/** @param newest the cluster's newest slot */
export function laggingAnswer(request: Request, answer: Answer, newest: number): Answer {
  const { result } = answer;
  if (result === undefined || result === null) return answer;
  const slot = newest - LAG;
  switch (request.method) {
    case "getSignatureStatuses":
      return { ...answer, result: behind(result as Statuses) };
    case "getSignaturesForAddress": {
      if (leastSlotOf(request) > slot) {
        const { result: _, ...rest } = answer;
        return { ...rest, error: NOT_REACHED };
      }
      return { ...answer, result: (result as Placed[]).filter((line) => line.slot <= slot) };
    }
    case "getTransaction":
      return (result as Placed).slot <= slot ? answer : { ...answer, result: null };
    default:
      return answer;
  }
}

/** The endpoint is up to date, and denies every transaction. */
export function lyingAnswer({ method }: Request, answer: Answer): Answer {
  const { result } = answer;
  if (result === undefined || result === null) return answer;
  if (method === "getSignatureStatuses") return { ...answer, result: without(result as Statuses) };
  if (method === "getSignaturesForAddress") return { ...answer, result: [] };
  return method === "getTransaction" ? { ...answer, result: null } : answer;
}
