import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { SILENT_SHELL } from '../ssh/diagnosis/forward-errors.ts';
import type { ShellEvidence } from '../ssh/diagnosis/forward-evidence.ts';
import { shellLines } from '../ssh/diagnosis/forward-words.ts';
import { machineOf } from '../ssh/errors.ts';
import { type DialStdio, dialStdioLine } from './dial-failure.ts';

/**
 * Why `docker system dial-stdio` was begun on a host, and nothing came of it: an engine is to blame for that only where
 * the host runs what it is asked to run.
 * @param shell what the host did with other commands
 * @param error ENGINE_TIMEOUT
 * @returns `error` itself where commands are run; COMMAND_FORCED, EXEC_FAILED (none comes to its end), else UNDETERMINED
 */
export function silentDial(dial: DialStdio, shell: ShellEvidence, error: AppError): AppError {
  const { code, message, hint } = silence(dial, shell);
  if (code === error.code) return error;
  const seconds = limits.engine.requestMs / 1_000;
  const seen = [`${dialStdioLine(dial)} said nothing within ${seconds} s`, ...shellLines(shell)];
  return new AppError(code, message, { details: { seen, shell: shell.kind }, hint, cause: error });
}

type Silence = Pick<AppError, 'code' | 'message'> & { readonly hint: string };

function silence(dial: DialStdio, shell: ShellEvidence): Silence {
  const machine = machineOf(dial.hop);
  const user = visibleText(dial.hop.user, limits.text.labelChars);
  const engine = 'Where that is “docker system dial-stdio”, the engine hangs: try “docker ps” on the host.';
  switch (shell.kind) {
    case 'posix':
      return { code: 'ENGINE_TIMEOUT', message: '', hint: '' };
    case 'forced':
      return {
        code: 'COMMAND_FORCED',
        message: `The command that the key in use has for itself on ${machine} (command=) brings no answer of an engine.`,
        hint: `${engine} Else use another key, or take command="…" from this one in authorized_keys on the host.`,
      };
    case 'alike':
      return {
        code: 'COMMAND_FORCED',
        message: `${machine} runs another command in place of what is asked, and it brings no answer of an engine.`,
        hint: `Look for ForceCommand in sshd_config, and at the login shell and start-up files of ${user}. ${engine}`,
      };
    case 'silent':
      return {
        code: 'EXEC_FAILED',
        message: `No command comes to its end on ${machine}: neither docker nor “test”.`,
        hint: `${SILENT_SHELL} ${engine}`,
      };
    case 'strange':
    case 'slow':
    case 'unasked':
      return {
        code: 'UNDETERMINED',
        message: `“${dialStdioLine(dial)}” brings no answer of an engine from ${machine}, and whether it runs there could not be seen.`,
        hint: 'The engine may hang (docker ps), or something else run in the place of docker: try it there, as this user.',
      };
  }
}
