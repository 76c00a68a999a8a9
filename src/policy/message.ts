/**
 * Reads the final bytes into instructions with full addresses, and refuses bytes that it cannot read completely.
 */
import type { Address, ReadonlyUint8Array } from "@solana/kit";
import {
  type DecodedMessage,
  decodeMessage,
  type MessageConfig,
  type MessageInstruction,
} from "../base/message.ts";
import { isCTOError } from "../errors/index.ts";
import { Refused } from "./refused.ts";

export type Instruction = {
  readonly program: Address;
  readonly accounts: readonly Address[];
  /** A part of a copy of the message that only this reading holds. */
  readonly data: ReadonlyUint8Array;
};

export type Message = {
  /** The first pays the fee. */
  readonly signers: readonly Address[];
  readonly instructions: readonly Instruction[];
  /** The accounts that the message names by a position in a lookup table only. */
  readonly loaded: ReadonlySet<Address>;
  /**
   * The limits and the fee in a version 1 message. Null in other versions, which set them with instructions.
   */
  readonly config: MessageConfig | null;
};

/** @throws {Refused} */
export function readMessage(
  bytes: Uint8Array,
  tables: Readonly<Record<Address, readonly Address[]>>,
): Message {
  const message = decoded(bytes, tables);
  requireNoneIdle(message);
  const { version, signers, instructions, config } = message;
  return {
    signers,
    loaded: loadedOf(bytes, message),
    config: version === 1 ? config : null,
    instructions: instructions.map(withAddresses),
  };
}

function withAddresses({ program, accounts, data }: MessageInstruction): Instruction {
  const addresses: Address[] = [];
  for (const { address } of accounts) addresses.push(address ?? unknown());
  return { program, accounts: addresses, data };
}

/** Decoded without tables, the accounts from tables have no address. */
function loadedOf(bytes: Uint8Array, { accounts, lookupTables }: DecodedMessage): ReadonlySet<Address> {
  if (lookupTables.length === 0) return new Set();
  const own = decoded(bytes, {}).accounts;
  const found = accounts.flatMap(({ address }, at) => (own[at]?.address == null ? [address] : []));
  return new Set(found.filter((address) => address !== null));
}

const unknown = (): never => {
  throw new Refused("an instruction names an account of an unknown lookup table");
};

/** An account that no instruction uses would be locked all the same, and would have the transaction in its history. */
const requireNoneIdle = ({ feePayer, accounts, instructions }: DecodedMessage): void => {
  const used = new Set<Address | null>([feePayer]);
  for (const each of instructions) {
    used.add(each.program);
    for (const { address } of each.accounts) used.add(address);
  }
  const idle = accounts.find(({ address }) => !used.has(address));
  if (idle !== undefined)
    throw new Refused(`no instruction uses ${idle.address ?? "an account that it names"}`);
};

const decoded = (...given: Parameters<typeof decodeMessage>): ReturnType<typeof decodeMessage> => {
  try {
    return decodeMessage(...given);
  } catch (error) {
    if (!isCTOError(error, "CTO_E_TRANSACTION_UNREADABLE")) throw error;
    throw new Refused(`the message cannot be decoded: ${error.context.reason}`);
  }
};
