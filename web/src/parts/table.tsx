/**
 * Shows rows as a table in a region that scrolls by itself, and placeholders until the rows are read. On a narrow
 * screen, each row becomes a card.
 */
import type { ComponentChildren } from "preact";
import { visible } from "../format/visible.ts";
import { Scroll } from "./scroll.tsx";
import { SkeletonRows } from "./skeleton.tsx";

export type Column =
  | string
  | {
      readonly title: string;
      /** The column has numbers: they end at the same place. */
      readonly number?: boolean;
      /** The title is only for screen readers. */
      readonly hidden?: boolean;
    };

/** The last column of a table whose rows have buttons. */
export const ACTIONS: Column = { title: "Actions", hidden: true };

const Head = ({ column }: { column: Column }) => {
  const { title, number = false, hidden = false } = typeof column === "string" ? { title: column } : column;
  return (
    <th scope="col" class={number ? "number" : undefined}>
      {hidden ? <span class="visually-hidden">{title}</span> : <bdi>{visible(title)}</bdi>}
    </th>
  );
};

export type TableProps<Row> = {
  label: string;
  columns: readonly Column[];
  /** Null: they are not read yet. */
  rows: readonly Row[] | null;
  row: (row: Row) => ComponentChildren;
  /** The probable number of rows, so that the page does not move when they come. */
  placeholders: number;
  class?: string;
  /** Shown below the rows, inside the region. */
  children?: ComponentChildren;
};

export const Table = <Row,>({
  label,
  columns,
  rows,
  row,
  placeholders,
  class: extra,
  children,
}: TableProps<Row>) => (
  <Scroll label={label} busy={rows === null}>
    <table class={extra ? `cards ${extra}` : "cards"}>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={typeof column === "string" ? column : column.title} column={column} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows === null ? <SkeletonRows rows={placeholders} columns={columns.length} /> : rows.map(row)}
      </tbody>
    </table>
    {children}
  </Scroll>
);
