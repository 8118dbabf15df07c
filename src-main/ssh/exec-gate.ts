import type { HostMode } from '#contract/hosts.ts';
import { AppError } from '../kernel/errors.ts';
import type { RegisteredCommand } from './connection-types.ts';
import { quoteArgv } from './quote.ts';

/** A typed hole: gives back the text that goes into the argv, or null where the value is not of its type. */
type Hole = (value: unknown) => string | null;

interface Entry {
  readonly effect: RegisteredCommand['effect'];
  readonly holes: Readonly<Record<string, Hole>>;
  readonly argv: (filled: Readonly<Record<string, string>>) => readonly string[];
}

type Registry = Readonly<Record<string, Entry>>;

/** Absolute, so that it can never be taken for an option; bounded as Linux bounds a path (PATH_MAX). */
const remotePath: Hole = (value) =>
  typeof value === 'string' && value.startsWith('/') && Buffer.byteLength(value) < 4096 ? value : null;

const path = { path: remotePath };

/**
 * Every command that may ever be run on a host (DESIGN, safety rule 1). What is not here is not run.
 */
const registry = {
  /** Run once per connection: sshd switches Nagle off with the first session (FACTS, tunnel 2). */
  true: { effect: 'read', holes: {}, argv: () => ['true'] },
  'path-exists': { effect: 'read', holes: path, argv: ({ path }) => ['test', '-e', path ?? ''] },
  'path-is-socket': { effect: 'read', holes: path, argv: ({ path }) => ['test', '-S', path ?? ''] },
  'path-writable': { effect: 'read', holes: path, argv: ({ path }) => ['test', '-w', path ?? ''] },
  'path-searchable': { effect: 'read', holes: path, argv: ({ path }) => ['test', '-x', path ?? ''] },
  'path-is-folder': { effect: 'read', holes: path, argv: ({ path }) => ['test', '-d', path ?? ''] },
  'path-is-link': { effect: 'read', holes: path, argv: ({ path }) => ['test', '-L', path ?? ''] },
  /** Where a symbolic link leads to that leads to nothing this user may see. */
  'link-target': { effect: 'read', holes: path, argv: ({ path }) => ['readlink', path ?? ''] },
  /** Mode, owner and group of a socket, of the one a link leads to, for the next step the operator is told. */
  'path-listing': { effect: 'read', holes: path, argv: ({ path }) => ['ls', '-ldL', path ?? ''] },
  /** Whether the engine answers behind its socket; the client may be missing there. */
  'engine-version': {
    effect: 'read',
    holes: path,
    argv: ({ path }) => ['docker', '--host', `unix://${path ?? ''}`, 'version', '--format', '{{.Server.Version}}'],
  },
  /** For the sockets of an engine without root: they are under /run/user/UID. */
  'user-id': { effect: 'read', holes: {}, argv: () => ['id', '-u'] },
  /**
   * A byte stream to the engine, for `openCommand`. It reads as far as this gate can tell: what is asked over it is held
   * against the engine gate, as over any other channel. Run with nothing to say, it tells in the kernel's words why it
   * does not get through, which `docker version` does not.
   */
  'dial-stdio': { effect: 'read', holes: {}, argv: () => ['docker', 'system', 'dial-stdio'] },
  'dial-stdio-at': { effect: 'read', holes: path, argv: ({ path }) => [...dockerAt(path), 'system', 'dial-stdio'] },
  /** `-n`: never asks for a password. Only where the operator chose it for the host (`?via=sudo-dial-stdio`). */
  'sudo-dial-stdio': { effect: 'read', holes: {}, argv: () => ['sudo', '-n', 'docker', 'system', 'dial-stdio'] },
  'sudo-dial-stdio-at': {
    effect: 'read',
    holes: path,
    argv: ({ path }) => ['sudo', '-n', ...dockerAt(path), 'system', 'dial-stdio'],
  },
} as const satisfies Registry;

function dockerAt(path: string | undefined): string[] {
  return ['docker', '--host', `unix://${path ?? ''}`];
}

export type CommandName = keyof typeof registry;
type CommandHoles<Known extends Registry, Name extends keyof Known> = {
  readonly [Key in keyof Known[Name]['holes']]: string;
};

/** Makes commands, and knows those it has made. */
interface ExecGate<Known extends Registry> {
  /**
   * Fills the holes of a registered command and quotes it.
   * @throws AppError EXEC_NOT_ALLOWED where it is not in the registry, or a hole is missing, extra or of the wrong type
   */
  registeredCommand<Name extends keyof Known & string>(
    name: Name,
    values: CommandHoles<Known, Name>,
  ): RegisteredCommand & { readonly name: Name };
  /**
   * @throws AppError EXEC_NOT_ALLOWED unless `command` came from this gate, and under `observe` unless it only reads
   */
  requireAllowed(command: RegisteredCommand, mode: HostMode): void;
}

/** What may be run on hosts. A connection refuses what another gate has made: one over another list is for tests. */
export const { registeredCommand, requireAllowed } = createExecGate(registry);

export function createExecGate<const Known extends Registry>(known: Known): ExecGate<Known> {
  /** Only what was made here is let through: a look-alike with the same members is not in it. */
  const made = new WeakSet<RegisteredCommand>();
  return {
    registeredCommand(name, values) {
      const entry: Entry | undefined = Object.hasOwn(known, name) ? known[name] : undefined;
      if (entry === undefined) throw notAllowed('It is not a registered command.');
      const command = Object.freeze({ name, effect: entry.effect, line: quoteArgv(entry.argv(filled(entry, values))) });
      made.add(command);
      return command;
    },
    requireAllowed(command, mode) {
      if (!made.has(command)) throw notAllowed('It is not a registered command.');
      if (mode === 'operate' || command.effect === 'read') return;
      throw notAllowed('It does more than read, and this host is set to observe only.');
    },
  };
}

function filled({ holes }: Entry, given: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  if (Object.keys(given).some((key) => !Object.keys(holes).includes(key))) throw notAllowed('It has no such argument.');
  return Object.fromEntries(
    Object.entries(holes).map(([key, hole]) => {
      const text = Object.hasOwn(given, key) ? hole(given[key]) : null;
      if (text === null) throw notAllowed(`Its argument "${key}" is missing, or not of its type.`);
      return [key, text];
    }),
  );
}

function notAllowed(why: string): AppError {
  return new AppError('EXEC_NOT_ALLOWED', `This command may not be run on a host. ${why}`);
}
