import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { machineOf } from '../errors.ts';
import type { Hop, Route } from '../hop.ts';
import { DEFAULT_SSH_PORT } from '../target.ts';
import { type ConfigPlace, configBroken, configUnsupported, shownWord } from './errors.ts';
import { expandTokens } from './expand.ts';
import type { LoadedConfig } from './files.ts';
import { type FoundHop, type HopFacts, type HopRequest, hopOf } from './hop.ts';
import { lookUp, type Said } from './lookup.ts';
import { type Jump, parseProxyJump, tooLong } from './proxy-jump.ts';
import { type RouteNote, saidWith } from './route-notes.ts';

export interface RouteOptions extends Omit<HopFacts, 'user'> {
  readonly defaultUser: string;
  /** Key files named for the host in Binnacle. */
  readonly namedFiles: readonly string[];
}

/**
 * The way to a machine, as the files say it.
 * @throws AppError SSH_CONFIG_BROKEN, SSH_CONFIG_UNSUPPORTED
 */
export function findRoute(configs: readonly LoadedConfig[], machine: Jump, options: RouteOptions): Route {
  return new Routing(configs, options).to(machine);
}

/** Each machine is looked up as ssh would be called for it. */
class Routing {
  readonly #configs: readonly LoadedConfig[];
  readonly #options: RouteOptions;
  readonly #notes: RouteNote[] = [];
  /** Machines on the way to which a way is being looked for. */
  readonly #wanted = new Set<string>();
  /** The ProxyJump that the machines being looked for stand in; null: none yet. */
  #place: ConfigPlace | null = null;

  constructor(configs: readonly LoadedConfig[], options: RouteOptions) {
    this.#configs = configs;
    this.#options = options;
  }

  to(machine: Jump): Route {
    try {
      const hops = this.#hopsTo({ ...machine, namedFiles: this.#options.namedFiles, isJump: false }, null);
      return { hops, notes: this.#notes };
    } catch (error) {
      // Lines that were left out might have come first, and led another way.
      const others = this.#notes.filter(({ bearsOn }) => bearsOn.includes('way'));
      throw error instanceof AppError && error.code === 'SSH_CONFIG_UNSUPPORTED' ? saidWith(error, others) : error;
    }
  }

  /**
   * @param given the machines before it, where the ProxyJump of one behind it has named them: as with `ssh -J`, its own is
   *   passed over. null: its own counts
   */
  #hopsTo(request: HopRequest, given: readonly Jump[] | null): Hop[] {
    const { defaultUser: user, ...files } = this.#options;
    const said = lookUp(this.#configs, { name: request.name, user: request.user, localUser: user });
    const found = hopOf(said, request, { ...files, user });
    const machine = machineOf(found.hop);
    this.#notes.push(...found.notes.map((note) => ({ ...note, machine, isJump: request.isJump })));
    const before = given ?? ownJumps(said, found);
    const last = before.at(-1);
    if (last === undefined) return [found.hop];
    const key = JSON.stringify([request.name, found.hop.user, found.hop.port, given]);
    if (given === null) this.#place = said.lines.get('proxy')?.place ?? null;
    const place = this.#place ?? { file: 'ssh_config', line: null };
    const isItself =
      last.name === found.hop.host &&
      (last.port ?? DEFAULT_SSH_PORT) === found.hop.port &&
      (last.user ?? found.hop.user) === found.hop.user;
    if (isItself || this.#wanted.has(key)) {
      throw configBroken(
        place,
        `makes the way to ${shownWord(request.name)} go through itself`,
        `Give ${shownWord(request.name)} a Host block of its own with ProxyJump none, before that line.`,
      );
    }
    this.#wanted.add(key);
    if (this.#wanted.size >= limits.ssh.hops) throw tooLong(place);
    const earlier = before.slice(0, -1);
    const way = this.#hopsTo({ ...last, namedFiles: [], isJump: true }, earlier.length === 0 ? null : earlier);
    return [...way, found.hop];
  }
}

/** @throws AppError SSH_CONFIG_UNSUPPORTED for a ProxyCommand */
function ownJumps({ lines }: Said, { tokens: { h = '', n = '', p = '', r = '' } }: FoundHop): readonly Jump[] {
  const line = lines.get('proxy');
  const text = line?.values[0] ?? 'none';
  if (line === undefined || text.toLowerCase() === 'none') return [];
  if (line.keyword === 'proxyjump') {
    return parseProxyJump(line, (part) => expandTokens(part, { h, n, p, r }, line));
  }
  const machine = throughSsh(text);
  throw configUnsupported(
    line.place,
    'has a ProxyCommand, and Binnacle runs no command to reach a host',
    machine === null
      ? 'Write ProxyJump with the machine on the way in its place; Binnacle follows that.'
      : `Write ProxyJump ${machine} in its place: it does the same, and Binnacle follows it.`,
  );
}

/** The machine that a ProxyCommand goes through where it is ssh itself that runs; null where that cannot be told. */
function throughSsh(command: string): string | null {
  // Longer than anybody writes it: it is looked at for a hint only.
  const words = command.slice(0, 512).trim().split(/\s+/);
  const forwards = words.indexOf('-W');
  const [program = '', ...others] = forwards === -1 ? words : words.toSpliced(forwards, 2);
  const isNetcat = /^n(et)?c(at)?$/.test(others[1] ?? '');
  const [machine] = isNetcat ? others : others.filter((word) => word !== '-q');
  const isAlone = isNetcat || (forwards !== -1 && others.filter((word) => word !== '-q').length === 1);
  if (!/(^|\/)ssh$/.test(program) || !isAlone || machine === undefined || !/^[\w.@-]+$/.test(machine)) return null;
  return machine;
}
