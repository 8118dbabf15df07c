import type { JournalEntry, JournalFilter, JournalStatus, Verification } from '#contract/journal.ts';
import type { TimelineEntry } from '#contract/timeline.ts';
import { AppError } from '../../src-main/kernel/errors.ts';
import { type FakeServices, uuid } from '../../src-main/router/services.fixture.ts';
import { ago, atlas, borealis, HOUR, MINUTE } from './staged-fleet.ts';

const DAY = 24 * HOUR;
const HEAD = '3f9ab21c6d0e4b7fa81c5529e0d4c8b7f1a2936e5d4c8b7f1a2936e50c77d03e';
const API = `a41c7f02${'3b9d5e81'.repeat(7)}`;

export function status(
  state: JournalStatus['state'],
  records: number,
  problem: JournalStatus['problem'] = null,
): JournalStatus {
  return { state, records, problem };
}

export function live({ fleet, journal }: FakeServices, now: JournalStatus): void {
  fleet.put(atlas());
  fleet.put(borealis());
  journal.standing = now;
}

export function withEntries(services: FakeServices): void {
  live(services, status('sound', 212));
  const { journal } = services;
  journal.read = async ({ filter, before, limit }) => {
    const all = entries(journal.standing.records).filter(
      (entry) => takes(filter, entry) && (before === null || entry.seq < before),
    );
    const shown = all.slice(0, limit);
    return { entries: shown, next: all.length > limit ? (shown.at(-1)?.seq ?? null) : null };
  };
  journal.verify = async () => verification({});
  journal.export = async () => ({
    file: '/home/ops/.binnacle/exports/journal-2026-11-21T09-14-31.jsonl',
    records: 212,
  });
}

export function broken(services: FakeServices): void {
  withEntries(services);
  const { journal } = services;
  journal.standing = status('broken', 212, {
    where: '/home/ops/.binnacle/journal',
    code: 'JOURNAL_BROKEN',
    message:
      'The journal is not what was written. 000001.jsonl, line 41: The record does not follow the one before it: that one was changed, or what stood between is gone. 4 more things are wrong.',
    hint: 'Look at it on the Journal page; put it aside to begin a new one. Until then nothing is changed on any host.',
  });
  journal.verify = async () =>
    verification({
      sound: false,
      findings: [
        [
          '000001.jsonl',
          41,
          'The record does not follow the one before it: that one was changed, or what stood between is gone.',
        ],
        ['000001.jsonl', 42, 'The record has number 44 where 42 is due.'],
        ['000001.jsonl', 97, 'The record is not of a known form.'],
        ['000002.jsonl', null, 'The journal ends with record 209; 212 were written.'],
        ['journal.anchor', null, 'The anchor names a record that is not in the journal.'],
      ].map(([file, line, text]) => ({ file: String(file), line: line as number | null, text: String(text) })),
      notes: ['The clock went back once, first at 000001.jsonl, line 12.'],
    });
  journal.setAside = async () => {
    journal.standing = status('sound', 1);
    journal.read = async () => ({
      entries: [
        entry(1, 0, {
          kind: 'journal',
          title: 'Journal begun in place of one that was put aside',
          host: null,
          hostId: null,
          app: null,
          action: null,
          outcome: null,
          durationMs: null,
        }),
      ],
      next: null,
    });
    journal.changed();
    return { folder: '/home/ops/.binnacle/journal-broken-2026-11-21T091431' };
  };
}

export function unusable(services: FakeServices): void {
  const message = 'The journal cannot be read: permission denied.';
  const hint =
    'Check the disk and the rights of the journal’s folder. Nothing is changed on any host without its record.';
  live(
    services,
    status('unusable', 0, { where: '/home/ops/.binnacle/journal', code: 'JOURNAL_UNUSABLE', message, hint }),
  );
  services.journal.read = async () => {
    throw new AppError('JOURNAL_UNUSABLE', message, { hint });
  };
}

function verification(change: Partial<Verification>): Verification {
  return {
    sound: true,
    records: 212,
    files: 2,
    head: HEAD,
    at: ago(0),
    tookMs: 38,
    findings: [],
    notes: [],
    ...change,
  };
}

function takes({ hostId, app, action, outcome, from, to }: JournalFilter, entry: JournalEntry): boolean {
  if (hostId !== undefined && entry.hostId !== hostId) return false;
  if (app !== undefined && entry.app !== app) return false;
  if (action !== undefined && entry.action !== action) return false;
  if (outcome !== undefined && entry.outcome !== outcome) return false;
  return (from === undefined || entry.at >= from) && (to === undefined || entry.at <= to);
}

/** Noon of some day, so that no picture depends on the hour it is taken at. */
function entry(seq: number, msBefore: number, change: Partial<JournalEntry>): JournalEntry {
  const noon = new Date();
  noon.setUTCHours(12, 4, 31, 0);
  return {
    seq,
    at: new Date(noon.getTime() - msBefore).toISOString(),
    kind: 'action',
    title: 'Restart shop / api on atlas',
    hostId: uuid(1),
    host: 'atlas',
    app: 'shop',
    action: 'container.restart',
    who: 'ana on laptop',
    reason: null,
    outcome: 'succeeded',
    durationMs: 6_240,
    message: null,
    facts: factsOf(new Date(noon.getTime() - msBefore)),
    ...change,
  };
}

/** What is recorded of a restart that was begun `at`. */
const factsOf = (at: Date): JournalEntry['facts'] => [
  { label: 'Address', value: 'ssh://ops@atlas.example.org' },
  { label: 'Login', value: 'ops' },
  { label: 'Host key', value: 'SHA256:q3Z0cG7nW1yXo5m8kFh2uRjvT9bLsEaD4pKiNwYxCzQ' },
  { label: 'Login key', value: 'SHA256:4vJ1nKc0mZt7yGq2xHs9rWb6uPfLdEo8iTaYkRjQeMw' },
  { label: 'Step 1', value: `Restart api (SIGTERM, 10 s) · POST /containers/${API.slice(0, 12)}…/restart?t=10` },
  { label: 'Step 2', value: 'Wait until healthy, at most 90 s' },
  { label: 'Command', value: "ssh ops@atlas.example.org 'docker restart --time 10 shop-api-1'" },
  {
    label: 'Before',
    value: `shop-api-1 (a41c7f023b9d): running, unhealthy, started ${new Date(at.getTime() - 6 * DAY).toISOString()}, image ghcr.io/example/shop-api:4.2.1`,
  },
  { label: 'Ended', value: new Date(at.getTime() + 6_240).toISOString() },
  { label: 'Step 1 ended', value: 'done: exit 0 after 1.2 s' },
  { label: 'Step 2 ended', value: 'done' },
  {
    label: 'After',
    value: `shop-api-1 (a41c7f023b9d): running, healthy, started ${new Date(at.getTime() + 1_600).toISOString()}, image ghcr.io/example/shop-api:4.2.1`,
  },
];

const nothing = { action: null, outcome: null, durationMs: null } as const;

function entries(records: number): JournalEntry[] {
  const fresh = Array.from({ length: records - 212 }, (_, index) =>
    entry(213 + index, 0, {
      title: `Restart nextcloud / ${['app', 'cron', 'collabora'][index % 3]} on atlas`,
      app: 'nextcloud',
    }),
  ).toReversed();
  const told: JournalEntry[] = [
    entry(211, 20_000, {
      title: 'Restart paperless / webserver on borealis',
      host: 'borealis',
      hostId: uuid(2),
      app: 'paperless',
      outcome: 'open',
      durationMs: null,
      reason: 'OCR queue is stuck',
    }),
    entry(209, 9 * MINUTE, {
      reason: 'pool exhausted since 09:12',
      message: 'api is running and healthy again, 6.2 s after it was stopped.',
    }),
    entry(207, 26 * MINUTE, {
      title: 'Stop shop / postgres on atlas',
      action: 'container.stop',
      reason: 'copy of the data volume before the upgrade to 17.6',
      durationMs: 11_900,
    }),
    entry(206, 27 * MINUTE, {
      ...nothing,
      kind: 'unlock',
      title: 'Unlocked postgres of shop on atlas for a stop',
      reason: 'copy of the data volume before the upgrade to 17.6',
    }),
    entry(204, 50 * MINUTE, {
      title: 'Restart shop on atlas, but postgres and redis',
      action: 'app.restart',
      outcome: 'failed',
      durationMs: 94_000,
      message: 'web was restarted; api did not become healthy within 90 s, and is unhealthy: GET /health answered 503.',
    }),
    entry(202, 3 * HOUR, {
      title: 'Restart photos / machine-learning on cinder',
      host: 'cinder',
      hostId: uuid(3),
      app: 'photos',
      outcome: 'unknown',
      durationMs: null,
      who: 'ana on workstation',
      message: 'The connection to cinder was cut while it was being restarted.',
    }),
    entry(201, 3 * HOUR + MINUTE, {
      ...nothing,
      kind: 'mode',
      title: 'Changes allowed on cinder',
      app: null,
      host: 'cinder',
      hostId: uuid(3),
    }),
    entry(199, DAY + HOUR, {
      title: 'Restart monitoring on borealis',
      host: 'borealis',
      hostId: uuid(2),
      app: 'monitoring',
      action: 'app.restart',
      outcome: 'cancelled',
      durationMs: 8_100,
      reason: 'wrong host',
    }),
    entry(198, DAY + 2 * HOUR, {
      ...nothing,
      kind: 'protection',
      title: 'Protected prometheus of monitoring on borealis',
      host: 'borealis',
      hostId: uuid(2),
      app: 'monitoring',
    }),
    entry(196, DAY + 3 * HOUR, {
      title: 'Start nextcloud / collabora on atlas',
      app: 'nextcloud',
      action: 'container.start',
      durationMs: 840,
    }),
    entry(195, DAY + 3 * HOUR + MINUTE, {
      ...nothing,
      kind: 'journal',
      title: 'Journal repaired after a sudden end',
      host: null,
      hostId: null,
      app: null,
    }),
  ];
  const older = Array.from({ length: 160 }, (_, index) =>
    entry(190 - index, 3 * DAY + index * 5 * HOUR, {
      title: index % 3 === 0 ? 'Restart gitea on atlas' : 'Restart mail / rspamd on borealis',
      app: index % 3 === 0 ? 'gitea' : 'mail',
      host: index % 3 === 0 ? 'atlas' : 'borealis',
      hostId: uuid(index % 3 === 0 ? 1 : 2),
      action: index % 3 === 0 ? 'app.restart' : 'container.restart',
      outcome: index % 11 === 4 ? 'failed' : 'succeeded',
      durationMs: 2_000 + index * 97,
      reason: index % 4 === 1 ? 'memory grows after a week' : null,
    }),
  );
  return [...fresh, ...told, ...older];
}

type Told = readonly [TimelineEntry['kind'], string, string, TimelineEntry['by'], number, TimelineEntry['seen']?];

const KINDS: readonly Told[] = [
  ['healthy', 'Healthy', 'api', 'itself', 8 * MINUTE],
  ['restarted', 'Restarted', 'api', 'binnacle', 9 * MINUTE],
  ['unhealthy', 'Unhealthy', 'api', 'itself', 12 * MINUTE],
  ['started', 'Started', 'web', 'outside', 31 * MINUTE],
  ['stopped', 'Stopped', 'web', 'outside', 32 * MINUTE],
  ['started', 'Started', 'worker', 'itself', 44 * MINUTE],
  ['out-of-memory', 'Out of memory', 'worker', 'itself', 45 * MINUTE],
  ['exited', 'Exited with 137', 'worker', 'itself', 45 * MINUTE],
  ['killed', 'Killed with SIGKILL', 'worker', 'outside', DAY],
  ['created', 'Created', 'worker', 'outside', DAY + MINUTE],
];

/** This machine slept for eight hours. */
const AFTER_SLEEP: readonly Told[] = [
  ['healthy', 'Healthy', 'api', 'itself', 2 * MINUTE],
  ['restarted', 'Restarted 2 times', 'worker', 'itself', 3 * MINUTE, 'afterwards'],
  ['unhealthy', 'Unhealthy', 'api', 'itself', 3 * MINUTE, 'afterwards'],
  ['removed', 'Removed', 'collector', 'outside', 3 * MINUTE, 'afterwards'],
  ['created', 'Created anew', 'web', 'outside', 4 * HOUR, 'afterwards'],
  ['restarted', 'Restarted', 'api', 'binnacle', 9 * HOUR],
  ['started', 'Started', 'web', 'outside', 9 * HOUR + 20 * MINUTE],
  ['stopped', 'Stopped', 'web', 'outside', 9 * HOUR + 21 * MINUTE],
];

export function withTimelineAfterSleep(services: FakeServices): void {
  withTimelineOf(services, AFTER_SLEEP);
}

export function withTimeline(services: FakeServices): void {
  withTimelineOf(services, KINDS);
}

function withTimelineOf(services: FakeServices, told: readonly Told[]): void {
  live(services, status('sound', 212));
  services.actions.timeline = () =>
    told.map(([kind, text, service, by, msBefore, seen = 'event'], index) => ({
      id: String(index),
      at: entry(1, msBefore, {}).at,
      containerId: API,
      service,
      kind,
      text,
      by,
      run: by === 'binnacle' ? uuid(8) : null,
      seen,
    }));
}
