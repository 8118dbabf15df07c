import path from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import { parseFingerprint } from '../../ssh/host-keys/host-key.ts';
import { nearestWord } from './nearest-word.ts';
import { parseTimeWord, type TimeWord } from './time-words.ts';

const OPTIONS = {
  identity: { type: 'string', multiple: true, short: 'i' },
  'known-hosts': { type: 'string' },
  'ssh-config': { type: 'string' },
  'accept-host-key': { type: 'string' },
  'passphrase-fd': { type: 'string' },
  json: { type: 'boolean' },
  watch: { type: 'boolean', short: 'w' },
  timeout: { type: 'string' },
  home: { type: 'string' },
  name: { type: 'string' },
  port: { type: 'string' },
  'no-open': { type: 'boolean' },
  demo: { type: 'boolean' },
  host: { type: 'string' },
  app: { type: 'string' },
  action: { type: 'string' },
  outcome: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const;
export type Option = keyof typeof OPTIONS;

/** Each option given, with its values in order; a flag's are empty. */
export type Given = ReadonlyMap<Option, readonly string[]>;

/** Not `strict`, so that what is wrong can be said in our own words; every token is judged here instead. */
export function readOptions(argv: readonly string[]): { given: Given; words: string[] } {
  const { tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<Option, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    if (!isOption(token.name)) throw unknownWord('option', token.rawName, LONG_NAMES);
    const option = OPTIONS[token.name];
    if (option.type === 'boolean' && token.value !== undefined) {
      throw usage(`${token.rawName} takes no value.`, `Write it as --${token.name} alone.`);
    }
    if (option.type === 'string' && (token.value === undefined || (!token.inlineValue && /^-./.test(token.value)))) {
      throw usage(
        `${token.rawName} needs a value.`,
        `A value that begins with "-" is written --${token.name}=VALUE; see binnacle help.`,
      );
    }
    if (given.has(token.name) && option.type === 'string' && !('multiple' in option)) {
      throw usage(`--${token.name} is given twice.`, 'Give it once.');
    }
    given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? '']);
  }
  return { given, words };
}

const LONG_NAMES = Object.keys(OPTIONS).map((name) => `--${name}`);

function isOption(name: string): name is Option {
  return Object.hasOwn(OPTIONS, name);
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_S = 3_600;
const MOST_COUNTED = 100_000;
/** As the contract's filter has it. */
const MOST_NAME_CHARS = 512;

/** Where relative paths and `~` are taken from. */
export interface Place {
  readonly cwd: string;
  readonly homedir: () => string;
}

/** The options given, read as what they are to be. */
export class OptionValues {
  readonly #given: Given;
  readonly #place: Place;

  constructor(given: Given, place: Place) {
    this.#given = given;
    this.#place = place;
  }

  flag(name: Option): boolean {
    return this.#given.has(name);
  }

  text(name: Option): string | null {
    return this.#given.get(name)?.[0] ?? null;
  }

  /** As {@link text}, and long enough to name something, and no longer than a name may be. */
  name(name: Option): string | null {
    const value = this.text(name);
    if (value === null || (value !== '' && value.length <= MOST_NAME_CHARS)) return value;
    throw usage(`--${name} needs the name of ${name === 'app' ? 'an app' : 'a host'}.`, 'See binnacle help audit.');
  }

  oneOf<Word extends string>(name: Option, words: readonly Word[]): Word | null {
    const value = this.text(name);
    if (value === null) return null;
    const found = words.find((word) => word === value);
    if (found === undefined) throw unknownWord(name, value, words);
    return found;
  }

  time(name: Option): TimeWord | null {
    const value = this.text(name);
    if (value === null) return null;
    const word = parseTimeWord(value);
    if (word !== null) return word;
    throw usage(
      `--${name} needs a date, a date and time, or how long ago.`,
      `For example: --${name} 2026-11-21, --${name} 2026-11-21T09:14, or --${name} 2h (s, m, h, d, w)`,
    );
  }

  count(name: Option): number | null {
    const value = this.text(name);
    if (value === null) return null;
    const number = /^\d{1,6}$/.test(value) ? Number(value) : 0;
    if (number >= 1 && number <= MOST_COUNTED) return number;
    throw usage(`--${name} needs a number from 1 to ${MOST_COUNTED}.`, `For example: --${name} 20`);
  }

  path(name: Option): string | null {
    return this.paths(name)[0] ?? null;
  }

  /** As {@link path}; the word `none` stays what it is: no file at all. (A file of that name is `./none`.) */
  pathOrNone(name: Option): string | null {
    return this.text(name) === 'none' ? 'none' : this.path(name);
  }

  paths(name: Option): string[] {
    return (this.#given.get(name) ?? []).map((value) => {
      if (value === '' || value.includes('\0') || value.length > limits.settings.pathChars) {
        throw usage(`--${name} needs the path of a ${name === 'home' ? 'folder' : 'file'}.`, 'See binnacle help.');
      }
      // In `--identity=~/key` no shell expands the tilde.
      const expanded = /^~(?=\/|$)/.test(value) ? this.#place.homedir() + value.slice(1) : value;
      return path.resolve(this.#place.cwd, expanded);
    });
  }

  fingerprint(name: Option): string | null {
    const value = this.text(name);
    return value === null ? null : parseFingerprint(value);
  }

  fileDescriptor(name: Option): number | null {
    const value = this.text(name);
    if (value === null) return null;
    const number = /^\d{1,3}$/.test(value) ? Number(value) : Number.NaN;
    if (number === 0 || (number > 2 && number <= 255)) return number;
    throw usage(
      `--${name} needs the number of an open file descriptor: 0, or 3 to 255.`,
      `For example: binnacle status --${name} 3 3< <(pass show server)`,
    );
  }

  /** 0, which is also the default: any that is free. */
  port(name: Option): number {
    const value = this.text(name) ?? '0';
    const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
    if (number === 0 || (number >= 1_024 && number <= 65_535)) return number;
    throw usage(
      `--${name} needs a number from 1024 to 65535, or 0 for any that is free.`,
      `For example: binnacle serve --${name} 8650`,
    );
  }

  timeoutMs(name: Option): number {
    const value = this.text(name);
    if (value === null) return DEFAULT_TIMEOUT_MS;
    const seconds = /^\d*\.?\d+$/.test(value) ? Number(value) : Number.NaN;
    const ms = Math.round(seconds * 1000);
    if (ms >= 1 && seconds <= MAX_TIMEOUT_S) return ms;
    throw usage(
      `--${name} needs seconds: more than 0 and at most ${MAX_TIMEOUT_S}.`,
      `For example: --${name} 10, or 2.5`,
    );
  }
}

export function unknownWord(kind: string, typed: string, words: readonly string[]): AppError {
  const nearest = nearestWord(typed, words);
  return usage(
    `There is no ${kind} "${visibleText(typed, 60)}".`,
    nearest === null ? `There are: ${words.join(', ')}.` : `Did you mean ${nearest}?`,
  );
}

export function usage(message: string, hint: string): AppError {
  return new AppError('USAGE', message, { hint });
}
