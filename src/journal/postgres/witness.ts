/**
 * Remembers in this process what it knows to be committed, and looks for it in the database: in each new connection, and
 * whenever it is asked which copy this is. A standby that somebody made a primary by deleting `standby.signal`, and a
 * snapshot of the disk, keep the server's timeline, so `cto.how_copied()` cannot see them; but they lack what came last.
 *
 * We remember two things. The signatures of the last attempts are exact. The position in the write-ahead log covers
 * everything else, and what other workers have written, until the copy has written as much as it lacks. A server that
 * crashes and starts again has both, because the remembered ones were flushed.
 *
 * What is missing is stored in `cto.copy`, so that this database gives nobody a lease until a restore is declared.
 */
import { DatabaseError, type Pool, type PoolClient } from "pg";
import { z } from "zod";
import { read } from "./query.ts";
import { isReadOnly } from "./unavailable.ts";

/** A timeline that no server has: this database lacks what was committed. */
const LOST = "lost";

/** How this database differs from the one that the workers used; null if it is that one. */
export const copied = z.enum(["server", "timeline", "database", "dump", LOST]).nullable();

export type Copied = z.infer<typeof copied>;

/** The same as an SQL expression. */
export const HOW_COPIED = `(case when (select timeline from cto.copy) = '${LOST}' then '${LOST}' else cto.how_copied() end)`;

/** Attempts that were answered together may have been committed in another order, so the last one alone is not enough. */
const KEPT = 64;

/** `flushed`: only what a crash cannot take back. `inserted`: for a statement that is flushed before it is answered. */
const POSITION = {
  flushed: "(pg_current_wal_flush_lsn() - '0/0'::pg_lsn)",
  inserted: "(pg_current_wal_insert_lsn() - '0/0'::pg_lsn)",
};

/** Some hosted servers do not tell their position. Then only attempts are compared. */
const UNKNOWN = "null::numeric";

/** A declaration after the known one allows that something is missing. The cluster's height orders them: two databases have two clocks. */
const SQL = (position: string, change: string): string => `
with declared as (
  select last_valid_block_height as height, extract(epoch from declared_at)::text as at from cto.restores
),
lost as (
  select from (select ${position} as position) server
  where not exists (select from declared where height > $1 or (height = $1 and at is distinct from $2))
    and (server.position < $3::numeric or exists (
      select from unnest($4::text[]) as own(signature)
      where not exists (select from cto.attempts a where a.signature = own.signature)
    ))
)${change}
select case when exists (select from lost) then '${LOST}' else ${HOW_COPIED} end as copied, ${position}::text as position, (select height::text from declared) as height, (select at from declared) as at`;

const MARK = `,
marked as (
  update cto.copy set timeline = '${LOST}' from lost
  -- A declaration that this statement waited for has written the row: then it stays as it was declared.
  where timeline is distinct from '${LOST}' and written_by is not distinct from (select written_by from cto.copy)
)`;

/** PostgreSQL's code for a missing privilege. */
const FORBIDDEN = "42501";

const answered = z.tuple([
  z.object({
    position: z.coerce.bigint().nullable(),
    height: z.string().nullable(),
    at: z.string().nullable(),
    copied,
  }),
]);

const reachedRow = z.object({ position: z.coerce.bigint().nullable() });

type Declared = { readonly height: string; readonly at: string | null };

const isLater = (one: Declared, other: Declared): boolean =>
  BigInt(one.height) > BigInt(other.height) || (one.height === other.height && one.at !== other.at);

export type Witness = {
  /** An SQL expression: the position for a statement that writes. */
  readonly position: string;
  /** Remembers attempts that are committed. */
  signed(signatures: readonly string[]): void;
  /** Remembers the `position` that a statement which wrote has answered. */
  wrote(rows: readonly unknown[]): void;
  /** Compares, and says how this database differs. @throws `CTO_E_JOURNAL_UNAVAILABLE` */
  look(): Promise<Copied>;
};

const witnesses = new WeakMap<Pool, Witness>();

/** Undefined if nobody watches this pool. */
export const witnessOf = (pool: Pool): Witness | undefined => witnesses.get(pool);

/** Starts to remember. @throws `CTO_E_JOURNAL_UNAVAILABLE` */
export async function openWitness(pool: Pool, renewals: Pool): Promise<void> {
  let tells = true;
  let known: Declared = { height: "-1", at: null };
  let highest: bigint | null = null;
  let signatures: readonly string[] = [];
  const reach = (position: bigint | null): void => {
    if (position !== null && (highest === null || position > highest)) highest = position;
  };
  const values = (): unknown[] => [
    known.height,
    known.at,
    highest === null ? null : String(highest),
    signatures,
  ];
  const positionNow = (): string => (tells ? POSITION.flushed : UNKNOWN);
  const learn = (rows: readonly unknown[]): Copied => {
    const [{ position, height, at, copied: how }] = answered.parse(rows);
    if (height !== null && isLater({ height, at }, known)) {
      known = { height, at };
      highest = null;
      signatures = [];
    }
    // Another copy's position says nothing about our own: it may be ahead, and its address may be taken back.
    if (how === null) reach(position);
    return how;
  };
  const compare = async (change: string, position = positionNow()): Promise<Copied> => {
    try {
      return learn(await read(pool, SQL(position, change), values()));
    } catch (error) {
      if (change !== "" && isReadOnly(error)) return compare("", position);
      if (position === UNKNOWN || !(error instanceof DatabaseError)) throw error;
      // Only a server that forbids it, or that could not tell at the start, never tells. A standby tells once it is promoted.
      if (error.code === FORBIDDEN || highest === null) tells = false;
      return compare(change, UNKNOWN);
    }
  };
  // This one only reads, so that a database that refuses writes can be opened.
  await compare("");
  const witness: Witness = {
    get position() {
      return tells ? POSITION.inserted : UNKNOWN;
    },
    signed: (given) => {
      signatures = [...signatures, ...given].slice(-KEPT);
    },
    wrote: (rows) => {
      for (const row of rows) reach(reachedRow.parse(row).position);
    },
    look: () => compare(MARK),
  };
  for (const own of new Set([pool, renewals])) {
    witnesses.set(own, witness);
    // A connection executes its statements in their order: the first statement of its user comes after the comparison.
    if (own.options.pipeline === true)
      own.on("connect", (client: PoolClient) => {
        client
          .query(SQL(positionNow(), MARK), values())
          .then(({ rows }) => learn(rows))
          .catch(() => undefined);
      });
  }
}
