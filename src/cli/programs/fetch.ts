/**
 * Dumps the venues' programs, and the accounts that they need, from an RPC endpoint into a folder that the localnet
 * loads (`localnet/programs-folder.ts`). It uses plain `getAccountInfo` requests, so the endpoint needs no index. A
 * program has several megabytes.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Address, address, getAddressDecoder } from "@solana/kit";
import type { Chain, RawAccount } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { KNOWN_PROGRAMS } from "../../localnet/programs-folder.ts";
import { CONFIG_INDEXES, configOf as cpmmConfigOf } from "../../venues/cpmm/program.ts";
import { configOf as heavenConfigOf } from "../../venues/heaven/program.ts";
import { feeConfigOf } from "../../venues/pump-fees.ts";
import { globalAddress, PUMP_PROGRAM } from "../../venues/pumpfun/program.ts";
import { globalConfigAddress, PUMPSWAP_PROGRAM } from "../../venues/pumpswap/program.ts";

const UPGRADEABLE_LOADER = address("BPFLoaderUpgradeab1e11111111111111111111111");
/** The account of a program under an older loader contains the ELF file itself. */
const PLAIN_LOADERS: readonly string[] = [
  "BPFLoader2111111111111111111111111111111111",
  "BPFLoader1111111111111111111111111111111111",
];
/** `UpgradeableLoaderState::Program`: a u32 tag, then the address of the program-data account. */
const PROGRAM_DATA_AT = 4;
/** `UpgradeableLoaderState::ProgramData`: tag, slot, optional authority; then the ELF file. */
const PROGRAM_DATA_HEADER = 45;
const ELF = [0x7f, 0x45, 0x4c, 0x46];

/** Excludes our own stand-in, because no cluster has it. */
const NAMES = Object.keys(KNOWN_PROGRAMS).filter((name) => name !== "pump_fees_stub");

const accountsToFetch = async (): Promise<[string, Address][]> => [
  ["pump_global", await globalAddress()],
  ["pump_fee_config", await feeConfigOf(PUMP_PROGRAM)],
  ["pumpswap_global_config", await globalConfigAddress()],
  ["pumpswap_fee_config", await feeConfigOf(PUMPSWAP_PROGRAM)],
  ...(await Promise.all(
    CONFIG_INDEXES.map(
      async (index): Promise<[string, Address]> => [`cpmm_config_${index}`, await cpmmConfigOf(index)],
    ),
  )),
  ["heaven_config_1", await heavenConfigOf(1)],
  ["heaven_config_2", await heavenConfigOf(2)],
];

export type FetchedFile = {
  readonly file: string;
  readonly bytes: number;
  readonly outcome: "written" | "unchanged" | "absent";
};

const isElf = (data: Uint8Array): boolean => ELF.every((byte, at) => data[at] === byte);

const notAProgram = (name: string, reason: string): CTOError =>
  new CTOError("CTO_E_LOCALNET_FAILED", { reason: `${name} cannot be fetched: ${reason}` });

type Read = (of: Address) => Promise<RawAccount | null>;

async function elfOf(read: Read, name: string, program: Address): Promise<Uint8Array | null> {
  const account = await read(program);
  if (account === null) return null;
  if (PLAIN_LOADERS.includes(account.owner)) {
    if (!isElf(account.data)) throw notAProgram(name, "its account holds no ELF file");
    return account.data;
  }
  if (account.owner !== UPGRADEABLE_LOADER)
    throw notAProgram(name, `its owner ${account.owner} is no loader`);
  const data = await read(getAddressDecoder().decode(account.data, PROGRAM_DATA_AT));
  const elf = data?.owner === UPGRADEABLE_LOADER ? data.data.subarray(PROGRAM_DATA_HEADER) : null;
  if (elf === null || !isElf(elf)) throw notAProgram(name, "its program-data account holds no ELF file");
  return elf;
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Replaces the file atomically, so that a later read never finds half a file. */
async function put(file: string, bytes: Uint8Array): Promise<FetchedFile> {
  const before = await readFile(file).catch(() => null);
  if (before !== null && digest(before) === digest(bytes))
    return { file, bytes: bytes.length, outcome: "unchanged" };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, bytes);
  await rename(`${file}.new`, file);
  return { file, bytes: bytes.length, outcome: "written" };
}

const accountJson = (pubkey: Address, { owner, lamports, data }: RawAccount): Uint8Array =>
  new TextEncoder().encode(
    `${JSON.stringify({
      pubkey,
      account: {
        owner,
        lamports: String(lamports),
        data: [Buffer.from(data).toString("base64"), "base64"],
        executable: false,
      },
    })}\n`,
  );

/**
 * Fetches everything into `folder`. A second run writes only changed files.
 *
 * @param note receives a line for every file
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_LOCALNET_FAILED` if an account is not a program
 */
export async function fetchPrograms(
  chain: Pick<Chain, "fetchAccounts">,
  folder: string,
  note: (line: string) => void = () => undefined,
): Promise<FetchedFile[]> {
  const read: Read = async (of) => (await chain.fetchAccounts([of])).accounts.get(of) ?? null;
  const done: FetchedFile[] = [];
  const finish = (fetched: FetchedFile): void => {
    done.push(fetched);
    note(`${fetched.outcome.padEnd(9)}  ${String(fetched.bytes).padStart(9)} bytes  ${fetched.file}`);
  };
  for (const name of NAMES) {
    const program = KNOWN_PROGRAMS[name];
    const file = join(folder, `${name}.so`);
    const elf = program === undefined ? null : await elfOf(read, name, program);
    finish(elf === null ? { file, bytes: 0, outcome: "absent" } : await put(file, elf));
  }
  for (const [name, of] of await accountsToFetch()) {
    const file = join(folder, "accounts", `${name}.json`);
    const account = await read(of);
    finish(
      account === null ? { file, bytes: 0, outcome: "absent" } : await put(file, accountJson(of, account)),
    );
  }
  return done;
}
