import { matchesGlob } from '../host-keys/host-pattern.ts';
import { type ConfigPlace, configBroken, shownWord } from './errors.ts';

/** The names of a `Host` line. */
export type HostPatterns = readonly { readonly negated: boolean; readonly glob: string }[];

/** What a `Match` line asks. */
export interface MatchLine {
  readonly criteria: readonly Criterion[];
  /** Criteria that are not looked at, as they are written: where the others hold, the block is left out and named. */
  readonly unsupported: readonly string[];
}

type Criterion =
  | { readonly kind: 'all' | 'final' | 'canonical'; readonly negated: boolean }
  | {
      readonly kind: 'host' | 'originalhost' | 'user' | 'localuser';
      readonly negated: boolean;
      /** A list with commas. */
      readonly patterns: string;
    };

/** What is known of the machine when a `Match` line is come to. */
export interface MatchFacts {
  /** With HostName as it is known so far. */
  readonly host: string;
  readonly originalHost: string;
  readonly user: string;
  readonly localUser: string;
  /** It is the second reading, which `Match final` asks for. */
  readonly isFinal: boolean;
}

const PLAIN = new Set(['all', 'final', 'canonical']);
const COMPARED = new Set(['host', 'originalhost', 'user', 'localuser']);
/** `exec` would run a command, which Binnacle never does; the others came with OpenSSH 9.4 and later. */
const UNSUPPORTED = new Set(['exec', 'localnetwork', 'tagged', 'sessiontype', 'command', 'version']);

/** @throws AppError SSH_CONFIG_BROKEN */
export function parseHostPatterns(words: readonly string[], place: ConfigPlace): HostPatterns {
  if (words.includes('')) throw configBroken(place, 'has an empty name after Host');
  return words.map((word) => {
    const negated = word.startsWith('!');
    return { negated, glob: negated ? word.slice(1) : word };
  });
}

/** A negated pattern that matches wins over all others; capitals count, as in OpenSSH. */
export function matchesPatterns(patterns: HostPatterns, name: string): boolean {
  const hits = patterns.filter(({ glob }) => matchesGlob(glob, name));
  return hits.length > 0 && !hits.some(({ negated }) => negated);
}

/** A list with commas, as `Match` and IgnoreUnknown have it. */
export function matchesList(list: string, text: string): boolean {
  return matchesPatterns(parseList(list), text);
}

function parseList(list: string): HostPatterns {
  return list.split(',').map((item) => {
    const negated = item.startsWith('!');
    return { negated, glob: negated ? item.slice(1) : item };
  });
}

/**
 * Reads what follows `Match`. A criterion has its argument after a blank, or after a `=`.
 * @throws AppError SSH_CONFIG_BROKEN
 */
export function parseMatch(given: readonly string[], place: ConfigPlace): MatchLine {
  const criteria: Criterion[] = [];
  const unsupported: string[] = [];
  const words = [...given];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const negated = word.startsWith('!');
    const [, name = '', equals, inline = ''] = /^([^=]*)(=?)(.*)$/s.exec(negated ? word.slice(1) : word) ?? [];
    const kind = name.toLowerCase();
    if (PLAIN.has(kind) && equals === '') {
      criteria.push({ kind: kind as 'all' | 'final' | 'canonical', negated });
      continue;
    }
    if (!COMPARED.has(kind) && !UNSUPPORTED.has(kind)) {
      throw configBroken(place, `has a Match with ${shownWord(name)}, which is no criterion`);
    }
    const argument = inline === '' ? argumentOf(words, equals !== '') : inline;
    if (argument === undefined || (argument === '' && COMPARED.has(kind))) {
      throw configBroken(place, `has a Match with nothing after ${kind}`);
    }
    if (UNSUPPORTED.has(kind)) unsupported.push(kind);
    else criteria.push({ kind: kind as 'host' | 'originalhost' | 'user' | 'localuser', negated, patterns: argument });
  }
  if (criteria.length + unsupported.length === 0) throw configBroken(place, 'has a Match without a criterion');
  const all = criteria.findIndex(({ kind }) => kind === 'all');
  if (all !== -1 && (all > 1 || all !== criteria.length - 1 || unsupported.length > 0)) {
    throw configBroken(place, 'has a Match with "all" beside other criteria');
  }
  return { criteria, unsupported };
}

function argumentOf(words: string[], hadEquals: boolean): string | undefined {
  const word = words.shift();
  if (hadEquals || !word?.startsWith('=')) return word;
  return word === '=' ? words.shift() : word.slice(1);
}

/** Whether all criteria that are looked at hold. */
export function matches({ criteria }: MatchLine, facts: MatchFacts): boolean {
  return criteria.every((criterion) => holds(criterion, facts) !== criterion.negated);
}

function holds(criterion: Criterion, facts: MatchFacts): boolean {
  switch (criterion.kind) {
    case 'all':
      return true;
    // OpenSSH does not tell the two apart: with either the file is being read for the second time.
    case 'final':
    case 'canonical':
      return facts.isFinal;
    case 'host':
      return matchesList(criterion.patterns.toLowerCase(), facts.host.toLowerCase());
    case 'originalhost':
      return matchesList(criterion.patterns.toLowerCase(), facts.originalHost.toLowerCase());
    case 'user':
      return matchesList(criterion.patterns, facts.user);
    case 'localuser':
      return matchesList(criterion.patterns, facts.localUser);
  }
}
