/**
 * One survey as several endpoints tell it. What cannot move between two slots must be the same in all of them; what can is
 * settled where a price is made of it: see `agree.ts`.
 */
import { labelWords } from "../base/token-label.ts";
import type { Address, ClusterFacts, RawAccount, Survey, Witness, WitnessReader } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { extensionOf } from "./token-layout.ts";

/** Where a mint counts what moves by itself: its supply, and the fees that its transfers withheld. */
const SUPPLY = { at: 36, size: 8 } as const;
const TRANSFER_FEE_CONFIG = 1;
const WITHHELD = { at: 64, size: 8 } as const;

/** The survey with each of its views, the survey itself first. */
export const viewsOf = ({ others = [], ...first }: Survey): readonly [Survey, ...Survey[]] => [
  first,
  ...others,
];

/**
 * What the cluster is, by several endpoints: the dearer rent, so that nothing is short of it whoever is right; the later clock;
 * version 1 where all of them have it.
 */
const agreedCluster = (clusters: readonly ClusterFacts[]): ClusterFacts | undefined =>
  clusters.reduce<ClusterFacts | undefined>((one, other) => {
    if (one === undefined) return other;
    return {
      lamportsPerByte: larger(one.lamportsPerByte, other.lamportsPerByte),
      epoch: larger(one.epoch, other.epoch),
      unixTimestamp: larger(one.unixTimestamp, other.unixTimestamp),
      versionOne: one.versionOne && other.versionOne,
    };
  }, undefined);

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** A name that not all endpoints tell alike is not shown: it decides nothing, and so refuses nothing. */
const withAgreedLabel = (views: readonly Survey[]): readonly Survey[] => {
  const labels = new Set(views.map(({ label }) => (label ? labelWords(label) : "")));
  return labels.size <= 1 ? views : views.map(({ label: _, ...view }) => view);
};

export const joinViews = (surveyed: readonly Survey[]): Survey => {
  const views = withAgreedLabel(surveyed);
  const cluster = agreedCluster(views.map((view) => view.cluster));
  const [first, ...others] = views.map((view) => ({ ...view, cluster: cluster ?? view.cluster }));
  if (first === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint was asked" });
  return others.length === 0 ? first : { ...first, others };
};

export const nameOf = ({ endpoint = "the endpoint" }: Pick<Survey, "endpoint">): string => endpoint;

/** A mint without what moves. */
const staticPartOf = (mint: RawAccount): string => {
  const copy = { ...mint, data: Uint8Array.from(mint.data) };
  copy.data.fill(0, SUPPLY.at, SUPPLY.at + SUPPLY.size);
  extensionOf(copy, TRANSFER_FEE_CONFIG)?.fill(0, WITHHELD.at, WITHHELD.at + WITHHELD.size);
  return `${copy.owner} ${Buffer.from(copy.data).toString("base64")}`;
};

const disagree = (about: string, answers: { endpoint: string; says: string }[]): CTOError =>
  new CTOError("CTO_E_ENDPOINTS_DISAGREE", { about, answers });

/** @throws `CTO_E_ENDPOINTS_DISAGREE` unless all say the same of it */
export const requireSame = (about: string, answers: { endpoint: string; says: string }[]): void => {
  if (new Set(answers.map(({ says }) => says)).size > 1) throw disagree(about, answers);
};

/**
 * The mint is the same, byte for byte but for its supply, and every account that all have is one program's.
 *
 * @throws `CTO_E_ENDPOINTS_DISAGREE`
 */
export const requireSameFacts = (mint: Address, witnesses: readonly Witness[]): void => {
  const mints = witnesses.map(({ endpoint, accounts }) => {
    const account = accounts.get(mint) ?? null;
    return { endpoint, says: account === null ? "nothing" : staticPartOf(account) };
  });
  if (new Set(mints.map((one) => one.says)).size > 1) {
    const words = (said: string): string => (said === "nothing" ? "there is none" : `${said.slice(0, 60)}…`);
    throw disagree(
      `the mint ${mint}`,
      mints.map((one) => ({ ...one, says: words(one.says) })),
    );
  }
  requireSameOwners(witnesses[0]?.accounts.keys() ?? [], witnesses);
};

/** An account that all have is one program's. */
const requireSameOwners = (addresses: Iterable<Address>, witnesses: readonly Witness[]): void => {
  for (const address of addresses) {
    const owners = witnesses.map(({ endpoint, accounts }) => ({
      endpoint,
      says: accounts.get(address)?.owner ?? "nobody",
    }));
    if (owners.every(({ says }) => says !== "nobody")) requireSame(`the owner of ${address}`, owners);
  }
};

/**
 * Every view with these accounts as well, each from its own endpoint.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE` where an endpoint that was heard before is not any more
 */
export const withAccounts = async (
  views: readonly Survey[],
  read: WitnessReader,
  missing: readonly Address[],
): Promise<readonly Survey[]> => {
  if (missing.length === 0) return views;
  const witnesses = await read(missing);
  requireSameOwners(missing, witnesses);
  return views.map((view) => {
    // Who is asked alone has nobody to be mixed up with: another endpoint may have stepped in.
    const own =
      views.length === 1 ? witnesses[0] : witnesses.find(({ endpoint }) => endpoint === view.endpoint);
    if (own === undefined) {
      const reason = `${nameOf(view)} answered before, and does not now`;
      throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "getMultipleAccounts", reason });
    }
    const accounts = new Map([...view.fetched.accounts, ...own.accounts]);
    return { ...view, fetched: { slot: own.slot, accounts } };
  });
};
