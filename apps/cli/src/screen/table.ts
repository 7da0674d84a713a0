/** One column of a table. */
export interface Column<Row> {
  title: string
  /** Numbers stand better to the right. Default left. */
  align?: 'left' | 'right'
  text(row: Row): string
}

/** A table for a terminal: a line of titles, a rule, a line a row. Columns are as wide as their widest text. */
export function renderTable<Row>(columns: Column<Row>[], rows: Row[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map((column) => column.text(row)))]
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)))
  const lines = cells.map((line) =>
    line
      .map((text, i) => pad(text, widths[i] ?? 0, columns[i]?.align))
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width)
}
