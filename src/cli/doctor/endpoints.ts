/**
 * Checks whether the endpoints can contradict each other, for `cto doctor --production`. Endpoints that are one node
 * under several names are one endpoint.
 */
import { type Config, isLoopback, isOnThisMachine } from "../../config.ts";
import type { Check } from "./check.ts";
import type { Network } from "./network.ts";

/** A node, as far as its address shows. */
type Node = {
  readonly name: string;
  /** The addresses that its name leads to, each with the port. */
  readonly sockets: readonly string[];
  readonly isHere: boolean;
};

const fault = (state: Check["state"], detail: string): Check => ({ name: "endpoints", state, detail });

const portOf = ({ port, protocol }: URL): string => port || (protocol === "https:" ? "443" : "80");

/** A name that cannot be resolved now counts as a node of its own. */
async function nodeOf(url: string, network: Network): Promise<Node> {
  const parsed = new URL(url);
  const bare = parsed.hostname.replace(/^\[|\]$/g, "");
  const found = await network.addressesOf(bare).catch(() => []);
  const own = network.own();
  const isHere = isOnThisMachine(url) || found.some((one) => isLoopback(one) || own.includes(one));
  const addresses = found.length === 0 ? [parsed.hostname] : found;
  const sockets = (isHere ? ["this machine"] : addresses).map((one) => `${one} port ${portOf(parsed)}`);
  return { name: parsed.host, sockets, isHere };
}

/** Groups nodes that share an address and a port: one name may have an IPv6 address that another one lacks. */
function groupsOf(nodes: readonly Node[]): Node[][] {
  let groups: Node[][] = [];
  for (const node of nodes) {
    const isNear = (group: readonly Node[]) =>
      group.some(({ sockets }) => sockets.some((socket) => node.sockets.includes(socket)));
    groups = [...groups.filter((group) => !isNear(group)), [...groups.filter(isNear).flat(), node]];
  }
  return groups;
}

const namesOf = (nodes: readonly Node[]): string => [...new Set(nodes.map(({ name }) => name))].join(" and ");

const TWO =
  "Give two of different operators, comma separated: SOLANA_RPC_URL=https://one.example,https://two.example";

function checkIndependence(nodes: readonly Node[], quorum: number | undefined): Check[] {
  const groups = groupsOf(nodes);
  const [largest = []] = groups.toSorted((one, other) => other.length - one.length);
  const hasNames = new Set(largest.map(({ name }) => name)).size > 1;
  const [what, remedy] = hasNames
    ? [`are one node: ${namesOf(largest)} lead to the same address and port`, "name that node once"]
    : ["have the same host", "name that host once"];
  if (groups.length === 1) {
    const single = hasNames
      ? `a single endpoint: ${namesOf(largest)} lead to the same address and port, so`
      : "a single endpoint:";
    return [fault("weak", `${single} nobody contradicts it, and nobody answers when it is down. ${TWO}`)];
  }
  if (quorum !== 1 && largest.length >= (quorum ?? 2))
    return [
      fault(
        "weak",
        `${largest.length} endpoints ${what}, which alone is as many as must agree: raise RESIGN_QUORUM to ${largest.length + 1}, or ${remedy}`,
      ),
    ];
  if (quorum !== 1) return [];
  return [
    fault(
      "weak",
      "RESIGN_QUORUM is 1: one endpoint that is wrong or lies can cause a second purchase. Unset it",
    ),
  ];
}

export async function checkEndpoints(
  { SOLANA_RPC_URL: urls = [], RESIGN_QUORUM }: Config,
  network: Network,
): Promise<Check[]> {
  if (urls.length === 0) return [fault("broken", "SOLANA_RPC_URL is unset: the localnet is no money")];
  const nodes = await Promise.all([...new Set(urls)].map((url) => nodeOf(url, network)));
  const here = nodes.filter(({ isHere }) => isHere);
  const local =
    here.length === 0
      ? []
      : [
          fault(
            "weak",
            `on this machine: ${namesOf(here)}. Whoever holds the machine that signs could also change what the chain says. ${TWO}`,
          ),
        ];
  return [...local, ...checkIndependence(nodes, RESIGN_QUORUM)];
}
