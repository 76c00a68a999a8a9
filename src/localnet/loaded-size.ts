/** Calculates how many bytes of accounts a transaction loads, as agave counts them (SIMD-0186). */
import { type Address, getAddressDecoder, type ReadonlyUint8Array } from "@solana/kit";
import { UPGRADEABLE_LOADER } from "./programs.ts";

type Account = { readonly owner: Address; readonly data: ReadonlyUint8Array };

/** Added for every account, in addition to its data. */
const ACCOUNT_BASE_SIZE = 64;
/** `UpgradeableLoaderState::Program`: a u32 tag, then the address of the program's data. */
const PROGRAM_TAG = 2;
const PROGRAM_SIZE = 36;

const programDataOf = ({ owner, data }: Account): Address | null =>
  owner === UPGRADEABLE_LOADER && data.length >= PROGRAM_SIZE && data[0] === PROGRAM_TAG
    ? getAddressDecoder().decode(data, 4)
    : null;

/** An account that does not exist adds nothing. A program also adds its data account, once. */
export const loadedAccountsDataSize = (
  accountOf: (address: Address) => Account | null,
  keys: readonly Address[],
): number => {
  const own = keys.flatMap((key) => accountOf(key) ?? []);
  const programs = own.flatMap((account) => programDataOf(account) ?? []);
  const further = [...new Set(programs)].filter((key) => !keys.includes(key));
  return [...own, ...further.flatMap((key) => accountOf(key) ?? [])].reduce(
    (all, { data }) => all + ACCOUNT_BASE_SIZE + data.length,
    0,
  );
};
