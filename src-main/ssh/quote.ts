import { AppError } from '../kernel/errors.ts';

/**
 * One line that a POSIX shell splits back into exactly `argv` (POSIX.1, Shell Command Language, 2.2.2): every argument
 * in single quotes, where nothing is special but the quote itself. SSH has no argv, only a line that sshd gives to the
 * user's login shell. sh, bash, dash, zsh, ksh and busybox read it as meant; fish too, unless a backslash stands in it.
 * @throws AppError EXEC_NOT_ALLOWED for what no command line can carry: no argument at all, NUL, half a surrogate pair
 */
export function quoteArgv(argv: readonly string[]): string {
  if (argv.length === 0) throw new AppError('EXEC_NOT_ALLOWED', 'A remote command needs at least its name.');
  return argv.map(quote).join(' ');
}

function quote(argument: string): string {
  if (argument.includes('\0')) {
    throw new AppError('EXEC_NOT_ALLOWED', 'A remote command cannot carry a NUL character.');
  }
  // In UTF-8 it would silently become U+FFFD: another argument than the one that was checked.
  if (!argument.isWellFormed()) {
    throw new AppError('EXEC_NOT_ALLOWED', 'A remote command cannot carry text that is not valid Unicode.');
  }
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
