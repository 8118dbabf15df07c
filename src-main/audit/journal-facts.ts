import type { JournalEntry } from '#contract/journal.ts';
import { visibleText } from '../kernel/text.ts';
import type { JournalRecord, SeenState } from './records.ts';

type Fact = JournalEntry['facts'][number];

/** What a record holds beyond an entry's own members, to be read line by line. */
export function journalFacts(record: JournalRecord): Fact[] {
  const shown = factsOf(record).map(([label, value]) => ({ label, value: visibleText(value) }));
  return shown.filter(({ value }) => value !== '');
}

type Pair = readonly [label: string, value: string];

function factsOf(record: JournalRecord): Pair[] {
  switch (record.kind) {
    case 'begun':
      return [['Binnacle', record.version], ...begunFacts(record.setAside)];
    case 'recovered':
      return [
        ['Records kept', String(record.keptRecords)],
        ['Bytes cut', String(record.cutBytes)],
        ['SHA-256 of what was cut', record.cutSha256 ?? ''],
      ];
    case 'mode':
      return [
        ['Address', record.host.target],
        ['Mode', `${record.from} → ${record.to}`],
      ];
    case 'unlock':
      return [
        ['Address', record.host.target],
        ['Container', containerOf(record.container)],
        ['Until', record.until],
      ];
    case 'lock':
      return [
        ['Address', record.host.target],
        ['Container', containerOf(record.container)],
      ];
    case 'protection':
      return [['Address', record.host.target]];
    case 'intent':
      return intentFacts(record);
    case 'outcome':
      return [
        ['Ended', record.at],
        ...record.steps.map(
          ({ state, note }, at): Pair => [`Step ${at + 1} ended`, note === null ? state : `${state}: ${note}`],
        ),
        ...seenFacts('After', record.after),
      ];
    case 'found':
      return [['Looked at again', record.at], ...seenFacts('Found', record.after)];
  }
}

function begunFacts(setAside: Extract<JournalRecord, { kind: 'begun' }>['setAside']): Pair[] {
  if (setAside === null) return [];
  return [
    ['Put aside', setAside.folder],
    ['Records in it', String(setAside.records)],
    ['SHA-256 of its last record', setAside.head ?? ''],
  ];
}

function intentFacts(intent: Extract<JournalRecord, { kind: 'intent' }>): Pair[] {
  const { login } = intent;
  return [
    ['Address', intent.host.target],
    ['Login', login.user],
    ['Host key', login.hostKey ?? 'none: the engine of this machine'],
    ['Login key', login.loginKey ?? 'none: logged in another way'],
    ...intent.unlocks.map(({ container, reason }): Pair => ['Unlocked', `${container.service}: ${reason}`]),
    ...intent.steps.map(
      ({ text, request }, at): Pair => [`Step ${at + 1}`, request === null ? text : `${text} · ${request}`],
    ),
    ...intent.leftOut.map(
      ({ service, why }): Pair => ['Left out', `${service} (${why === 'protected' ? 'protected' : 'not running'})`],
    ),
    ['Command', intent.command],
    ...seenFacts('Before', intent.before),
  ];
}

function seenFacts(label: string, seen: readonly SeenState[] | null): Pair[] {
  if (seen === null) return [[label, 'could not be looked at']];
  return seen.map((container) => [label, `${containerOf(container)}: ${stateOf(container)}`]);
}

function containerOf({ id, name }: { readonly id: string; readonly name: string }): string {
  return `${name} (${id.slice(0, 12)})`;
}

function stateOf({ state, health, exitCode, startedAt, image }: SeenState): string {
  return [
    health === null ? state : `${state}, ${health}`,
    ...(exitCode === null || state === 'running' ? [] : [`exit ${exitCode}`]),
    ...(startedAt === null ? [] : [`started ${startedAt}`]),
    `image ${image}`,
  ].join(', ');
}
