import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { engineServiceAt, missingHint, startHint, stoppedOrHungHint } from '../ssh/diagnosis/engine-service.ts';
import { machineOf } from '../ssh/errors.ts';
import type { Hop } from '../ssh/hop.ts';

/** `docker system dial-stdio` on a host. */
export interface DialStdio {
  readonly hop: Hop;
  /** The socket it is given; null: what docker is set up for there. */
  readonly path: string | null;
  readonly sudo: boolean;
  /** sshd told that the key that let us in runs another command, whatever is asked for. */
  readonly isForced: boolean;
}

/** As it is run there, for people to type. */
export function dialStdioLine({ path, sudo }: Pick<DialStdio, 'path' | 'sudo'>): string {
  return `${sudo ? 'sudo -n ' : ''}docker ${path === null ? '' : `--host unix://${visibleText(path)} `}system dial-stdio`;
}

/**
 * Why `docker system dial-stdio` did not get to an engine, from what it said before it ended (`details.seen`,
 * `details.exitCode` of DIAL_STDIO_FAILED). A cause is named only where its own words are there; else DIAL_STDIO_FAILED
 * tells them as they are. Read in docker 20.10 and 28, podman 4.3, sudo 1.9, and the shells' words for a missing command.
 * @returns SOCKET_DENIED, SOCKET_REFUSED, SOCKET_MISSING, ENGINE_UNREACHABLE (it hangs), UNDETERMINED, COMMAND_FORCED,
 *   DIAL_STDIO_FAILED; `error` itself where it is about something else
 */
export function explainDialFailure(dial: DialStdio, error: AppError): AppError {
  if (error.code !== 'DIAL_STDIO_FAILED' || 'cause' in error.details) return error;
  const text = typeof error.details.seen === 'string' ? error.details.seen : '';
  const exitCode = typeof error.details.exitCode === 'number' ? error.details.exitCode : null;
  const known = CAUSES.find(({ words, exit }) => words.test(text) && (exit === undefined || exit === exitCode));
  const failure = dial.isForced ? FORCED : (known?.failure ?? UNKNOWN_WORDS);
  return failureOf(dial, failure(dial, text), { text, exitCode, error });
}

/**
 * What ran on the host in place of `docker system dial-stdio` said something that is no engine's, or ended without a word
 * as if all were well.
 */
export function notDialStdio(dial: DialStdio, error: AppError): AppError {
  const text = typeof error.details.seen === 'string' ? error.details.seen : '';
  return failureOf(dial, (dial.isForced ? FORCED : INSTEAD)(dial, text), { text, exitCode: null, error });
}

interface Failure {
  readonly code: AppError['code'];
  /** What tells this cause from others of the same code. */
  readonly cause: string;
  readonly message: string;
  readonly hint: string;
  /** docker was run, and it is the socket it did not get through to. */
  readonly isAtSocket?: true;
}

function failureOf(
  dial: DialStdio,
  { code, cause, message, hint, isAtSocket }: Failure,
  { text, exitCode, error }: { readonly text: string; readonly exitCode: number | null; readonly error: AppError },
): AppError {
  const ended = exitCode === null ? '' : ` (exit code ${exitCode})`;
  const said = visibleText(text.trim(), limits.text.reasonChars) || 'nothing';
  const seen = [`${dialStdioLine(dial)}${ended} said: ${said}`];
  return new AppError(code, message, {
    details: { cause, exitCode, seen, ...(isAtSocket ? { isAtSocket } : {}) },
    hint,
    cause: error,
  });
}

type Words = (dial: DialStdio, text: string) => Failure;

const FORCED: Words = ({ hop }) => ({
  code: 'COMMAND_FORCED',
  cause: 'forced command',
  message: `sshd on ${machineOf(hop)} runs another command in place of docker: the key in use has one set in authorized_keys.`,
  hint: 'Use another key, or take command="…" from this one in authorized_keys on the host.',
});

const UNKNOWN_WORDS: Words = ({ hop, path, sudo }, text) => ({
  code: 'DIAL_STDIO_FAILED',
  cause: 'unknown',
  message: `“${dialStdioLine({ path, sudo })}” ended on ${machineOf(hop)}: ${visibleText(text.trim(), limits.text.reasonChars) || 'it did not say why'}`,
  hint: 'Run it there yourself, as this user: it should wait, and say nothing.',
});

const INSTEAD: Words = ({ hop }) => ({
  code: 'DIAL_STDIO_FAILED',
  cause: 'not dial-stdio',
  message: `What runs on ${machineOf(hop)} in place of “docker system dial-stdio” does not pass on what an engine says.`,
  hint:
    'Something may print when a shell starts there (.bashrc, .profile), another command may be forced in sshd_config or ' +
    'authorized_keys, or the engine hung up.',
});

/** In this order: the first whose words are there. */
const CAUSES: readonly { readonly words: RegExp; readonly exit?: number; readonly failure: Words }[] = [
  {
    words: /^sudo: .*(?:password is required|terminal is required|no tty present)/m,
    failure: ({ hop, path }) => ({
      code: 'DIAL_STDIO_FAILED',
      cause: 'sudo asks for a password',
      message: `sudo on ${machineOf(hop)} asks ${visibleText(hop.user)} for a password, which Binnacle does not give it.`,
      hint: `Allow this one command without (visudo on the host): ${sudoersLine(hop.user, path)}`,
    }),
  },
  {
    words: /is not in the sudoers file|is not allowed to (?:execute|run sudo)|may not run sudo/,
    failure: ({ hop, path }) => ({
      code: 'DIAL_STDIO_FAILED',
      cause: 'sudo does not allow it',
      message: `sudo on ${machineOf(hop)} does not let ${visibleText(hop.user)} run docker.`,
      hint: `Allow this one command (visudo on the host): ${sudoersLine(hop.user, path)}`,
    }),
  },
  {
    words: /^sudo: sorry, you must have a tty to run sudo/m,
    failure: ({ hop }) => ({
      code: 'DIAL_STDIO_FAILED',
      cause: 'sudo wants a terminal',
      message: `sudo on ${machineOf(hop)} runs nothing without a terminal, which Binnacle does not ask for.`,
      hint: `Let it for this user (visudo on the host): Defaults:${sudoersName(hop.user)} !requiretty`,
    }),
  },
  {
    words: /sudo: (?:command )?not found|command not found: sudo|Unknown command:? '?sudo/i,
    exit: 127,
    failure: ({ hop }) => ({
      code: 'DIAL_STDIO_FAILED',
      cause: 'no sudo',
      message: `There is no sudo on ${machineOf(hop)}.`,
      hint: `Add ${visibleText(hop.user)} to the group of the engine's socket instead: usermod -aG docker ${visibleText(hop.user)}`,
    }),
  },
  {
    // bash, dash, busybox and tcsh; zsh; fish; sudo.
    words: /docker: (?:command )?not found|command not found: docker|Unknown command:? '?docker/i,
    failure: ({ hop }) => ({
      code: 'DIAL_STDIO_FAILED',
      cause: 'no docker client',
      message: `There is no docker command on ${machineOf(hop)} where sshd looks for commands.`,
      hint: 'Install the docker client there, link it into /usr/bin, or let sshd forward to sockets (AllowStreamLocalForwarding yes).',
    }),
  },
  {
    words: /dial unix \S+ connect: permission denied|permission denied while trying to connect/i,
    failure: ({ hop, sudo }, text) => ({
      code: 'SOCKET_DENIED',
      cause: 'permission denied',
      message: `${sudo ? 'root' : visibleText(hop.user)} may not use ${socketIn(text)} on ${machineOf(hop)}.`,
      hint: sudo
        ? 'Something else than its mode keeps root from it, such as AppArmor or SELinux: look at the audit log there.'
        : `See on the host which group may write to it (ls -lL ${socketIn(text)}), and add ${visibleText(hop.user)} to that, then connect again. ` +
          `Where it is docker: sudo usermod -aG docker ${visibleText(hop.user)}`,
    }),
  },
  {
    words: /dial unix \S+ connect: no such file or directory/i,
    failure: ({ hop }, text) => ({
      code: 'SOCKET_MISSING',
      cause: 'no socket',
      message: `There is no ${socketIn(text)} on ${machineOf(hop)}.`,
      hint: missingHint(pathIn(text)),
    }),
  },
  {
    words: /dial (?:unix|tcp) \S+ connect: connection refused/i,
    failure: ({ hop }, text) => ({
      code: 'SOCKET_REFUSED',
      cause: 'nobody answers',
      message: `Nobody answers at ${socketIn(text)} on ${machineOf(hop)}.`,
      hint: startHint(pathIn(text)),
    }),
  },
  {
    // EAGAIN (unix(7)): its queue is full.
    words: /dial unix \S+ connect: resource temporarily unavailable/i,
    failure: ({ hop }, text) => ({
      code: 'ENGINE_UNREACHABLE',
      cause: 'too many wait',
      isAtSocket: true,
      message: `The engine at ${socketIn(text)} on ${machineOf(hop)} takes no connection: too many wait for it already.`,
      hint: `It hangs, or is asked more than it can answer. See on the host: ${engineServiceAt(pathIn(text)).status}`,
    }),
  },
  {
    // Said of either, and by some versions of a socket that is missing.
    words: /Cannot connect to the Docker daemon/i,
    failure: ({ hop }, text) => ({
      code: 'UNDETERMINED',
      cause: 'stopped or hung',
      isAtSocket: true,
      message: `The docker client on ${machineOf(hop)} does not get through to ${socketIn(text)}, and does not say why.`,
      hint: `The engine is stopped, or hangs, or has its socket elsewhere. ${stoppedOrHungHint(pathIn(text))}`,
    }),
  },
  {
    words: /dial-stdio["'’]? is not a docker command|unknown command.*dial-stdio|unrecognized command.*dial-stdio/i,
    failure: ({ hop }) => ({
      code: 'DIAL_STDIO_FAILED',
      cause: 'docker client too old',
      message: `The docker client on ${machineOf(hop)} does not know “docker system dial-stdio”.`,
      hint: 'Update it there: Docker 18.09 and later know it.',
    }),
  },
];

/** The socket a Go program names: `dial unix /var/run/docker.sock: connect: …`, `daemon at unix:///var/run/docker.sock. Is …` */
function socketIn(text: string): string {
  return pathIn(text) || 'the engine’s socket';
}

/** As above, made visible; empty where none is named. */
function pathIn(text: string): string {
  const found =
    /dial (?:unix|tcp) (\S+): connect/i.exec(text)?.[1] ?? /unix:\/\/(\/\S+?)(?:[.:]?\s|[.:]?$)/.exec(text)?.[1];
  // Podman's client puts two slashes more before it.
  return visibleText((found ?? '').replace(/^\/{2,}/, '/'), limits.text.labelChars);
}

/**
 * The rule that lets `user` run it without a password, by sudoers(5): a colon in an argument is written `\:`. Names that
 * would need more than that are left to who writes it.
 */
function sudoersLine(user: string, path: string | null): string {
  const where = path === null ? '' : `--host unix\\:${/^[\w./@-]+$/.test(path) ? `//${path}` : '//SOCKET'} `;
  return `${sudoersName(user)} ALL=(root) NOPASSWD: /usr/bin/docker ${where}system dial-stdio`;
}

function sudoersName(user: string): string {
  return /^[a-z_][a-z0-9_.-]*$/i.test(user) ? user : 'USER';
}
