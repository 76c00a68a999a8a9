/** Runs a localnet with its desk in this process, and writes its addresses for the other processes of this CTO_HOME. */
import { join } from "node:path";
import { type Address, isAddress } from "@solana/kit";
import type { Config } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import { type Desk, startDesk } from "../localnet/desk/index.ts";
import { type Localnet, type LocalnetOptions, type MachineName, startLocalnet } from "../localnet/index.ts";
import { prepareVenues } from "../localnet/launch/index.ts";
import { findProgramsFolder, readProgramsFolder } from "../localnet/programs-folder.ts";
import { nameToken } from "../localnet/token-name.ts";
import {
  forgetLocalnetAddress,
  readLocalnetAddress,
  writeLocalnetAddress,
} from "../runtime/cluster-address.ts";
import { closeInTurn } from "../runtime/context.ts";
import { deskSignerOf, readSaved, type SavedLocalnet, writeSaved } from "./localnet-state.ts";

export type RunningLocalnet = {
  readonly localnet: Localnet;
  readonly desk: Desk;
  /** What an earlier run had saved; null if this is a new localnet. */
  readonly saved: SavedLocalnet | null;
  close(): Promise<void>;
};

export type LocalnetRunOptions = LocalnetOptions & {
  readonly deskPort?: number;
  /** A folder with real programs and their accounts. Default: `<CTO_HOME>/programs`, if it contains any. */
  readonly programsFolder?: string;
  /** If set, the localnet continues from this file if it exists, and is saved to it while it runs and at the end. */
  readonly keep?: { readonly file: string; readonly machine: MachineName };
};

/** Saving stops the slots for about half a second, so we do not save more often. */
const SAVE_MS = 60_000;

/** Saves the localnet now and then. Returns a function that ends this and saves its end. */
function keepSaved(
  { localnet, desk }: Pick<RunningLocalnet, "localnet" | "desk">,
  { file, ...state }: { file: string; machine: MachineName; prepared: boolean },
): () => Promise<void> {
  const save = (stopped: boolean): void => {
    localnet.cluster.saveSnapshot(file);
    writeSaved(file, { ...state, stopped, savedAt: new Date().toISOString(), books: desk.books() });
  };
  save(false);
  let changed = false;
  const forget = localnet.cluster.onBlock(({ transactions }) => {
    changed ||= transactions.length > 0;
  });
  const timer = setInterval(() => {
    if (!changed) return;
    changed = false;
    save(false);
  }, SAVE_MS);
  return async () => {
    clearInterval(timer);
    forget();
    save(true);
  };
}

/**
 * Starts the localnet and the desk.
 *
 * @throws `CTO_E_LOCALNET_FAILED` if one already runs for this CTO_HOME, or a port, program or snapshot is wrong;
 * `CTO_E_DESK_FAILED`
 */
export async function runLocalnet(
  config: Pick<Config, "CTO_HOME">,
  options: LocalnetRunOptions,
): Promise<RunningLocalnet> {
  const running = await readLocalnetAddress(config);
  if (running !== null) {
    const reason = `one already runs for this CTO_HOME, at ${running.rpcUrl} (process ${running.pid})`;
    throw new CTOError("CTO_E_LOCALNET_FAILED", { reason });
  }
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const found = options.programsFolder ?? findProgramsFolder([join(config.CTO_HOME, "programs")]);
    const folder = found === null ? null : readProgramsFolder(found);
    const programs = [...(folder?.programs ?? []), ...(options.programs ?? [])];
    const { keep } = options;
    const saved = keep === undefined ? null : readSaved(keep.file, keep.machine);
    const snapshot = keep === undefined ? {} : { snapshot: keep.file };
    const localnet = await startLocalnet({ ...options, ...snapshot, programs });
    closers.push(() => localnet.close());
    const prepared = saved?.prepared || folder !== null;
    if (folder !== null && !saved?.prepared) await prepareVenues(localnet.cluster, folder);
    const { genesisHash } = localnet.cluster.ledger;
    const desk = await startDesk({
      rpcUrl: localnet.rpcUrl,
      port: options.deskPort ?? 0,
      signer: await deskSignerOf(genesisHash),
      nameToken: (mint, name) => nameToken(localnet.cluster, mint, name),
    });
    closers.push(() => desk.close());
    if (saved !== null) await desk.restore(saved.books);
    if (keep !== undefined) closers.push(keepSaved({ localnet, desk }, { ...keep, prepared }));
    const { rpcUrl, wsUrl } = localnet;
    await writeLocalnetAddress(config, {
      pid: process.pid,
      rpcUrl,
      wsUrl,
      genesisHash,
      jupiterUrl: desk.url,
    });
    closers.push(() => forgetLocalnetAddress(config));
    return { localnet, desk, saved, close: () => closeInTurn(closers.splice(0)) };
  } catch (error) {
    await closeInTurn(closers).catch(() => undefined);
    throw error;
  }
}

export type ProgramFile = { readonly address: Address; readonly path: string };

/**
 * Parses `address=path` of `--load-program`.
 *
 * @throws `CTO_E_USAGE`
 */
export function parseProgram(text: string): ProgramFile {
  const [address = "", ...rest] = text.split("=");
  const path = rest.join("=");
  if (!isAddress(address) || path === "") {
    const problem = `--load-program takes <address>=<path to the program's .so file>, not "${text}"`;
    throw new CTOError("CTO_E_USAGE", { problem });
  }
  return { address, path };
}
