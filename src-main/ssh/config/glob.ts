import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** A character of a pattern that stands for itself, any one, any run, or one of a set. */
type Token =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'any' | 'run' }
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] };

/**
 * The files that a pattern of `Include` stands for, as glob(7) has it: `*`, `?`, `[a-z]`, backslash; none of them stands for
 * a slash, nor for the dot a name begins with. In the order of their bytes. A pattern without any of these is itself,
 * whether the file is there or not.
 * @param pattern from the root
 * @param most beyond: the rest is left out
 * @throws what reading a folder failed with, but for one that is not there, or is no folder
 */
export async function globFiles(pattern: string, most: number): Promise<readonly string[]> {
  const { root } = path.parse(pattern);
  let found = [root];
  for (const part of pattern.slice(root.length).split('/')) {
    if (part === '') continue;
    const tokens = tokensOf(part);
    const literal = literalOf(tokens);
    if (literal !== null) {
      found = found.map((folder) => path.join(folder, literal));
      continue;
    }
    const names = await Promise.all(found.map(async (folder) => [folder, await namesIn(folder)] as const));
    found = names
      .flatMap(([folder, all]) => all.filter((name) => isMatch(tokens, name)).map((name) => path.join(folder, name)))
      .slice(0, most);
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] as string;
    // A `]` right after the opening bracket belongs to the set.
    const set = char === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null;
    if (char === '*') tokens.push({ kind: 'run' });
    else if (char === '?') tokens.push({ kind: 'any' });
    else if (set !== null && set[2] !== '') {
      tokens.push({ kind: 'set', negated: set[1] !== '', ranges: rangesOf(set[2] as string) });
      at += set[0].length - 1;
    } else if (char === '\\' && at + 1 < pattern.length) {
      at += 1;
      tokens.push({ kind: 'char', char: pattern[at] as string });
    } else tokens.push({ kind: 'char', char });
  }
  return tokens;
}

function rangesOf(set: string): (readonly [string, string])[] {
  return [...set.matchAll(/(.)-(.)|(.)/gs)].map(([, from, to, single = '']) => [from ?? single, to ?? single] as const);
}

function literalOf(tokens: readonly Token[]): string | null {
  const chars = tokens.map((token) => (token.kind === 'char' ? token.char : null));
  return chars.includes(null) ? null : chars.join('');
}

/** Only the last run is ever tried again: the cost is the product of both lengths at most. */
function isMatch(tokens: readonly Token[], name: string): boolean {
  if (name.startsWith('.') && !(tokens[0]?.kind === 'char' && tokens[0].char === '.')) return false;
  let at = 0;
  let run = -1;
  let resume = 0;
  let index = 0;
  while (index < name.length) {
    const token = tokens[at];
    if (token?.kind === 'run') {
      run = at++;
      resume = index;
    } else if (token !== undefined && standsFor(token, name[index] as string)) {
      at += 1;
      index += 1;
    } else if (run !== -1) {
      at = run + 1;
      index = ++resume;
    } else {
      return false;
    }
  }
  while (tokens[at]?.kind === 'run') at += 1;
  return at === tokens.length;
}

function standsFor(token: Token, char: string): boolean {
  if (token.kind === 'char') return token.char === char;
  if (token.kind !== 'set') return true;
  return token.ranges.some(([from, to]) => from <= char && char <= to) !== token.negated;
}
