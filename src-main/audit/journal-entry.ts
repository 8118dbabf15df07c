import type { JournalEntry } from '#contract/journal.ts';
import { visibleText } from '../kernel/text.ts';
import { journalFacts } from './journal-facts.ts';
import type { JournalRecord } from './records.ts';

/**
 * Records of one thing that was done, oldest first, as one entry. Names in them come from hosts: what nobody can see
 * is made visible.
 */
export function journalEntry(records: readonly [JournalRecord, ...JournalRecord[]]): JournalEntry {
  const [first] = records;
  const outcome = records.findLast((record) => record.kind === 'outcome');
  const found = records.findLast((record) => record.kind === 'found');
  const said = [outcome?.message, found?.message].filter((text) => text !== null && text !== undefined);
  return {
    seq: first.seq,
    at: first.at,
    kind: KINDS[first.kind],
    title: visibleText(titleOf(first)),
    hostId: 'host' in first ? first.host.id : null,
    host: 'host' in first ? visibleText(first.host.label) : null,
    // As it is: who filters by it has it from here.
    app: 'app' in first ? first.app : null,
    action: 'action' in first ? first.action : null,
    who: visibleText(`${first.by.user} on ${first.by.machine}`),
    reason: 'reason' in first && first.reason !== null ? visibleText(first.reason) : null,
    outcome: outcome?.outcome ?? (first.kind === 'intent' ? 'open' : null),
    durationMs: outcome?.durationMs ?? null,
    message: said.length === 0 ? null : visibleText(said.join(' ')),
    facts: records.flatMap(journalFacts),
  };
}

const KINDS: Readonly<Record<JournalRecord['kind'], JournalEntry['kind']>> = {
  begun: 'journal',
  recovered: 'journal',
  mode: 'mode',
  unlock: 'unlock',
  lock: 'unlock',
  protection: 'protection',
  intent: 'action',
  outcome: 'action',
  found: 'action',
};

export const kindOf = (record: JournalRecord): JournalEntry['kind'] => KINDS[record.kind];

function titleOf(record: JournalRecord): string {
  switch (record.kind) {
    case 'begun':
      return record.setAside === null ? 'Journal begun' : 'Journal begun in place of one that was put aside';
    case 'recovered':
      return 'Journal repaired after a sudden end';
    case 'mode':
      return record.to === 'operate'
        ? `Changes allowed on ${record.host.label}`
        : `Changes no longer allowed on ${record.host.label}`;
    case 'unlock':
      return `Unlocked ${inApp(record)} for a ${WORDS[record.action]}`;
    case 'lock':
      return `Locked ${inApp(record)} again, against a ${WORDS[record.action]}`;
    case 'protection':
      return record.protect
        ? `Protected ${record.service} of ${record.app} on ${record.host.label}`
        : `Took the protection off ${record.service} of ${record.app} on ${record.host.label}`;
    case 'intent':
      return record.title;
    // Their intent is in a journal that was put aside while they ran.
    case 'outcome':
      return 'End of an action that an earlier journal has';
    case 'found':
      return 'A look at the containers of an action that an earlier journal has';
  }
}

const WORDS = { 'container.stop': 'stop', 'container.restart': 'restart' } as const;

function inApp(record: Extract<JournalRecord, { kind: 'unlock' | 'lock' }>): string {
  return `${record.container.service} of ${record.app} on ${record.host.label}`;
}
