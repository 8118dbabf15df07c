import { type ConfigPlace, configBroken, shownWord } from './errors.ts';
import { keywordOf } from './keywords.ts';
import { type HostPatterns, type MatchLine, parseHostPatterns, parseMatch } from './match.ts';
import { splitLine, splitWords } from './words.ts';

/** A line that sets something. */
export interface SetLine {
  readonly kind: 'set';
  readonly place: ConfigPlace;
  /** In lower case, and by its usual name. */
  readonly keyword: string;
  /** As it is written. */
  readonly written: string;
  /** Checked against what may follow the keyword. */
  readonly values: readonly string[];
}

export type BodyLine =
  | SetLine
  /** Wrong, unless IgnoreUnknown has been met with before it. */
  | { readonly kind: 'unknown'; readonly place: ConfigPlace; readonly written: string }
  | { readonly kind: 'include'; readonly place: ConfigPlace; readonly paths: readonly string[] };

export interface Block {
  readonly head:
    | { readonly kind: 'host'; readonly patterns: HostPatterns }
    | ({ readonly kind: 'match' } & MatchLine)
    | null;
  readonly place: ConfigPlace;
  readonly body: readonly BodyLine[];
}

/**
 * Reads one file of ssh_config(5) into its blocks, the first of which is what stands before any `Host` or `Match`. Files that
 * are included are left to {@link loadConfig}.
 * @param file as it is shown
 * @throws AppError SSH_CONFIG_BROKEN for what OpenSSH would stop at
 */
export function parseConfig(text: string, file: string): readonly Block[] {
  let body: BodyLine[] = [];
  const blocks: Block[] = [{ head: null, place: { file, line: 1 }, body }];
  const begin = (head: Block['head'], place: ConfigPlace) => {
    body = [];
    blocks.push({ head, place, body });
  };
  for (const [index, raw] of text.split('\n').entries()) {
    const place = { file, line: index + 1 };
    const line = splitLine(raw);
    if (line === null) continue;
    const { keyword: written, rest } = line;
    const keyword = keywordOf(written);
    if (rest === '') throw configBroken(place, `has nothing after ${shownWord(written)}`);
    const words = splitWords(rest);
    if (words === null) throw configBroken(place, 'has a quote that is not closed');
    switch (keyword.kind) {
      case 'host':
        begin({ kind: 'host', patterns: parseHostPatterns(words, place) }, place);
        break;
      case 'match':
        begin({ kind: 'match', ...parseMatch(words, place) }, place);
        break;
      case 'include':
        if (words.includes('')) throw configBroken(place, 'has an empty name after Include');
        body.push({ kind: 'include', place, paths: words });
        break;
      case 'followed': {
        const values = keyword.shape(words, rest);
        if ('wrong' in values) throw configBroken(place, `has ${shownWord(written)}, which ${values.wrong}`);
        body.push({ kind: 'set', place, keyword: keyword.name, written: shownWord(written), values });
        break;
      }
      case 'unknown':
        body.push({ kind: 'unknown', place, written });
        break;
      case 'without-effect':
        break;
    }
  }
  return blocks;
}
