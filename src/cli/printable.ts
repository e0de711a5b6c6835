/** Controls that would move a terminal's cursor, recolour it or hide text, but no line breaks. */
const CONTROL = String.raw`[\p{Cc}\p{Cf}\u2028\u2029]`;
/** Joiners inside of words and emoji, and the tags that make a flag of a region (UTS #51 §1.4.6). */
const KEPT = [
  String.raw`[\n\t]`,
  String.raw`(?<=[\p{L}\p{M}\p{ExtPict}\p{EMod}])[\u200c\u200d](?=[\p{L}\p{M}\p{ExtPict}])`,
  String.raw`(?<=\u{1f3f4})[\u{e0020}-\u{e007e}]{1,6}\u{e007f}`,
].join('|');
const KEPT_OR_CONTROL = new RegExp(`(${KEPT})|${CONTROL}`, 'gu');

/**
 * A stranger's text as a terminal may show it: what would be obeyed instead of shown is named.
 * `\u001b[2J` becomes `\u{1b}[2J`.
 */
export function printable(text: string): string {
  return text.replace(KEPT_OR_CONTROL, (found, kept?: string) =>
    kept === undefined ? `\\u{${found.codePointAt(0)?.toString(16)}}` : kept,
  );
}
