import { homedir } from 'node:os';
import { AUDIT_ACTIONS, type AuditCommand, auditCommand } from './audit-arguments.ts';
import {
  type ConnectingOptions,
  connectingOptions,
  HOSTS_ACTIONS,
  type HostsAliasesCommand,
  type HostsCommand,
  type HostsTestCommand,
  hostsCommand,
} from './hosts-arguments.ts';
import { type Given, type Option, OptionValues, type Place, readOptions, unknownWord, usage } from './options.ts';

/** What the operator asked for. Paths are absolute; targets are as typed: the ssh room reads them. */
export type Command =
  | StatusCommand
  | HostsCommand
  | HostsTestCommand
  | HostsAliasesCommand
  | AuditCommand
  | ServeCommand
  | HelpCommand
  | { readonly kind: 'version' };

export interface StatusCommand extends ConnectingOptions {
  readonly kind: 'status';
  /** Empty: every host in the settings. */
  readonly targets: readonly string[];
  readonly json: boolean;
  readonly watch: boolean;
  /** For the whole command, or with `watch` for the first answer. */
  readonly timeoutMs: number;
  readonly home: string | null;
}

export interface ServeCommand {
  readonly kind: 'serve';
  /** 0: any that is free. */
  readonly port: number;
  /** Whether a browser is opened on it, where there is one. */
  readonly open: boolean;
  /** The made-up fleet, also where hosts are saved. */
  readonly demo: boolean;
  readonly home: string | null;
}

export interface HelpCommand {
  readonly kind: 'help';
  readonly topic: HelpTopic;
}
const TOPICS = ['status', 'hosts', 'audit', 'serve'] as const;
export type HelpTopic = 'binnacle' | (typeof TOPICS)[number];

const CONNECTING = ['identity', 'known-hosts', 'ssh-config', 'accept-host-key', 'passphrase-fd'] as const;

const ALLOWED = {
  status: [...CONNECTING, 'json', 'watch', 'timeout', 'home'],
  'hosts add': ['name', 'identity', 'json', 'home'],
  'hosts list': ['json', 'home'],
  'hosts remove': ['json', 'home'],
  'hosts test': [...CONNECTING, 'json', 'timeout', 'home'],
  'hosts aliases': ['ssh-config', 'json', 'home'],
  'audit show': ['host', 'app', 'action', 'outcome', 'since', 'until', 'limit', 'json', 'home'],
  'audit verify': ['json', 'home'],
  serve: ['port', 'no-open', 'demo', 'home'],
} as const satisfies Record<string, readonly Option[]>;
type CommandName = keyof typeof ALLOWED;

/**
 * Reads the command line, without the program's name: `['status', '--json']`. Touches nothing.
 * @throws AppError USAGE, with the nearest word or the form that is right as its hint
 */
export function parseArguments(
  argv: readonly string[],
  place: Place = { cwd: process.cwd(), homedir: homedir },
): Command {
  const { given, words } = readOptions(argv);
  if (given.has('help')) return { kind: 'help', topic: topicOf(words[0]) };
  if (given.has('version')) return { kind: 'version' };
  const [first, ...rest] = words;
  if (first === undefined) {
    const stray = given.keys().next();
    if (stray.done) return { kind: 'help', topic: 'binnacle' };
    throw usage(`--${stray.value} needs a command before it.`, 'For example: binnacle status --json');
  }
  if (first === 'help') return helpOn(rest);
  if (/^([a-z]+:\/\/|local:)/i.test(first)) {
    // Not shown: a password may stand in it.
    throw usage('A command has to stand before the target.', 'For example: binnacle status ssh://user@host');
  }
  if (!isTopic(first)) throw unknownWord('command', first, [...TOPICS, 'help']);
  const values = new OptionValues(given, place);
  if (first === 'status') {
    allowOnly('status', given);
    return statusCommand(rest, values);
  }
  if (first === 'serve') {
    allowOnly('serve', given);
    return serveCommand(rest, values);
  }
  if (first === 'audit') {
    const action = subcommand('audit', rest[0], AUDIT_ACTIONS);
    allowOnly(`audit ${action}`, given);
    return auditCommand(action, rest.slice(1), values);
  }
  const action = subcommand('hosts', rest[0], HOSTS_ACTIONS);
  allowOnly(`hosts ${action}`, given);
  return hostsCommand(action, rest.slice(1), values);
}

function subcommand<Word extends string>(command: string, typed: string | undefined, words: readonly Word[]): Word {
  if (typed === undefined) throw usage(`${command} needs to know what to do.`, `One of: ${words.join(', ')}.`);
  const found = words.find((word) => word === typed);
  if (found === undefined) throw unknownWord(`${command} command`, typed, words);
  return found;
}

function statusCommand(targets: readonly string[], values: OptionValues): StatusCommand {
  const connecting = connectingOptions(values);
  if (connecting.acceptHostKey !== null && targets.length !== 1) {
    throw usage(
      `--accept-host-key needs exactly one target, not ${targets.length}.`,
      'A key belongs to one machine: connect to each new host by itself first. Once accepted, keys are remembered.',
    );
  }
  return {
    kind: 'status',
    targets,
    ...connecting,
    json: values.flag('json'),
    watch: values.flag('watch'),
    timeoutMs: values.timeoutMs('timeout'),
    home: values.path('home'),
  };
}

function serveCommand(operands: readonly string[], values: OptionValues): ServeCommand {
  if (operands.length > 0) {
    throw usage(
      'serve takes nothing but options.',
      'It shows every host that is remembered; add one in its page, or with: binnacle hosts add ssh://user@host',
    );
  }
  return {
    kind: 'serve',
    port: values.port('port'),
    open: !values.flag('no-open'),
    demo: values.flag('demo'),
    home: values.path('home'),
  };
}

function helpOn(words: readonly string[]): HelpCommand {
  const [word] = words;
  if (word === undefined || word === 'help') return { kind: 'help', topic: 'binnacle' };
  if (!isTopic(word)) throw unknownWord('command', word, [...TOPICS, 'help']);
  return { kind: 'help', topic: word };
}

function topicOf(word: string | undefined): HelpTopic {
  return word !== undefined && isTopic(word) ? word : 'binnacle';
}

function isTopic(word: string): word is (typeof TOPICS)[number] {
  return (TOPICS as readonly string[]).includes(word);
}

function allowOnly(command: CommandName, given: Given): void {
  const allowed: readonly Option[] = ALLOWED[command];
  for (const name of given.keys()) {
    if (allowed.includes(name)) continue;
    const owners = (Object.keys(ALLOWED) as CommandName[]).filter((owner) =>
      (ALLOWED[owner] as readonly Option[]).includes(name),
    );
    throw usage(
      `${command} does not take --${name}.`,
      `It belongs to: ${owners.join(', ')}. See binnacle help ${topicOf(command.split(' ')[0])}.`,
    );
  }
}
