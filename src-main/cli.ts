import { randomUUID } from 'node:crypto';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { coreHosts, openFleet, openReach } from './app.ts';
import { checkHome, type Home } from './home/home.ts';
import { resolveHome } from './home/location.ts';
import { sshConfigOf } from './hosts/host-reach.ts';
import { noKeychain } from './hosts/secrets-port.ts';
import { type SshFiles, usualSshFiles, withNamedFiles } from './hosts/ssh-files.ts';
import { systemClock } from './kernel/clock.ts';
import { AppError } from './kernel/errors.ts';
import { toAppError } from './kernel/internal-error.ts';
import { createLogger, type Logger } from './kernel/logger.ts';
import { visibleText } from './kernel/text.ts';
import { openSettings } from './settings/settings-store.ts';
import { parseArguments, type ServeCommand, type StatusCommand } from './shell/cli/arguments.ts';
import { exitCodes } from './shell/cli/exit-codes.ts';
import { helpText } from './shell/cli/help.ts';
import type { HostsTestCommand } from './shell/cli/hosts-arguments.ts';
import { runHostsCommand } from './shell/cli/hosts-command.ts';
import { openPassphraseFd } from './shell/cli/passphrase-lines.ts';
import { createPrompts } from './shell/cli/prompts.ts';
import { reportError } from './shell/cli/report-error.ts';
import { runStatus } from './shell/cli/status-command.ts';
import { askingTerminal, createTerminal, processStreams, type Terminal } from './shell/cli/terminal.ts';

/**
 * The command line: `argv` without the program's name. Resolves with the exit code; writes to this process's
 * standard streams, and never rejects.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const terminal = createTerminal(processStreams());
  await using cleanup = new AsyncDisposableStack();
  const signal = interruption(cleanup);
  let log: { logger: Logger; file: string } | null = null;
  // Left to Node it would end in a stack trace and 1, which says "attention".
  const crash = (error: unknown) => void reportError(error, { terminal, log }).then((code) => process.exit(code));
  process.once('uncaughtException', crash);
  cleanup.defer(() => void process.removeListener('uncaughtException', crash));
  try {
    const command = parseArguments(argv);
    if (command.kind === 'help') {
      await terminal.write(helpText(command.topic));
      return exitCodes.ok;
    }
    if (command.kind === 'version') {
      await terminal.write(`binnacle ${packageJson.version}\n`);
      return exitCodes.ok;
    }
    const { env, platform } = process;
    // Before anything in it is believed, or a log is written to it.
    const home = await checkHome(resolveHome({ flag: command.home, env, platform, cwd: process.cwd(), homedir }));
    const logger = cleanup.use(createLogger(home.logFile));
    log = { logger, file: home.logFile };
    if (command.kind === 'status') return await status(command, { home, terminal, logger, signal, cleanup });
    if (command.kind === 'serve') return await serve(command, { home, terminal, logger, signal, cleanup });
    if (command.kind === 'audit-show' || command.kind === 'audit-verify') {
      const { runAuditCommand } = await import('./shell/cli/audit-command.ts');
      return await runAuditCommand(command, { home, terminal, clock: systemClock, signal });
    }
    if (command.kind === 'hosts-test') {
      return await hostsTest(command, { home, terminal, logger, signal, cleanup });
    }
    if (command.kind === 'hosts-aliases') {
      const { runHostsAliases } = await import('./shell/cli/hosts-aliases.ts');
      const config = sshConfigOf(sshFilesFor({ ...command, knownHostsFile: null }), userName());
      return await runHostsAliases(command, { aliases: () => config.aliases(), terminal });
    }
    return await runHostsCommand(command, {
      homePath: home.path,
      terminal,
      clock: systemClock,
      newId: randomUUID,
      signal,
    });
  } catch (error) {
    return await reportError(error, { terminal, log });
  }
}

interface CommandContext {
  readonly home: Home;
  readonly terminal: Terminal;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly cleanup: AsyncDisposableStack;
}

async function status(
  command: StatusCommand,
  { home, terminal, logger, signal, cleanup }: CommandContext,
): Promise<number> {
  const { settings, problems: unread } = await openSettings(home, { clock: systemClock }).read();
  const { targets, identityFiles, acceptHostKey } = command;
  const chosen = coreHosts(settings, {
    targets,
    identityFiles,
    settingsFile: visibleText(home.settingsFile),
  });
  const { hosts } = chosen;
  const problems = [...unread, ...chosen.problems];
  if (hosts.length === 0 && problems.length === 0) {
    throw new AppError('NO_HOSTS', 'There is no host to look at yet.', {
      hint: 'Name one: binnacle status ssh://user@host. To keep it: binnacle hosts add ssh://user@host.',
    });
  }
  using passphrases = command.passphraseFd === null ? null : openPassphraseFd(command.passphraseFd);
  return await runStatus({
    command,
    problems,
    output: terminal,
    signal,
    prompts: (begin) =>
      createPrompts(askingTerminal(terminal, begin), {
        passphrases,
        // What ends by itself needs each once more at most; a watch may stay for days.
        ...(command.watch ? { keptMs: settings.secrets.memoryMinutes * 60_000 } : {}),
      }),
    openFleet: (prompts) =>
      openFleet(
        hosts,
        {
          home,
          settings,
          clock: systemClock,
          random: Math.random,
          toAppError: (error) => toAppError(error, logger),
          prompts,
          sshFiles: sshFilesFor(command),
          defaultUser: userName(),
          acceptHostKey,
          retry: command.watch,
        },
        cleanup,
      ),
  });
}

async function serve(command: ServeCommand, { home, terminal, logger, signal }: CommandContext): Promise<number> {
  // What only this command needs would cost the others a third of their start.
  const [{ openCore }, { serveInBrowser }, { openerFor }, { readableInput }] = await Promise.all([
    import('./open-core.ts'),
    import('./shell/browser/serve.ts'),
    import('./shell/browser/open-browser.ts'),
    import('./shell/browser/link-requests.ts'),
  ]);
  const { env, platform, stdin } = process;
  await serveInBrowser({
    port: command.port,
    rendererFolder: join(import.meta.dirname, '../renderer'),
    openCore: () =>
      openCore({
        role: 'browser',
        home,
        demo: command.demo,
        // A browser may be anybody's: nothing is kept for good (DESIGN rule 7).
        keychain: noKeychain,
        toAppError: (error) => toAppError(error, logger),
        signal,
      }),
    clock: systemClock,
    opener: command.open ? openerFor(platform, env) : null,
    write: terminal.write,
    input: readableInput(stdin),
    signal,
  });
  return exitCodes.ok;
}

async function hostsTest(
  command: HostsTestCommand,
  { home, terminal, signal, cleanup }: CommandContext,
): Promise<number> {
  const { runHostsTest } = await import('./shell/cli/hosts-test.ts');
  const { settings, problems } = await openSettings(home, { clock: systemClock }).read();
  using passphrases = command.passphraseFd === null ? null : openPassphraseFd(command.passphraseFd);
  const { acceptHostKey } = command;
  const sshFiles = sshFilesFor(command);
  return await runHostsTest(command, {
    hosts: settings.hosts,
    problems,
    reach: openReach({ home, clock: systemClock, sshFiles, defaultUser: userName(), acceptHostKey }, cleanup),
    prompts: (begin) => createPrompts(askingTerminal(terminal, begin), { passphrases }),
    terminal,
    clock: systemClock,
    newId: randomUUID,
    signal,
  });
}

/** The usual files, unless the command names others. */
function sshFilesFor({
  sshConfigFile,
  knownHostsFile,
}: {
  readonly sshConfigFile: string | null;
  readonly knownHostsFile: string | null;
}): SshFiles {
  const { env, platform } = process;
  const usual = usualSshFiles({ userFolder: homedir(), environment: env, platform });
  return withNamedFiles(usual, { config: sshConfigFile, knownHosts: knownHostsFile });
}

function userName(): string {
  return userInfo().username;
}

/** Ctrl-C and its like end what runs, in order; a second one ends the process at once, as if nobody listened. */
function interruption(cleanup: AsyncDisposableStack): AbortSignal {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = () => controller.abort(new AppError('CANCELLED', 'Interrupted.'));
  for (const name of names) process.once(name, stop);
  cleanup.defer(() => {
    for (const name of names) process.removeListener(name, stop);
  });
  return controller.signal;
}
