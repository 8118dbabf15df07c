import { limits } from '../../kernel/limits.ts';
import { configBroken, shownPlace, shownWord } from './errors.ts';
import { expandTokens } from './expand.ts';
import type { LoadedConfig } from './files.ts';
import type { SetLine } from './lines.ts';
import { matches, matchesList, matchesPatterns } from './match.ts';
import { type Bearing, bearingOf, type ConfigNote, EVERYTHING } from './route-notes.ts';

/** A machine that is asked about, as ssh would be called for it. */
export interface Asked {
  /** As `Host` lines are compared with. */
  readonly name: string;
  /** What is not null wins over the files. */
  readonly user: string | null;
  readonly localUser: string;
}

/** What the files say of one machine: of each keyword the line that counts. */
export interface Said {
  /** The name, or what HostName makes of it; not checked yet. */
  readonly host: string;
  /** By keyword, in lower case; `proxy` is the first of ProxyJump and ProxyCommand, which exclude each other. */
  readonly lines: ReadonlyMap<string, SetLine>;
  /** In their order, none twice. */
  readonly identityFiles: readonly SetLine[];
  /** What was left out though it may be for this machine. */
  readonly leftOut: readonly ConfigNote[];
}

/**
 * Looks a machine up as ssh_config(5) says: what is met with first counts, but for IdentityFile, which adds up. A second
 * reading, where `Match final` or CanonicalizeHostname asks for one, compares with what the first has made of the name.
 * @throws AppError SSH_CONFIG_BROKEN
 */
export function lookUp(configs: readonly LoadedConfig[], asked: Asked): Said {
  const reading = new Reading(asked);
  for (const config of configs) reading.read(config, true);
  reading.settleHost();
  if (reading.wantsFinal) for (const config of configs) reading.read(config, true);
  return {
    host: reading.host,
    lines: reading.lines,
    identityFiles: reading.identityFiles,
    leftOut: [...reading.leftOut].map(([text, bearsOn]) => ({ text, bearsOn })),
  };
}

/** As OpenSSH's SSH_MAX_IDENTITY_FILES. */
const IDENTITY_FILES = 100;

class Reading {
  readonly #asked: Asked;
  readonly lines = new Map<string, SetLine>();
  readonly identityFiles: SetLine[] = [];
  /** By what is said of it: a second reading leaves out the same. */
  readonly leftOut = new Map<string, readonly Bearing[]>();
  #wantsFinal = false;
  /** Known from the end of the first reading on; from then it does not change. */
  #settled: string | null = null;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  get wantsFinal(): boolean {
    return this.#wantsFinal || (this.lines.get('canonicalizehostname')?.values[0] ?? 'no') !== 'no';
  }

  /** As far as it is known. */
  get host(): string {
    if (this.#settled !== null) return this.#settled;
    const line = this.lines.get('hostname');
    if (line === undefined) return this.#asked.name;
    const host = expandTokens(line.values[0] ?? '', { h: this.#asked.name }, line);
    if (host.length > limits.ssh.hostChars) throw configBroken(line.place, 'has a HostName that is too long');
    return host;
  }

  settleHost(): void {
    const { host } = this;
    // The zone of an address is a name of this machine's own.
    this.#settled = host.includes(':') ? host : host.toLowerCase();
  }

  /** @param isActive the lines before the first `Host` or `Match` count, and then those of what matches */
  read({ blocks }: LoadedConfig, isActive: boolean): void {
    for (const { head, place, body } of blocks) {
      let counts = isActive;
      if (head?.kind === 'host') counts = isActive && matchesPatterns(head.patterns, this.#settled ?? this.#asked.name);
      if (head?.kind === 'match') {
        this.#wantsFinal ||= head.criteria.some(({ kind, negated }) => kind === 'final' && !negated);
        counts = isActive && matches(head, this.#facts());
        if (counts && head.unsupported.length > 0) {
          const what = head.unsupported.map((kind) => (kind === 'exec' ? 'exec, which would run a command' : kind));
          this.leftOut.set(
            `The lines after Match (${shownPlace(place)}) are left out: Binnacle does not follow ${what.join(', ')}.`,
            body.flatMap((line) => (line.kind === 'set' ? bearingOf(line.keyword) : EVERYTHING)),
          );
          counts = false;
        }
      }
      for (const line of body) {
        if (line.kind === 'set') {
          if (counts) this.#set(line);
        } else if (line.kind === 'unknown') {
          this.#requireIgnored(line);
        } else {
          for (const file of line.files) this.read(file, counts);
          if (counts && line.leftOut) {
            this.leftOut.set(
              `Include (${shownPlace(line.place)}) is not followed: its path depends on a token, or a variable that is not set.`,
              EVERYTHING,
            );
          }
        }
      }
    }
  }

  #facts() {
    const { name, user, localUser } = this.#asked;
    return {
      host: this.host,
      originalHost: name,
      user: user ?? this.lines.get('user')?.values[0] ?? localUser,
      localUser,
      isFinal: this.#settled !== null,
    };
  }

  #set(line: SetLine): void {
    const { keyword, values, place } = line;
    if (keyword === 'identityfile') {
      if (this.identityFiles.some((other) => other.values[0] === values[0])) return;
      if (this.identityFiles.length >= IDENTITY_FILES) throw configBroken(place, 'names too many identity files');
      this.identityFiles.push(line);
      return;
    }
    const slot = keyword === 'proxycommand' || keyword === 'proxyjump' ? 'proxy' : keyword;
    if (values.length > 0 && !this.lines.has(slot)) this.lines.set(slot, line);
  }

  #requireIgnored({ place, written }: { readonly place: SetLine['place']; readonly written: string }): void {
    const ignored = this.lines.get('ignoreunknown')?.values[0] ?? '';
    if (matchesList(ignored.toLowerCase(), written.toLowerCase())) return;
    throw configBroken(
      place,
      `has ${shownWord(written)}, which is no keyword that OpenSSH knows`,
      `Put it right, or write IgnoreUnknown ${shownWord(written)} before it.`,
    );
  }
}

/**
 * The names that stand in `Host` lines without patterns or negation, in the order of the files, each once.
 * Those of included files stand where they are included.
 */
export function namesIn(configs: readonly LoadedConfig[]): readonly string[] {
  const names = new Set<string>();
  const gather = ({ blocks }: LoadedConfig) => {
    for (const { head, body } of blocks) {
      for (const { negated, glob } of head?.kind === 'host' ? head.patterns : []) {
        if (!negated && !/[*?]/.test(glob)) names.add(glob);
      }
      for (const line of body) if (line.kind === 'include') line.files.forEach(gather);
    }
  };
  configs.forEach(gather);
  return [...names];
}
