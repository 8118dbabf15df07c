import path from 'node:path';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import type { Hop } from '../hop.ts';
import { DEFAULT_SSH_PORT } from '../target.ts';
import { hostOf } from '../target-host.ts';
import { configBroken, configUnsupported, shownWord } from './errors.ts';
import { expandPath, type LocalFacts, type Tokens, tokensFor, variableOf } from './expand.ts';
import { portOf, secondsOf } from './keywords.ts';
import type { SetLine } from './lines.ts';
import type { Said } from './lookup.ts';
import { named, notesOf } from './notes.ts';
import { bearingOf, type ConfigNote } from './route-notes.ts';

export interface HopRequest {
  readonly name: string;
  /** What is not null wins over the files. */
  readonly user: string | null;
  readonly port: number | null;
  /** Key files named for the host in Binnacle. */
  readonly namedFiles: readonly string[];
  readonly isJump: boolean;
}

export interface HopFacts extends LocalFacts {
  /** Where no IdentityAgent is named; null: none. */
  readonly agentSocket: string | null;
}

/** One machine as what was asked for and the files say together, what its tokens stand for, and what is not followed. */
export interface FoundHop {
  readonly hop: Hop;
  readonly tokens: Tokens;
  readonly notes: readonly ConfigNote[];
}

/** @throws AppError SSH_CONFIG_BROKEN, SSH_CONFIG_UNSUPPORTED */
export function hopOf(said: Said, request: HopRequest, facts: HopFacts): FoundHop {
  const value = (keyword: string) => said.lines.get(keyword)?.values[0];
  refuseWhatCannotBe(said);
  const host = hostOf(said.host);
  if (host === null) throw wrongHost(said);
  const user = request.user ?? userOf(said.lines.get('user')) ?? facts.user;
  const port = request.port ?? portOf(value('port') ?? '') ?? DEFAULT_SSH_PORT;
  const alias = aliasOf(said.lines.get('hostkeyalias'));
  const tokens = tokensFor(facts, { name: request.name, host, port, user, alias });
  const expanded = (line: SetLine, text = line.values[0] ?? '') => expandPath(text, tokens, facts, line);
  const configured = said.identityFiles
    .filter(({ values }) => values[0]?.toLowerCase() !== 'none')
    .map((line) => expanded(line));
  const isNamed = request.namedFiles.length + said.identityFiles.length > 0;
  const methods = methodsOf(value);
  const hop: Hop = {
    user,
    host,
    port,
    knownAs: alias === null ? { host, port } : { host: alias, port: DEFAULT_SSH_PORT },
    knownHostsFiles: knownHostsFilesOf(said, facts, expanded),
    identityFiles: isNamed ? [...new Set([...request.namedFiles, ...configured])] : null,
    homeDir: facts.homeDir,
    namedFiles: new Set(request.namedFiles).size,
    identitiesOnly: value('identitiesonly') === 'yes',
    agentSocket: agentOf(said.lines.get('identityagent'), facts, expanded),
    methods,
    keepalive: keepaliveOf(value),
  };
  const jump = request.isJump ? shownWord(request.name) : null;
  const notes = [...notesOf(said, jump), ...relativeNotes(said), ...globalNotes(said)];
  if (Object.values(methods).includes(true)) return { hop, tokens, notes };
  const text = `Nothing that Binnacle can log in by is allowed for ${jump ?? 'it'}${because(said)}.`;
  return { hop, tokens, notes: [...notes, { text, bearsOn: ['login'] }] };
}

/** What would take away a protection, or lead elsewhere, if it were passed over. */
function refuseWhatCannotBe({ lines }: Said): void {
  const revoked = lines.get('revokedhostkeys');
  if (revoked !== undefined && revoked.values[0]?.toLowerCase() !== 'none') {
    throw configUnsupported(
      revoked.place,
      'has RevokedHostKeys, and Binnacle cannot read such a list: a key on it would pass',
      'Mark the keys with @revoked in a known_hosts file instead; that is followed.',
    );
  }
  const refuse = lines.get('refuseconnection');
  if (refuse !== undefined) {
    throw configUnsupported(
      refuse.place,
      `refuses to connect (RefuseConnection): ${visibleText(refuse.values[0] ?? '', limits.text.reasonChars)}`,
      'It is the file that says so; take the line away to connect all the same.',
    );
  }
}

function wrongHost({ lines, host }: Said) {
  const line = lines.get('hostname');
  const what = `has a HostName that is neither a name nor an address: ${shownWord(host)}`;
  return configBroken(line?.place ?? { file: 'ssh_config', line: null }, what);
}

function userOf(line: SetLine | undefined): string | null {
  if (line === undefined) return null;
  const user = line.values[0] ?? '';
  if (/%|\$\{/.test(user)) {
    throw configUnsupported(
      line.place,
      'has a User with a % or a variable, which one OpenSSH expands and another does not',
      'Write the name in full.',
    );
  }
  if (visibleText(user) !== user || /[\t\r\n]/.test(user)) {
    throw configBroken(line.place, 'has a User that cannot be one');
  }
  return user;
}

/** OpenSSH looks it up in lower case; what would be read back as a pattern when it is written down is refused. */
function aliasOf(line: SetLine | undefined): string | null {
  if (line === undefined) return null;
  const alias = (line.values[0] ?? '').toLowerCase();
  if (alias.length <= limits.ssh.hostChars && /^[a-z0-9_[:][a-z0-9._:%[\]-]*$/.test(alias)) return alias;
  throw configBroken(line.place, 'has a HostKeyAlias that cannot stand in a known_hosts file');
}

type Expand = (line: SetLine, text?: string) => string;

/** `none` and /dev/null are no file. The machine's own files cannot be set aside; others named for it are read with these. */
function knownHostsFilesOf({ lines }: Said, { homeDir }: LocalFacts, expanded: Expand): readonly string[] | null {
  const own = lines.get('userknownhostsfile');
  const machines = lines.get('globalknownhostsfile');
  const global = (machines?.values ?? []).filter(isFile).filter((file) => !USUAL_GLOBAL.has(file));
  if (own === undefined && global.length === 0) return null;
  const usual = ['known_hosts', 'known_hosts2'].map((name) => path.join(homeDir, '.ssh', name));
  const user = own === undefined ? usual : own.values.filter(isFile).map((text) => expanded(own, text));
  return [...user, ...global.map((file) => path.resolve(homeDir, file))].filter(isFile);
}

const USUAL_GLOBAL = new Set(['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']);

function isFile(file: string): boolean {
  return file.toLowerCase() !== 'none' && file !== '/dev/null';
}

function globalNotes({ lines }: Said): readonly ConfigNote[] {
  const line = lines.get('globalknownhostsfile');
  if (line === undefined || line.values.every((file) => USUAL_GLOBAL.has(file))) return [];
  const text = `${named(line)} is followed in part: this machine’s usual files are read with those it names.`;
  return [{ text, bearsOn: bearingOf(line.keyword) }];
}

function agentOf(line: SetLine | undefined, facts: HopFacts, expanded: Expand): string | null {
  const { agentSocket } = facts;
  const value = line?.values[0];
  if (line === undefined || value === undefined || value === 'SSH_AUTH_SOCK') return agentSocket;
  if (value === 'none') return null;
  const variable = /^\$([A-Za-z0-9_]+)$/.exec(value)?.[1];
  if (variable !== undefined) return variableOf(facts, variable) || null;
  if (/^\$(?!\{)/.test(value))
    throw configBroken(line.place, 'has an IdentityAgent with a variable that cannot be one');
  return expanded(line);
}

/** PreferredAuthentications says which may be tried at all; their order is Binnacle's: what a person types comes last. */
function methodsOf(value: (keyword: string) => string | undefined): Hop['methods'] {
  const preferred = value('preferredauthentications')?.split(',');
  const allows = (keyword: string, method: string) =>
    value(keyword) !== 'no' && (preferred === undefined || preferred.includes(method));
  return {
    publicKey: allows('pubkeyauthentication', 'publickey'),
    keyboardInteractive: allows('kbdinteractiveauthentication', 'keyboard-interactive'),
    password: allows('passwordauthentication', 'password'),
  };
}

function because({ lines }: Said): string {
  const preferred = lines.get('preferredauthentications');
  return preferred === undefined ? '' : `: ${named(preferred)}`;
}

/** Theirs where a dead link is seen sooner by it. OpenSSH's own count is 3, and without an interval it sends none. */
function keepaliveOf(value: (keyword: string) => string | undefined): Hop['keepalive'] {
  const ours = { intervalMs: limits.ssh.keepaliveMs, count: limits.ssh.keepaliveCount };
  const intervalMs = (secondsOf(value('serveraliveinterval') ?? '') ?? 0) * 1_000;
  const count = Number(value('serveralivecountmax') ?? 3);
  const isSooner = intervalMs > 0 && count > 0 && intervalMs * (count + 1) < ours.intervalMs * (ours.count + 1);
  return isSooner ? { intervalMs, count } : ours;
}

function relativeNotes({ identityFiles, lines }: Said): readonly ConfigNote[] {
  const known = lines.get('userknownhostsfile');
  return [...identityFiles, ...(known === undefined ? [] : [known])]
    .filter(({ values }) => values.some((text) => isFile(text) && !/^[/~]|^\$\{|^%d|^[a-z]:[\\/]/i.test(text)))
    .map((line) => ({
      text: `${named(line)} is looked for in your home folder: it is not a whole path.`,
      bearsOn: bearingOf(line.keyword),
    }));
}
