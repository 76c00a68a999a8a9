/**
 * Combines the surveys of several endpoints (views), as P5 demands. Facts that cannot change between two slots must be the same in
 * all views. `agree.ts` handles facts that can change, when a price is calculated from them.
 */
import { lamports } from "@solana/kit";
import { labelWords } from "../base/token-label.ts";
import {
  type Address,
  agreedCluster,
  type Holdings,
  type RawAccount,
  type Survey,
  type Witness,
  type WitnessReader,
} from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { maximum, minimum } from "./integers.ts";
import { extensionOf } from "./token-layout.ts";

/** The fields of a mint that change during normal use: its supply, and the withheld fees of its transfers. */
const SUPPLY = { at: 36, size: 8 } as const;
const TRANSFER_FEE_CONFIG = 1;
const WITHHELD = { at: 64, size: 8 } as const;

/** The survey's views, with the survey's own view first. */
export const viewsOf = ({ others = [], ...first }: Survey): readonly [Survey, ...Survey[]] => [
  first,
  ...others,
];

/**
 * Removes a name that the endpoints do not agree on. A name decides nothing, so the difference is no reason to
 * refuse.
 */
const withAgreedLabel = (views: readonly Survey[]): readonly Survey[] => {
  const labels = new Set(views.map(({ label }) => (label ? labelWords(label) : "")));
  return labels.size <= 1 ? views : views.map(({ label: _, ...view }) => view);
};

const higher = (a: bigint | null, b: bigint | null): bigint | null => {
  if (a === null || b === null) return a ?? b;
  return maximum(a, b);
};

/**
 * What a wallet holds, so that no single endpoint's answer weakens a check: the fewest lamports, because it must pay;
 * the most tokens, because the proof of delivery counts on top of them; every account and every fault that one of them
 * returns.
 */
const agreedHoldings = (one: Holdings, other: Holdings): Holdings => {
  const faults = [...new Set([...(one.unfitAccounts ?? []), ...(other.unfitAccounts ?? [])])];
  return {
    ...other,
    ...one,
    lamports: lamports(minimum(one.lamports, other.lamports)),
    tokens: higher(one.tokens, other.tokens),
    ...(faults.length === 0 ? {} : { unfitAccounts: faults }),
  };
};

const FIT = "nothing prevents a buy";

/** What each view says of a wallet, if some find it unfit and others do not. */
const disputeOf = (views: readonly Survey[], owner: Address): Pick<Holdings, "disputed"> => {
  const answers = views.flatMap((view) => {
    const held = view.owners.get(owner);
    if (held === undefined) return [];
    const faults = [...(held.unfit === undefined ? [] : [held.unfit]), ...(held.unfitAccounts ?? [])];
    return { endpoint: nameOf(view), says: faults.join("; ") || FIT };
  });
  const fit = answers.filter(({ says }) => says === FIT).length;
  return fit === 0 || fit === answers.length ? {} : { disputed: answers };
};

/** The wallets of all views. */
const agreedOwners = (views: readonly Survey[]): Survey["owners"] => {
  const owners = new Map<Address, Holdings>();
  for (const view of views)
    for (const [owner, holdings] of view.owners) {
      const known = owners.get(owner);
      owners.set(owner, known === undefined ? holdings : agreedHoldings(known, holdings));
    }
  for (const [owner, holdings] of owners) owners.set(owner, { ...holdings, ...disputeOf(views, owner) });
  return owners;
};

/**
 * The highest transfer fee of all views. The mint's bytes are the same, but each view's clock says which of its two fees
 * applies: a clock that is wrong must not hide one.
 */
const agreedFee = (views: readonly Survey[]): Pick<Survey, "transferFeeBps"> => {
  const fees = views.flatMap(({ transferFeeBps }) => transferFeeBps ?? []);
  return fees.length === 0 ? {} : { transferFeeBps: Math.max(...fees) };
};

/**
 * Joins the views to one survey. For each field, either all views are the same (`requireSameFacts`: the mint, its token
 * program and its decimals), or every view gets the value that weakens no check. The views keep their own accounts,
 * from which `agree.ts` quotes each of them. The survey itself is no newer than its oldest view.
 */
export const joinViews = (surveyed: readonly Survey[]): Survey => {
  const views = withAgreedLabel(surveyed);
  const cluster = agreedCluster(views.map((view) => view.cluster));
  const owners = views.length > 1 ? agreedOwners(views) : views[0]?.owners;
  const fee = agreedFee(views);
  const [first, ...others] = views.map((view) => ({
    ...view,
    ...fee,
    cluster: cluster ?? view.cluster,
    owners: owners ?? view.owners,
  }));
  if (first === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint was asked" });
  if (others.length === 0) return first;
  // How recent a simulation must be follows from the accounts' own slots, which stay: see `newestSlotOf`.
  return { ...first, slot: views.map(({ slot }) => slot).reduce(minimum), others };
};

export const nameOf = ({ endpoint = "the endpoint" }: Pick<Survey, "endpoint">): string => endpoint;

/** A mint without its changing fields. */
const staticPartOf = (mint: RawAccount): string => {
  const copy = { ...mint, data: Uint8Array.from(mint.data) };
  copy.data.fill(0, SUPPLY.at, SUPPLY.at + SUPPLY.size);
  extensionOf(copy, TRANSFER_FEE_CONFIG)?.fill(0, WITHHELD.at, WITHHELD.at + WITHHELD.size);
  return `${copy.owner} ${Buffer.from(copy.data).toString("base64")}`;
};

const disagree = (about: string, answers: { endpoint: string; says: string }[]): CTOError =>
  new CTOError("CTO_E_ENDPOINTS_DISAGREE", { about, answers });

/** @throws `CTO_E_ENDPOINTS_DISAGREE` unless all answers are the same */
export const requireSame = (about: string, answers: { endpoint: string; says: string }[]): void => {
  if (new Set(answers.map(({ says }) => says)).size > 1) throw disagree(about, answers);
};

/**
 * Requires that the mint is the same byte for byte, except for its supply and withheld fees, and that every account
 * that all endpoints have belongs to one program.
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

/** Requires that an account that all endpoints have belongs to one program. */
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
 * Adds these accounts to every view, each from the view's own endpoint.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE` if an endpoint that answered before does not answer now
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
    // With a single view, another endpoint may have replaced the first; there is no other view to confuse it with.
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
