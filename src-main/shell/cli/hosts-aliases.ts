import type { SshAlias } from '#contract/hosts.ts';
import { SCHEMA_VERSION } from '#contract/version.ts';
import { visibleText } from '../../kernel/text.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { HostsAliasesCommand } from './hosts-arguments.ts';
import { jsonText } from './json-text.ts';
import { errorLines } from './report-error.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

interface HostsAliasesContext {
  readonly aliases: () => Promise<readonly SshAlias[]>;
  readonly terminal: Pick<Terminal, 'write' | 'writeError' | 'colour'>;
}

/**
 * `binnacle hosts aliases`: what the operator's ssh_config names, and which machine each comes to. One whose lines cannot
 * be followed is listed too, with the reason on stderr.
 * @throws AppError SSH_CONFIG_BROKEN
 */
export async function runHostsAliases(command: HostsAliasesCommand, context: HostsAliasesContext): Promise<ExitCode> {
  const { terminal } = context;
  const aliases = await context.aliases();
  if (command.json) {
    await terminal.write(`${jsonText({ schema: SCHEMA_VERSION, aliases }, { indent: true })}\n`);
    return exitCodes.ok;
  }
  for (const { problem } of aliases) {
    if (problem !== null) terminal.writeError(errorLines(problem.message, problem.hint, terminal.colour.stderr));
  }
  await terminal.write(`${aliases.length === 0 ? emptyText(command) : tableOf(aliases)}\n`);
  return exitCodes.ok;
}

function emptyText({ sshConfigFile }: HostsAliasesCommand): string {
  if (sshConfigFile === 'none') return 'No ssh_config was read.';
  return `${sshConfigFile === null ? '~/.ssh/config' : visibleText(sshConfigFile)} names no host.`;
}

function tableOf(aliases: readonly SshAlias[]): string {
  const heading = ['TARGET', 'MACHINE', 'THROUGH'];
  const rows = aliases.map(({ target, machine, jumps }) => [
    visibleText(target),
    machine === null ? '–' : visibleText(machine),
    jumps.map((jump) => visibleText(jump)).join(', '),
  ]);
  // Never cut: what is shown here is what is typed elsewhere.
  const column = { align: 'left', max: Number.POSITIVE_INFINITY } as const;
  return tableLines(
    heading.map(() => column),
    [heading, ...rows].map((row) => row.map((text) => ({ text }))),
  ).join('\n');
}
