/**
 * Finds the wallets of this browser by the Wallet Standard, and what each of them can do. Everything that a wallet says
 * is a stranger's: names are shown as plain text, and a wallet that throws is left out.
 */
import { signal } from "@preact/signals";
import type {
  SolanaSignAndSendTransactionFeature,
  SolanaSignMessageFeature,
  SolanaSignTransactionFeature,
} from "@solana/wallet-standard-features";
import { getWallets } from "@wallet-standard/app";
import type { Wallet } from "@wallet-standard/base";
import type { StandardConnectFeature, StandardEventsFeature } from "@wallet-standard/features";
import type { ShownWay } from "../../../src/server/calls/shown-call.ts";
import { cut } from "./wallet-problem.ts";

/** The features that this page uses. A wallet may lack each of them. */
export type Features = Partial<
  StandardConnectFeature &
    StandardEventsFeature &
    SolanaSignMessageFeature &
    SolanaSignTransactionFeature &
    SolanaSignAndSendTransactionFeature
>;

export const featuresOf = ({ features }: Wallet): Features => features as Features;

export type Found = {
  readonly wallet: Wallet;
  readonly name: string;
  /** A data URL; null if it is none. */
  readonly icon: string | null;
  readonly way: ShownWay;
  /** The newest transaction version that it signs. */
  readonly version: 0 | 1;
  /** Why it cannot join; null: it can. */
  readonly unfit: string | null;
};

const NAME_AT_MOST = 40;
const ICON = /^data:image\/(svg\+xml|webp|png|gif);base64,[A-Za-z0-9+/=]+$/;

type Abilities = Pick<Found, "way" | "version" | "unfit">;

function abilitiesOf(features: Features): Abilities {
  const signs = features["solana:signTransaction"];
  const sends = features["solana:signAndSendTransaction"];
  const way = signs === undefined ? "sends" : "signs";
  // The packages' types know no version 1 yet.
  const versions: readonly unknown[] = (signs ?? sends)?.supportedTransactionVersions ?? [];
  const version = versions.includes(1) ? 1 : 0;
  const unfit = (reason: string): Abilities => ({ way, version, unfit: reason });
  if (features["standard:connect"] === undefined) return unfit("it cannot be connected to a page");
  if (features["solana:signMessage"] === undefined)
    return unfit("it cannot sign messages, and a pledge is a message");
  if (signs === undefined && sends === undefined) return unfit("it cannot sign transactions of Solana");
  if (!versions.includes(0) && version === 0) return unfit("it signs transactions of an old version only");
  return { way, version, unfit: null };
}

function inspect(wallet: Wallet): Found[] {
  try {
    if (!wallet.chains.some((chain) => chain.startsWith("solana:"))) return [];
    const icon = ICON.test(wallet.icon) ? wallet.icon : null;
    const name = cut(String(wallet.name), NAME_AT_MOST) || "A wallet without a name";
    return [{ wallet, name, icon, ...abilitiesOf(featuresOf(wallet)) }];
  } catch {
    return [];
  }
}

export const wallets = signal<readonly Found[]>([]);

/** Keeps the list up to date: extensions may register after the page has loaded. */
export function findWallets(): void {
  const registry = getWallets();
  const list = (): void => {
    wallets.value = registry.get().flatMap(inspect);
  };
  registry.on("register", list);
  registry.on("unregister", list);
  list();
}
