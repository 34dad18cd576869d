import stringWidth from 'string-width';

/** @returns a table. A column is as wide as its widest cell, and right-aligned if it has only numbers. */
export function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(stringWidth(head), ...rows.map((row) => stringWidth(row[column] ?? ''))),
  );
  const numeric = heads.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^([\d.]+( \S+)?|–)?$/.test(row[column] ?? '')),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => padded(row[column] ?? '', width, numeric[column] === true))
      .join('  ')
      .trimEnd();
  return [line(heads), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

function padded(cell: string, width: number, right: boolean): string {
  const space = ' '.repeat(width - stringWidth(cell));
  return right ? space + cell : cell + space;
}
