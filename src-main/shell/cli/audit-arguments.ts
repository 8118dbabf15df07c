import { ActionName } from '#contract/actions.ts';
import { JournalOutcome } from '#contract/journal.ts';
import { type OptionValues, usage } from './options.ts';
import type { TimeWord } from './time-words.ts';

export type AuditCommand = AuditShowCommand | AuditVerifyCommand;

export interface AuditShowCommand {
  readonly kind: 'audit-show';
  /** Id, name or target, saved or met in the journal; null: any. */
  readonly host: string | null;
  readonly app: string | null;
  readonly action: ActionName | null;
  readonly outcome: JournalOutcome | null;
  readonly since: TimeWord | null;
  readonly until: TimeWord | null;
  /** The newest so many: entries for people, records for scripts; null: as it is best for either. */
  readonly limit: number | null;
  readonly json: boolean;
  readonly home: string | null;
}

export interface AuditVerifyCommand {
  readonly kind: 'audit-verify';
  readonly json: boolean;
  readonly home: string | null;
}

export const AUDIT_ACTIONS = ['show', 'verify'] as const;
type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** @throws AppError USAGE */
export function auditCommand(action: AuditAction, operands: readonly string[], values: OptionValues): AuditCommand {
  if (operands.length > 0) {
    const form = { show: '[--host HOST] [--since 2h] [--json]', verify: '[--json]' }[action];
    throw usage(`audit ${action} takes nothing but options.`, `The form is: binnacle audit ${action} ${form}`);
  }
  const common = { json: values.flag('json'), home: values.path('home') };
  if (action === 'verify') return { kind: 'audit-verify', ...common };
  return {
    kind: 'audit-show',
    host: values.name('host'),
    app: values.name('app'),
    action: values.oneOf('action', ActionName.options),
    outcome: values.oneOf('outcome', JournalOutcome.options),
    since: values.time('since'),
    until: values.time('until'),
    limit: values.count('limit'),
    ...common,
  };
}
