/** Defines `cto limits`, which sets and shows spend limits, and shows the spending. */
import type { Address } from "@solana/kit";
import { type Command, InvalidArgumentError } from "commander";
import { formatSol } from "../../base/sol.ts";
import type { LimitSet, Parts, Wallet } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { journalPlace } from "../../runtime/places.ts";
import { type LimitChanges, type LimitsView, setLimits, viewLimits } from "../../services/limits.ts";
import { action, withContext } from "../action.ts";
import { solanaAddress, solLimit, texts } from "../numbers.ts";

const SET_HELP = `
Examples:
  $ cto limits set --everyone --per-operation 5 --per-day 20 --per-wallet 10
  $ cto limits set alice --per-day 50 --max-slippage-bps 300
  $ cto limits set alice --per-day inherit

Amounts are SOL that leave the user's wallets: what is spent on tokens, and what that costs (fees, priority fees, rents,
rent-exempt minimums of new wallets). Costs count for the wallet that pays them. "none" means no limit. "inherit" removes
the user's own limit, so that the one for everyone holds. Except on the localnet, nothing is signed until the first three
are set; they may be "none".`;

const SHOW_HELP = `
Examples:
  $ cto limits show
  $ cto limits show alice --json`;

/** `undefined` inherits the value for everyone; null means no limit. */
type Given<Value> = Value | null | undefined;

const orWord =
  <Value>(parse: (text: string) => Value) =>
  (text: string): { readonly value: Given<Value> } => {
    if (text === "none") return { value: null };
    return { value: text === "inherit" ? undefined : parse(text) };
  };

const amount = orWord(solLimit);

const count = orWord((text): number => {
  if (!/^\d{1,6}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number, "none" or "inherit".');
  return Number(text);
});

const addresses = orWord((text): Address[] => texts(text).map(solanaAddress));

/** Each entry has the flag, the option's name, the limit's field, the parser and the description. */
const FIELDS = [
  [
    "--per-operation <sol>",
    "perOperation",
    "maxOperationLamports",
    amount,
    "the most that one operation may take, costs included",
  ],
  [
    "--per-day <sol>",
    "perDay",
    "maxUserDayLamports",
    amount,
    "the most that may leave a user's wallets in any 24 hours",
  ],
  [
    "--per-wallet <sol>",
    "perWallet",
    "maxWalletLifetimeLamports",
    amount,
    "the most that may ever leave one wallet",
  ],
  ["--max-wallets <n>", "maxWallets", "maxWallets", count, "buyer wallets of one operation"],
  [
    "--max-slippage-bps <n>",
    "maxSlippageBps",
    "maxSlippageBps",
    count,
    "the most slippage that an operation may request",
  ],
  ["--max-impact-bps <n>", "maxImpactBps", "maxPriceImpactBps", count, "price impact of a whole operation"],
  [
    "--max-deviation-bps <n>",
    "maxDeviationBps",
    "maxPriceDeviationBps",
    count,
    "how much more expensive a market may be than the price that it is compared with",
  ],
  ["--allow-mints <list>", "allowMints", "allowedMints", addresses, "only these tokens, comma separated"],
  ["--deny-mints <list>", "denyMints", "deniedMints", addresses, "never these tokens, comma separated"],
  [
    "--allow-programs <list>",
    "allowPrograms",
    "allowedPrograms",
    addresses,
    "only these venue programs, comma separated",
  ],
] as const;

/** The option that sets a field: `--per-day`. */
export const optionOf = (field: string): string =>
  FIELDS.find(([, , one]) => one === field)?.[0].replace(/ .*/, "") ?? field;

type Options = { everyone?: boolean } & Partial<
  Record<(typeof FIELDS)[number][1], { value: Given<unknown> }>
>;

const changesOf = (options: Options): LimitChanges => {
  const entries = FIELDS.flatMap(([, option, field]) => {
    const given = options[option];
    return given === undefined ? [] : [[field, given.value] as const];
  });
  if (entries.length === 0) throw new CTOError("CTO_E_USAGE", { problem: "no limit is given: see --help" });
  return Object.fromEntries(entries) as LimitChanges;
};

const toJson = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, one) => {
      if (one instanceof Map) return Object.fromEntries(one);
      return typeof one === "bigint" ? String(one) : one;
    }),
  );

const say = (value: LimitSet[keyof LimitSet]): string => {
  if (value === undefined) return "not set";
  if (value === null) return "none";
  if (typeof value === "bigint") return `${formatSol(value)} SOL`;
  return typeof value === "number" ? String(value) : value.join(", ") || "empty";
};

const describeParts = ({ spending, costs }: Parts): string =>
  `${formatSol(spending + costs)} SOL (${formatSol(spending)} spent on tokens, ${formatSol(costs)} of costs)`;

const describeSet = (title: string, set: LimitSet | null): string[] =>
  set === null
    ? [`${title}: not set`]
    : [
        `${title}:`,
        ...FIELDS.filter(([, , field]) => set[field] !== undefined).map(
          ([option, , field]) => `  ${option.slice(2).replace(/ .*/, "").padEnd(18)}${say(set[field])}`,
        ),
      ];

type NamedWallet = Pick<Wallet, "id" | "address" | "role">;

/** People know a wallet by its address. */
const nameOf = (id: string, wallets: readonly NamedWallet[]): string => {
  const wallet = wallets.find((one) => one.id === id);
  return wallet === undefined ? id : `${wallet.role} ${wallet.address} (${id})`;
};

/** If both sets have limits, only their sum says which hold. */
const describeInForce = (userId: string, everyone: LimitSet | null, own: LimitSet | null): string[] =>
  everyone === null || own === null ? [] : describeSet(`In force for ${userId}`, { ...everyone, ...own });

/** @param wallets the user's */
export const limitsText = (
  userId: string | undefined,
  { everyone, own, spending, halt }: LimitsView,
  wallets: readonly NamedWallet[],
): string =>
  [
    ...(halt === null ? [] : [`HALTED by ${halt.by} at ${halt.at.toISOString()}: ${halt.reason}`]),
    ...describeSet("For everyone", everyone),
    ...(userId === undefined
      ? []
      : [...describeSet(`For ${userId}`, own), ...describeInForce(userId, everyone, own)]),
    ...(spending === null
      ? []
      : [
          `Taken or reserved within 24 hours: ${describeParts(spending.day)}`,
          ...[...spending.wallets].map(
            ([id, parts]) => `  ${nameOf(id, wallets)} ever: ${describeParts(parts)}`,
          ),
        ]),
  ].join("\n");

function addSet(limits: Command): void {
  const command = limits
    .command("set")
    .argument("[user]", "whose limits; or --everyone")
    .description("set what may be spent")
    .option("--everyone", "the limits of users who have none of their own")
    .addHelpText("after", SET_HELP);
  for (const [flags, , , parse, meaning] of FIELDS) {
    command.option(flags, meaning, (text: string) => parse(text));
  }
  command.action(
    action<[userId: string | undefined], Options>(async (terminal, [userId], options) => {
      if ((userId === undefined) !== (options.everyone === true)) {
        throw new CTOError("CTO_E_USAGE", { problem: "name a user, or say --everyone" });
      }
      const { set, place } = await withContext(async (context) => ({
        set: await setLimits(context, userId ?? null, changesOf(options)),
        place: journalPlace(context.config),
      }));
      const whose = userId === undefined ? "everyone" : userId;
      terminal.answer(toJson(set), () => describeSet(`For ${whose}, in the ${place}`, set).join("\n"));
    }),
  );
}

export function addLimitsCommand(program: Command): void {
  const limits = program.command("limits").description("set and show spend limits");
  addSet(limits);
  limits
    .command("show")
    .argument("[user]", "also shows what this user has spent")
    .description("show the limits and the spending that counts against them")
    .addHelpText("after", SHOW_HELP)
    .action(
      action<[userId: string | undefined], object>(async (terminal, [userId]) => {
        const { view, wallets } = await withContext(async (context) => ({
          view: await viewLimits(context, userId ?? null),
          wallets: userId === undefined ? [] : await context.journal.listWallets(userId),
        }));
        const named = wallets.map(({ id, address, role }) => ({ id, address, role }));
        terminal.answer(toJson({ ...view, wallets: named }), () => limitsText(userId, view, named));
      }),
    );
}
