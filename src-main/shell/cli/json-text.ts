// Controls and bidirectional marks that JSON.stringify leaves as they are.
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/**
 * JSON that is safe to print on a terminal: the same value, with every control character and bidirectional mark
 * that came from a host escaped. One line, or indented.
 */
export function jsonText(value: unknown, { indent }: { readonly indent: boolean }): string {
  return JSON.stringify(value, null, indent ? 2 : 0).replace(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
