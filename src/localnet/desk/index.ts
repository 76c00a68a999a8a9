/**
 * Starts the desk, the localnet's market maker. It sells tokens at a constant-product price and offers Jupiter's swap
 * API, so that the `jupiter` venue runs the same code on the localnet as on mainnet.
 */
import type { AddressInfo } from "node:net";
import { type Address, address, generateKeyPairSigner, type KeyPairSigner } from "@solana/kit";
import { getCreateAccountInstruction } from "@solana-program/system";
import {
  findAssociatedTokenPda,
  getCreateAssociatedTokenIdempotentInstructionAsync,
  getInitializeMint2Instruction,
  getMintDecoder,
  getMintSize,
  getMintToInstruction,
  getTokenDecoder,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { CTOError } from "../../errors/index.ts";
import type { TokenName } from "../token-name.ts";
import type { Book } from "./book.ts";
import { createDeskChain, type DeskChain } from "./desk-chain.ts";
import { createMaker } from "./maker.ts";
import type { NewToken } from "./new-token.ts";
import { createDeskServer, type Fault } from "./server.ts";

export type { Book } from "./book.ts";
export type { NewToken } from "./new-token.ts";
export type { Fault } from "./server.ts";

/** Pays the rents of escrows, which are returned later. */
const WORKING_CAPITAL = 10_000_000_000_000n;
const TOKEN_PROGRAMS: readonly Address[] = [
  TOKEN_PROGRAM_ADDRESS,
  address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"),
];

export type DeskOptions = {
  /** The localnet's RPC URL; its faucet funds the desk. */
  readonly rpcUrl: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** How long a quote is valid, ms. Default 60,000. After that, its buy fails on chain. */
  readonly quoteTtlMs?: number;
  /** The only accepted `x-api-key`. Requests without a key are also accepted. */
  readonly apiKey?: string;
  /** The desk's wallet. Default: a new one. */
  readonly signer?: KeyPairSigner;
  /** Gives a new token its name. Absent: tokens have no names. */
  readonly nameToken?: (mint: Address, name: TokenName) => Promise<void>;
  /** For tests: returns an answer that replaces the desk's own, by the request's number from 1. */
  readonly fault?: (request: number) => Fault | undefined;
};

export type Desk = {
  /** Use this as `JUPITER_URL`. */
  readonly url: string;
  /** The wallet that buyers pay, and that must receive tokens before they can be listed. */
  readonly address: Address;
  /**
   * Opens a market for a mint. The desk must hold at least `tokenReserve` base units; more tokens allow more open
   * quotes at the same time. Listing again replaces the book.
   * @throws `CTO_E_DESK_FAILED`
   */
  list(mint: Address, book: Book): Promise<void>;
  /** Creates an SPL mint and lists it. Returns the mint's address. @throws `CTO_E_DESK_FAILED` */
  createToken(token: NewToken): Promise<Address>;
  /** The books of all markets as they are now, to save them. */
  books(): SavedBook[];
  /** Opens saved markets again. A market whose mint the chain does not have is left out. */
  restore(books: readonly SavedBook[]): Promise<void>;
  close(): Promise<void>;
};

export type SavedBook = { readonly mint: Address; readonly book: Book };

const failed = (reason: string) => new CTOError("CTO_E_DESK_FAILED", { reason });

const readStock = async (chain: DeskChain, desk: Address, mint: Address) => {
  const [mintAccount] = await chain.accounts([mint]);
  if (!mintAccount || !TOKEN_PROGRAMS.includes(mintAccount.owner)) throw failed(`${mint} is not a mint`);
  const tokenProgram = mintAccount.owner;
  const [stock] = await findAssociatedTokenPda({ owner: desk, mint, tokenProgram });
  const [stockAccount] = await chain.accounts([stock]);
  const held = stockAccount ? getTokenDecoder().decode(stockAccount.data).amount : 0n;
  return {
    token: { mint, tokenProgram, decimals: getMintDecoder().decode(mintAccount.data).decimals, stock },
    held,
  };
};

const issue = async (
  chain: DeskChain,
  desk: KeyPairSigner,
  { decimals, supply }: NewToken,
): Promise<Address> => {
  const mint = await generateKeyPairSigner();
  const createStock = await getCreateAssociatedTokenIdempotentInstructionAsync({
    payer: desk,
    owner: desk.address,
    mint: mint.address,
  });
  await chain.send([
    getCreateAccountInstruction({
      payer: desk,
      newAccount: mint,
      lamports: await chain.rentFor(BigInt(getMintSize())),
      space: getMintSize(),
      programAddress: TOKEN_PROGRAM_ADDRESS,
    }),
    getInitializeMint2Instruction({ mint: mint.address, decimals, mintAuthority: desk.address }),
    createStock,
    getMintToInstruction({
      mint: mint.address,
      token: createStock.accounts[1].address,
      mintAuthority: desk,
      amount: supply,
    }),
  ]);
  return mint.address;
};

/**
 * Starts a desk.
 * @throws `CTO_E_DESK_FAILED`, `CTO_E_RPC_UNAVAILABLE`
 * @example
 * const desk = await startDesk({ rpcUrl: localnet.rpcUrl });
 * const mint = await desk.createToken({ decimals: 6, supply: 10n ** 15n, lamportsReserve: 50_000_000_000n });
 */
export const startDesk = async (options: DeskOptions): Promise<Desk> => {
  const { host = "127.0.0.1", port = 0, quoteTtlMs = 60_000 } = options;
  const signer = options.signer ?? (await generateKeyPairSigner());
  const chain = createDeskChain(options.rpcUrl, signer);
  await chain.airdrop(WORKING_CAPITAL);
  const maker = await createMaker(chain, signer, quoteTtlMs);
  const list = async (mint: Address, book: Book): Promise<void> => {
    if (book.tokenReserve <= 0n || book.lamportsReserve <= 0n)
      throw failed("both reserves of a book must be positive");
    const { token, held } = await readStock(chain, signer.address, mint);
    if (held < book.tokenReserve)
      throw failed(`the desk holds ${held} of ${mint}, less than its book's reserve`);
    maker.list(token, book, held);
  };
  const createToken = async (token: NewToken): Promise<Address> => {
    const mint = await issue(chain, signer, token);
    const { symbol = "", name = "" } = token;
    if (symbol !== "" || name !== "") await options.nameToken?.(mint, { symbol, name });
    await list(mint, { tokenReserve: token.supply / 2n, lamportsReserve: token.lamportsReserve });
    return mint;
  };

  const app = createDeskServer({ ...options, chain, maker, desk: signer.address, createToken });
  await app.listen({ host, port }).catch(async (error: unknown) => {
    await maker.close();
    throw failed(
      `it cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  const { port: bound } = app.server.address() as AddressInfo;

  return {
    url: `http://${host}:${bound}`,
    address: signer.address,
    list,
    createToken,
    books: maker.books,
    async restore(books) {
      for (const { mint, book } of books) {
        if ((await chain.accounts([mint]))[0] === null) continue;
        const { token, held } = await readStock(chain, signer.address, mint);
        maker.list(token, book, held);
      }
    },
    close: async () => {
      await app.close();
      await maker.close();
    },
  };
};
