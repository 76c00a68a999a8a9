/** What is done to an honest draft: each takes one, and gives it back with something else in it. A seed decides what. */
import { type AccountMeta, AccountRole, type Address, type Instruction } from "@solana/kit";
import type { Random } from "../sim/random.ts";
import type { Lamports, TransactionDraft } from "../src/engine/ports.ts";
import { attack } from "./attacks.ts";
import type { Honest } from "./honest.ts";
import type { HostileMarket } from "./market.ts";

type Scene = {
  readonly market: HostileMarket;
  readonly honest: Honest;
  readonly palette: readonly [Address, ...Address[]];
  readonly random: Random;
};

type Mutation = (draft: TransactionDraft, scene: Scene) => TransactionDraft | Promise<TransactionDraft>;

const PARTS = ["swap", "swap", "swap", "setup", "cleanup"] as const;
type Part = (typeof PARTS)[number];

/** One instruction of the draft, and how to put another in its place. */
const anyInstruction = (
  draft: TransactionDraft,
  random: Random,
): { instruction: Instruction; replaced: (...by: readonly Instruction[]) => TransactionDraft } => {
  const filled = PARTS.filter((part) => draft[part].length > 0);
  const part: Part = random.pick(filled as [Part, ...Part[]]);
  const at = random.between(0, draft[part].length - 1);
  const instruction = draft[part][at] as Instruction;
  return {
    instruction,
    replaced: (...by) => ({ ...draft, [part]: draft[part].toSpliced(at, 1, ...by) }),
  };
};

const ROLES = [
  AccountRole.READONLY,
  AccountRole.WRITABLE,
  AccountRole.READONLY_SIGNER,
  AccountRole.WRITABLE_SIGNER,
] as const;

const withAccounts = (instruction: Instruction, accounts: readonly AccountMeta[]): Instruction => ({
  ...instruction,
  accounts,
});

const onAccounts =
  (change: (accounts: readonly AccountMeta[], scene: Scene) => readonly AccountMeta[]): Mutation =>
  (draft, scene) => {
    const { instruction, replaced } = anyInstruction(draft, scene.random);
    const accounts = (instruction.accounts ?? []) as readonly AccountMeta[];
    return accounts.length === 0 ? draft : replaced(withAccounts(instruction, change(accounts, scene)));
  };

const swapAccount = onAccounts((accounts, { random, palette }) => {
  const at = random.between(0, accounts.length - 1);
  return accounts.map((account, index) =>
    index === at ? { ...account, address: random.pick(palette) } : account,
  );
});

/** Everywhere within one instruction, so that it stays consistent with itself. */
const swapEverywhere = onAccounts((accounts, { random, palette }) => {
  const from = accounts[random.between(0, accounts.length - 1)]?.address;
  const to = random.pick(palette);
  return accounts.map((account) => (account.address === from ? { ...account, address: to } : account));
});

const addAccount = onAccounts((accounts, { random, palette }) =>
  accounts.toSpliced(random.chance(0.7) ? accounts.length : random.between(0, accounts.length), 0, {
    address: random.pick(palette),
    role: random.pick(ROLES),
  }),
);

const dropAccount = onAccounts((accounts, { random }) =>
  accounts.toSpliced(random.between(0, accounts.length - 1), 1),
);

const exchangeAccounts = onAccounts((accounts, { random }) => {
  const [a, b] = [random.between(0, accounts.length - 1), random.between(0, accounts.length - 1)];
  return accounts.map((account, index) => {
    if (index === a) return accounts[b] ?? account;
    return index === b ? (accounts[a] ?? account) : account;
  });
});

const changeRole = onAccounts((accounts, { random }) => {
  const at = random.between(0, accounts.length - 1);
  return accounts.map((account, index) =>
    index === at ? { ...account, role: random.pick(ROLES) } : account,
  );
});

const onData =
  (change: (data: Uint8Array, random: Random) => Uint8Array): Mutation =>
  (draft, { random }) => {
    const { instruction, replaced } = anyInstruction(draft, random);
    const data = Uint8Array.from(instruction.data ?? []);
    return data.length === 0 ? draft : replaced({ ...instruction, data: change(data, random) });
  };

const changeByte = onData((data, random) => {
  data[random.between(0, data.length - 1)] = random.between(0, 255);
  return data;
});

/** Opcodes of the token programs, variants of a route, first bytes of discriminators. */
const changeKind = onData((data, random) => {
  data[0] = random.chance(0.5) ? random.between(0, 45) : random.between(0, 255);
  return data;
});

const AMOUNTS = [0n, 1n, 1_000n, 1_000_000_000n, 5_000_000_000n, 2n ** 63n, 2n ** 64n - 1n] as const;

const changeAmount = onData((data, random) => {
  if (data.length < 8) return data;
  const at = random.between(0, data.length - 8);
  const view = new DataView(data.buffer);
  const was = view.getBigUint64(at, true);
  const others = [...AMOUNTS, was + 1n, was - 1n, was * 2n, was / 2n] as const;
  view.setBigUint64(at, BigInt.asUintN(64, random.pick(others)), true);
  return data;
});

const changeLength = onData((data, random) =>
  random.chance(0.5)
    ? data.slice(0, random.between(0, data.length - 1))
    : Uint8Array.of(...data, random.between(0, 255)),
);

const addAttack: Mutation = async (draft, { market, honest, random }) => {
  const added = await attack(market, honest, random);
  const part = random.pick(["setup", "swap", "cleanup"] as const);
  const at = random.between(0, draft[part].length);
  return { ...draft, [part]: draft[part].toSpliced(at, 0, added) };
};

const dropInstruction: Mutation = (draft, { random }) => anyInstruction(draft, random).replaced();

const repeatInstruction: Mutation = (draft, { random }) => {
  const { instruction, replaced } = anyInstruction(draft, random);
  return replaced(instruction, instruction);
};

/** The whole draft over another mint, or for another owner. */
const renameEverywhere: Mutation = (draft, { random, palette, honest }) => {
  const { meant } = honest;
  const from = random.pick([meant.mint, meant.buyer, meant.payer]);
  const to = random.pick(palette);
  const renamed = (instruction: Instruction): Instruction =>
    withAccounts(
      instruction,
      ((instruction.accounts ?? []) as readonly AccountMeta[]).map((account) =>
        account.address === from ? { ...account, address: to } : account,
      ),
    );
  return {
    ...draft,
    setup: draft.setup.map(renamed),
    swap: draft.swap.map(renamed),
    cleanup: draft.cleanup.map(renamed),
  };
};

const changeTransfer: Mutation = (draft, { random, palette, honest }) => {
  const { meant } = honest;
  const amount = BigInt.asUintN(64, random.pick(AMOUNTS));
  const added = {
    from: random.pick([meant.payer, meant.buyer]),
    to: random.pick(palette),
    lamports: amount as Lamports,
  };
  const [first, ...rest] = draft.transfers;
  if (first === undefined || random.chance(0.3)) return { ...draft, transfers: [...draft.transfers, added] };
  const changed = random.pick([
    { ...first, lamports: (first.lamports + 1n) as Lamports },
    { ...first, lamports: amount as Lamports },
    { ...first, to: added.to },
    { ...first, from: added.from },
  ]);
  return { ...draft, transfers: [changed, ...rest] };
};

const changeFee: Mutation = (draft, { random, palette }) =>
  random.pick([
    { ...draft, computeUnitPrice: draft.computeUnitPrice * 1_000n + 1n },
    { ...draft, computeUnitLimit: 1_400_000 },
    { ...draft, feePayer: random.pick(palette) },
  ]);

const changeMemo: Mutation = (draft, { random, palette }) => ({
  ...draft,
  memo: random.chance(0.5)
    ? { ...draft.memo, text: `${draft.memo.text}0` }
    : { ...draft.memo, signer: random.pick(palette) },
});

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  swapAccount,
  swapAccount,
  swapEverywhere,
  swapEverywhere,
  addAccount,
  dropAccount,
  exchangeAccounts,
  changeRole,
  changeByte,
  changeKind,
  changeAmount,
  changeAmount,
  changeLength,
  addAttack,
  addAttack,
  addAttack,
  dropInstruction,
  repeatInstruction,
  renameEverywhere,
  changeTransfer,
  changeFee,
  changeMemo,
];

/** One to three of them, one after the other. */
export async function mutate(draft: TransactionDraft, scene: Scene): Promise<TransactionDraft> {
  let mutated = draft;
  const times = scene.random.pick([1, 1, 2, 3]);
  for (let done = 0; done < times; done += 1) mutated = await scene.random.pick(MUTATIONS)(mutated, scene);
  return mutated;
}
