import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { visibleText } from '../../kernel/text.ts';
import { type ExitCode, exitCodeOfError } from './exit-codes.ts';
import { createStyle } from './style.ts';
import type { Terminal } from './terminal.ts';

export interface ReportTo {
  readonly terminal: Pick<Terminal, 'writeError' | 'colour'>;
  /** Where the stack of a fault goes, and only there; null where there is no home to log into. */
  readonly log: { readonly logger: Logger; readonly file: string } | null;
}

/**
 * Tells the person why the command failed, on stderr, and returns what to exit with. An AppError is shown with its
 * hint; anything else is a fault of ours: it is shown as INTERNAL with the reference of its entry in the log.
 */
export async function reportError(error: unknown, { terminal, log }: ReportTo): Promise<ExitCode> {
  if (error instanceof AppError && error.code !== 'INTERNAL') {
    terminal.writeError(errorLines(error.message, error.hint, terminal.colour.stderr));
    return exitCodeOfError(error.code);
  }
  const reference = log?.logger.logInternal(error);
  const logged = (await log?.logger.flush()) === true;
  terminal.writeError(
    errorLines(
      `Something went wrong inside Binnacle${reference === undefined ? '' : ` (reference ${reference})`}.`,
      logged ? `This is a fault of Binnacle's, not yours. Its details are in ${log?.file}.` : describeUnlogged(error),
      terminal.colour.stderr,
    ),
  );
  return exitCodeOfError('INTERNAL');
}

/** Two lines for a person: what happened, and under it the next step. Text is made safe to show. */
export function errorLines(message: string, hint: string | null, colour: boolean): string {
  const style = createStyle(colour);
  const first = `${style.strong('binnacle:')} ${visibleText(message)}\n`;
  return hint === null ? first : `${first}  ${style.dim(visibleText(hint))}\n`;
}

/** Without a log the name of the fault is all there is to report it by; its message might hold anything. */
function describeUnlogged(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  return `This is a fault of Binnacle's, not yours. Its details (${name}) could not be written to a log.`;
}
