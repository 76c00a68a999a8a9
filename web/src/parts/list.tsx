/** Shows a list of the API: its problem, what to do when it is empty, or a table of its rows. */
import type { ComponentChildren } from "preact";
import type { Resource } from "../api/resource.ts";
import { ReadProblem } from "./problem.tsx";
import { Table, type TableProps } from "./table.tsx";

type Props<Row> = Omit<TableProps<Row>, "rows"> & {
  /** The read that brings the rows. */
  of: Resource<unknown>;
  /** Undefined: they are not read yet. */
  rows: readonly Row[] | undefined;
  empty: ComponentChildren;
};

export function List<Row>({ of, rows, empty, ...table }: Props<Row>) {
  const hasFailed = of.problem !== null && of.problem.status !== 0;
  return (
    <>
      <ReadProblem of={of} />
      {rows?.length === 0 ? empty : (rows || !hasFailed) && <Table {...table} rows={rows ?? null} />}
    </>
  );
}
