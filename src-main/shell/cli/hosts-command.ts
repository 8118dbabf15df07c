import type { Problem } from '#contract/errors.ts';
import { SCHEMA_VERSION } from '#contract/version.ts';
import { homeAt, openHome } from '../../home/home.ts';
import { lockHome } from '../../home/lock.ts';
import { commandLineHints } from '../../hosts/host-hints.ts';
import { hostLabel, targetOf } from '../../hosts/host-names.ts';
import { newHost, withHost, withoutHost } from '../../hosts/host-rules.ts';
import { readSavedHosts } from '../../hosts/saved-hosts.ts';
import type { Clock } from '../../kernel/clock.ts';
import { visibleText } from '../../kernel/text.ts';
import type { HostSettings, Settings } from '../../settings/schema.ts';
import { openSettings } from '../../settings/settings-store.ts';
import { type ExitCode, exitCodeOfError, exitCodes } from './exit-codes.ts';
import { hostNotFound, matchHost } from './find-host.ts';
import type { HostsCommand } from './hosts-arguments.ts';
import { jsonText } from './json-text.ts';
import { errorLines } from './report-error.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface HostsCommandContext {
  /** Path of the home, as `resolveHome` gave it. */
  readonly homePath: string;
  readonly terminal: Pick<Terminal, 'write' | 'writeError' | 'colour'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly signal: AbortSignal;
}

/**
 * `binnacle hosts add|list|remove`. Prints to stdout what was done, or with `--json` one document (`schema: 1`),
 * and to stderr what the operator should know of.
 * @throws AppError TARGET_INVALID, HOST_EXISTS, HOST_NOT_FOUND, USAGE (name), HOME_*, SETTINGS_*
 */
export async function runHostsCommand(command: HostsCommand, context: HostsCommandContext): Promise<ExitCode> {
  switch (command.kind) {
    case 'hosts-list':
      return await list(command.json, context);
    case 'hosts-add': {
      const host = newHost(command, context);
      const problems = await change(context, (settings) => withHost(settings, host, { hints: commandLineHints }));
      await say(context, command.json, { added: summary(host) }, problems, `Added ${hostLabel(host)}.`);
      return exitCodes.ok;
    }
    case 'hosts-remove': {
      let removed: HostSettings | undefined;
      const problems = await change(context, (settings) => {
        removed = findHost(settings.hosts, command.host);
        return withoutHost(settings, removed);
      });
      if (removed === undefined) throw new Error('nothing was removed');
      const text = `Removed ${hostLabel(removed)}.`;
      await say(context, command.json, { removed: summary(removed) }, problems, text);
      return exitCodes.ok;
    }
  }
}

async function list(json: boolean, context: HostsCommandContext): Promise<ExitCode> {
  const home = homeAt(context.homePath);
  const { settings, problems } = await openSettings(home, context).read();
  const file = visibleText(home.settingsFile);
  const { leftOut } = readSavedHosts(settings.hosts, { file, hints: commandLineHints });
  const hosts = settings.hosts.map((host) => summary(host));
  const text = hosts.length === 0 ? emptyText(problems) : tableOf(hosts);
  await say(context, json, { hosts }, [...problems, ...leftOut.values()], text);
  const [problem] = problems;
  if (problem !== undefined) return exitCodeOfError(problem.code);
  return leftOut.size === 0 ? exitCodes.ok : exitCodes.settings;
}

async function change(
  { homePath, clock, signal }: HostsCommandContext,
  apply: (settings: Settings) => Settings,
): Promise<readonly Problem[]> {
  const home = await openHome(homePath);
  using lock = await lockHome(home, { clock, role: 'cli', signal });
  const { problems } = await openSettings(home, { clock }).update(lock, apply);
  return problems;
}

function findHost(hosts: readonly HostSettings[], wanted: string): HostSettings {
  const found = matchHost(hosts, wanted);
  if (found === undefined) throw hostNotFound(hosts, wanted, 'binnacle hosts list shows those there are.');
  return found;
}

interface HostSummary {
  readonly id: string;
  readonly name: string | null;
  readonly target: string;
  readonly mode: 'observe' | 'operate';
  readonly identityFiles: readonly string[];
}

function summary(host: HostSettings): HostSummary {
  const { id, name, mode, identityFiles } = host;
  return { id, name: name ?? null, target: targetOf(host), mode, identityFiles };
}

async function say(
  { terminal }: HostsCommandContext,
  json: boolean,
  document: Readonly<Record<string, unknown>>,
  problems: readonly Problem[],
  text: string,
): Promise<void> {
  for (const { message, hint } of problems) terminal.writeError(errorLines(message, hint, terminal.colour.stderr));
  await terminal.write(
    json ? `${jsonText({ schema: SCHEMA_VERSION, ...document, problems }, { indent: true })}\n` : `${text}\n`,
  );
}

function emptyText(problems: readonly Problem[]): string {
  return problems.length > 0
    ? 'No hosts could be read.'
    : 'No hosts yet. Add one with: binnacle hosts add ssh://user@host';
}

function tableOf(hosts: readonly HostSummary[]): string {
  const heading = ['NAME', 'TARGET', 'MODE', 'ID'];
  const rows = hosts.map(({ name, target, mode, id }) => [visibleText(name ?? '-'), visibleText(target), mode, id]);
  // Never cut: what is shown here is what is typed elsewhere.
  const column = { align: 'left', max: Number.POSITIVE_INFINITY } as const;
  return tableLines(
    heading.map(() => column),
    [heading, ...rows].map((row) => row.map((text) => ({ text }))),
  ).join('\n');
}
