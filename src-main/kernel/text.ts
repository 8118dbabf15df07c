/**
 * Makes text from a host safe to show and hard to fake: control characters, escape sequences, line breaks
 * and bidirectional marks become visible code points, so that nothing moves the cursor, hides text or
 * reverses it (DESIGN rule 6). Tabs become a space. Unpaired surrogates become U+FFFD.
 */
export function visibleText(text: string, maxChars = Number.POSITIVE_INFINITY): string {
  // A cut far before the final one keeps a hostile megabyte from being rewritten in full.
  const bounded = text.length > maxChars * 2 ? text.slice(0, maxChars * 2) : text;
  const shown = bounded
    .toWellFormed()
    .replace(/\t/g, ' ')
    .replace(UNSAFE, (char) => CONTROL_PICTURE[char] ?? `\\u{${(char.codePointAt(0) as number).toString(16)}}`);
  const chars = [...shown];
  return chars.length > maxChars || bounded.length < text.length ? `${chars.slice(0, maxChars - 1).join('')}…` : shown;
}

// C0, DEL, C1, soft hyphen, zero-width and bidirectional marks, line and paragraph separators, tags, BOM.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

const CONTROL_PICTURE: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 0x20 }, (_, code) => [String.fromCharCode(code), String.fromCharCode(0x2400 + code)]),
);
