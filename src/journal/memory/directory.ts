/** Stores users and wallets in memory. */
import type { ApiKeys, Directory, Notes, User, UserFilter, Wallet, Webhooks } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import type { State } from "./state.ts";

const walletsOf = (state: State, userId: string): Wallet[] =>
  [...state.wallets.values()].map(({ wallet }) => wallet).filter((wallet) => wallet.userId === userId);

function partOf(all: readonly User[], { search = "", after, limit }: UserFilter): User[] {
  const first = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && first === 0) return [];
  const wanted = search.toLowerCase();
  const matches = ({ id, name = "" }: User): boolean =>
    id.toLowerCase().startsWith(wanted) || name.toLowerCase().includes(wanted);
  return all.slice(first).filter(matches).slice(0, limit);
}

export const memoryDirectory = (
  state: State,
): Omit<Directory, keyof ApiKeys | keyof Webhooks | keyof Notes> => ({
  addUser: async (user) => {
    if (state.users.has(user.id)) throw new CTOError("CTO_E_USER_EXISTS", { userId: user.id });
    const added = { ...user, createdAt: state.now() };
    state.users.set(user.id, added);
    return added;
  },
  readUser: async (id) => state.users.get(id) ?? null,
  listUsers: async (filter) => {
    const all = [...state.users.values()];
    return filter === undefined ? all : partOf(all, filter);
  },

  addWallet: async ({ sealedKey, ...given }) => {
    const { id, userId, role, address } = given;
    if (!state.users.has(userId)) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
    const all = [...state.wallets.values()];
    if (state.wallets.has(id) || all.some(({ wallet }) => wallet.address === address)) {
      throw new CTOError("CTO_E_WALLET_EXISTS", { address });
    }
    const theirs = walletsOf(state, userId);
    if (role === "funding" && theirs.some((wallet) => wallet.role === "funding")) {
      throw new CTOError("CTO_E_WALLET_FUNDING_EXISTS", { userId });
    }
    const wallet: Wallet = { ...given, position: theirs.length + 1, createdAt: state.now() };
    state.wallets.set(id, { wallet, sealedKey });
    return wallet;
  },
  findWallet: async (address) =>
    [...state.wallets.values()].find(({ wallet }) => wallet.address === address)?.wallet ?? null,
  listWallets: async (userId) => walletsOf(state, userId),
  readWallet: async (id) => state.wallets.get(id)?.wallet ?? null,
  setWalletDisabled: async (id, disabled) => {
    const found = state.wallets.get(id);
    if (found === undefined) return null;
    const { disabledAt = state.now(), ...enabled } = found.wallet;
    const wallet = disabled ? { ...enabled, disabledAt } : enabled;
    state.wallets.set(id, { ...found, wallet });
    return wallet;
  },
  readSealedKey: async (walletId) => {
    const found = state.wallets.get(walletId);
    if (found === undefined) throw new CTOError("CTO_E_WALLET_UNKNOWN", { walletId });
    return { ...found };
  },
  readSealedKeys: async (walletIds) =>
    new Map(
      walletIds.flatMap((id) => {
        const found = state.wallets.get(id);
        return found === undefined ? [] : [[id, { ...found }]];
      }),
    ),
  listSealedKeys: async (after, limit) =>
    [...state.wallets.values()]
      .filter(({ wallet }) => Buffer.compare(Buffer.from(wallet.id), Buffer.from(after)) > 0)
      .sort((a, b) => Buffer.compare(Buffer.from(a.wallet.id), Buffer.from(b.wallet.id)))
      .slice(0, limit)
      .map((found) => ({ ...found })),
  replaceSealedKey: async (walletId, expected, sealedKey) => {
    const found = state.wallets.get(walletId);
    if (found?.sealedKey !== expected) return false;
    state.wallets.set(walletId, { ...found, sealedKey });
    return true;
  },
});
