/**
 * The market that is attacked: a cluster with the real programs, tokens on pump.fun, on PumpSwap, on CPMM and behind the real Jupiter
 * program, wallets of ours that hold more than they spend, and a thief with accounts for everything. Nothing lands after
 * it has been built, so that every mutation meets the same state.
 */
import { type Address, generateKeyPairSigner, lamports } from "@solana/kit";
import { createChain, type SolanaChain } from "../src/chain/index.ts";
import type { Venues } from "../src/engine/ports.ts";
import { startDesk } from "../src/localnet/desk/index.ts";
import { type Localnet, startLocalnet } from "../src/localnet/index.ts";
import { launchToken, prepareVenues } from "../src/localnet/launch/index.ts";
import type { ProgramsFolder } from "../src/localnet/programs-folder.ts";
import { createVenues } from "../src/venues/index.ts";
import { PUMPSWAP_PROGRAM } from "../src/venues/pumpswap/program.ts";
import { WRAPPED_SOL_MINT } from "../src/venues/token-layout.ts";
import { tokenAccountOf } from "../src/venues/wrapped-sol.ts";
import { putPumpswapPool } from "../test/conformance/pumpswap-pool.ts";
import { giveTokens } from "./token-accounts.ts";

const SOL = 1_000_000_000n;
const HELD = 5_000_000_000n;

export type Wallets = {
  readonly funding: Address;
  readonly buyer: Address;
  /** Takes part in the same operation, and signs nothing here. */
  readonly otherBuyer: Address;
  readonly thief: Address;
  /** Has nothing, and opens what somebody else pays for. */
  readonly bystander: Address;
};

export type Coins = {
  readonly curve: Address;
  readonly pool: Address;
  readonly pool2022: Address;
  /** In PumpSwap's canonical pool; null where its program is not at hand. */
  readonly graduated: Address | null;
  /** Not bought here; our wallets hold it, and there is a pool to sell it to. */
  readonly heirloom: Address;
};

export type HostileMarket = AsyncDisposable & {
  readonly localnet: Localnet;
  readonly chain: SolanaChain;
  readonly venues: Venues;
  readonly wallets: Wallets;
  readonly coins: Coins;
};

const hasPumpswap = ({ programs }: ProgramsFolder): boolean =>
  programs.some(({ address }) => address === PUMPSWAP_PROGRAM);

export const mintsOf = (coins: Coins): Address[] => Object.values(coins).filter((mint) => mint !== null);

const newAddress = async (): Promise<Address> => (await generateKeyPairSigner()).address;

async function furnish(localnet: Localnet, wallets: Wallets, coins: Coins): Promise<void> {
  const { cluster } = localnet;
  const { funding, buyer, otherBuyer, thief } = wallets;
  cluster.setBalance(funding, lamports(100n * SOL));
  for (const wallet of [buyer, otherBuyer, thief]) cluster.setBalance(wallet, lamports(5n * SOL));
  const mints = mintsOf(coins);
  for (const owner of [funding, buyer, otherBuyer]) await giveTokens(cluster, owner, coins.heirloom, HELD);
  for (const mint of mints.filter((each) => each !== coins.heirloom))
    for (const owner of [funding, otherBuyer]) await giveTokens(cluster, owner, mint, HELD);
  for (const mint of mints) await giveTokens(cluster, thief, mint, HELD);
  for (const owner of [funding, otherBuyer, thief]) await giveTokens(cluster, owner, WRAPPED_SOL_MINT, HELD);
}

export async function openHostileMarket(folder: ProgramsFolder): Promise<HostileMarket> {
  const localnet = await startLocalnet({ slotMs: 20, programs: folder.programs });
  await prepareVenues(localnet.cluster, folder);
  const desk = await startDesk({ rpcUrl: localnet.rpcUrl });
  const { rpcUrl } = localnet;
  const coins: Coins = {
    curve: await launchToken(rpcUrl, "pumpfun"),
    pool: await launchToken(rpcUrl, "cpmm", "token"),
    pool2022: await launchToken(rpcUrl, "cpmm", "token-2022"),
    heirloom: await launchToken(rpcUrl, "cpmm", "token"),
    graduated: hasPumpswap(folder) ? await putPumpswapPool(localnet.cluster, folder, "token-2022") : null,
  };
  const wallets: Wallets = {
    funding: await newAddress(),
    buyer: await newAddress(),
    otherBuyer: await newAddress(),
    thief: await newAddress(),
    bystander: await newAddress(),
  };
  await furnish(localnet, wallets, coins);
  const chain = createChain({ urls: [rpcUrl] });
  const venues = createVenues({ chain, jupiter: { url: desk.url } });
  return {
    localnet,
    chain,
    venues,
    wallets,
    coins,
    async [Symbol.asyncDispose]() {
      chain.close();
      await desk.close();
      await localnet.close();
    },
  };
}

/** Everything that a mutation may put in another's place. */
export async function paletteOf({
  wallets,
  coins,
  localnet,
}: HostileMarket): Promise<[Address, ...Address[]]> {
  const { funding, buyer, otherBuyer, thief } = wallets;
  const mints = [...mintsOf(coins), WRAPPED_SOL_MINT];
  const programOf = (mint: Address): Address => localnet.cluster.account(mint)?.owner as Address;
  const accounts = await Promise.all(
    [funding, buyer, otherBuyer, thief].flatMap((owner) =>
      mints.map((mint) => tokenAccountOf(owner, mint, programOf(mint))),
    ),
  );
  return [thief, funding, buyer, otherBuyer, ...accounts, ...mints];
}
