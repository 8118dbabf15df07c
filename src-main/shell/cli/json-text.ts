/** What JSON.stringify leaves as it is and a terminal, or an eye, may be misled by. */
const UNSAFE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * JSON that is safe to print on a terminal: the same value, with every control character, bidirectional mark and
 * invisible character that came from a host escaped. One line, or indented.
 */
export function jsonText(value: unknown, { indent }: { readonly indent: boolean }): string {
  return terminalJson(JSON.stringify(value, null, indent ? 2 : 0));
}

/** The same of what is JSON already: another text of the same value. */
export function terminalJson(json: string): string {
  return json.replace(UNSAFE, escaped);
}

/** Unit by unit: JSON writes what is beyond U+FFFF as two. */
function escaped(char: string): string {
  return Array.from(
    { length: char.length },
    (_, index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
