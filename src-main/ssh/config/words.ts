/** A line of ssh_config as far as it is the same for every keyword. */
export interface RawLine {
  /** As it is written. */
  readonly keyword: string;
  /** What follows the keyword, without the `=` there may be; never empty but where nothing follows. */
  readonly rest: string;
}

/**
 * Splits a line into keyword and rest: by blanks, or by one `=` with blanks around it. null: it is empty, or a comment.
 * What is not of this form (`=x`, `"Host" x`) has a keyword nobody knows.
 */
export function splitLine(line: string): RawLine | null {
  // A form feed is a blank at the end of a line only.
  let last = line.length;
  while (last > 0 && ' \t\r\n\f'.includes(line[last - 1] as string)) last -= 1;
  const text = line.slice(0, last).replace(/^[ \t\r]+/, '');
  if (text === '' || text.startsWith('#')) return null;
  const end = /[ \t\r="]/.exec(text)?.index ?? text.length;
  const rest = text.slice(end).replace(/^[ \t\r]*(?:=[ \t\r]*)?/, '');
  return end === 0 ? { keyword: text, rest: '' } : { keyword: text.slice(0, end), rest };
}

/**
 * The arguments of a line, as OpenSSH's own `argv_split` has them: by blanks, but for those in single or double quotes, or
 * after a backslash, which also makes a quote or a backslash one that is meant. A `#` at the beginning of a word ends it all.
 * null: a quote is not closed.
 */
export function splitWords(text: string): readonly string[] | null {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === ' ' || char === '\t') {
      at += 1;
      continue;
    }
    if (char === '#') break;
    const word = readWord(text, at);
    if (word === null) return null;
    words.push(word.text);
    at = word.end;
  }
  return words;
}

function readWord(text: string, from: number): { readonly text: string; readonly end: number } | null {
  let word = '';
  let quote = '';
  let at = from;
  for (; at < text.length; at += 1) {
    const char = text[at] as string;
    const next = text[at + 1] ?? '';
    if (char === '\\' && (/['"\\]/.test(next) || (quote === '' && next === ' '))) {
      word += next;
      at += 1;
    } else if (quote === '' && (char === ' ' || char === '\t')) {
      break;
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
    } else if (char === quote) {
      quote = '';
    } else {
      word += char;
    }
  }
  return quote === '' ? { text: word, end: at } : null;
}
