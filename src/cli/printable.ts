/** Controls that would move a terminal's cursor, recolour it or hide text, but no line breaks. */
const CONTROLS = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const KEPT: readonly string[] = ['\n', '\t'];

/**
 * A stranger's text as a terminal may show it: what would be obeyed instead of shown is named.
 * `\u001b[2J` becomes `\u{1b}[2J`.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, (character) =>
    KEPT.includes(character) ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
