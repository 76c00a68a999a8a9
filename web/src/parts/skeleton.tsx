/** Shows placeholders while a page waits for its first answer. They take the same space as the content. */

/** Placeholders for the rows of a table that is being loaded. */
export const SkeletonRows = ({ rows, columns }: { rows: number; columns: number }) => (
  <>
    {Array.from({ length: rows }, (_, row) => (
      <tr key={row} class="skeleton-row">
        {Array.from({ length: columns }, (_, column) => (
          <td key={column}>
            <span class="skeleton" />
          </td>
        ))}
      </tr>
    ))}
  </>
);

export const SkeletonBlock = ({ lines }: { lines: number }) => (
  <div class="skeleton-block" role="status">
    <span class="visually-hidden">Loading</span>
    {Array.from({ length: lines }, (_, line) => (
      <span key={line} class="skeleton" />
    ))}
  </div>
);
