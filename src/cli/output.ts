import type {Arguments} from './arguments.ts';
import type {CliContext} from './command.ts';

/** Option of every command that prints data. */
export const JSON_OPTION = {json: {type: 'boolean'}} as const;

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

/** Of what JSON leaves as it is: what a terminal obeys or hides. */
const OBEYED = /[\u007f-\u009f\u2028\u2029\p{Cf}]/gu;
const escaped = (character: string): string =>
  Array.from({length: character.length}, (_, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');

/** JSON in which a stranger's text cannot speak to a terminal. */
export function toJson(data: unknown, indent?: number): string {
  return JSON.stringify(data, bigintAsText, indent).replace(OBEYED, escaped);
}

/** Prints `data` as one JSON document with `--json`, else the text made for people. */
export function print<T>(
  {out}: CliContext,
  args: Arguments,
  data: T,
  toText: (data: T) => string,
): Promise<void> {
  return out(args.flag('json') ? toJson(data, 2) : toText(data));
}

/** Columns as wide as their widest cell, two spaces between them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}

/** Names and values below each other, the values in one column. */
export function fields(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** A whole session id, or 32 bytes with 0x. */
const MAX_SHOWN = 66;

/** The beginning of a long key, for people. */
export function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (--json shows all)` : text;
}
