import { expect, it } from 'vitest';
import { desk, entries, HOST, intent, modeChange, outcome, runId, seen } from './journal.fixture.ts';
import { openJournal } from './open-journal.ts';
import type { RecordBody } from './records.ts';

async function told(...bodies: RecordBody[]) {
  await using journal = await openJournal(desk().options);
  for (const body of bodies) await journal.append(body);
  return (await entries(journal)).slice(0, -1);
}

const container = { id: seen('db').id, name: 'shop-db-1', service: 'postgres' };
const unlocked = { host: HOST, app: 'shop', container, action: 'container.stop' } as const;

it('is one sentence for each kind of record', async () => {
  const protection = { kind: 'protection', host: HOST, app: 'shop', service: 'api' } as const;
  const shown = await told(
    modeChange('operate'),
    modeChange('observe'),
    { kind: 'unlock', ...unlocked, reason: 'moving to 17', until: '2026-07-31T10:05:00.000Z' },
    { kind: 'lock', ...unlocked, action: 'container.restart' },
    { ...protection, protect: true },
    { ...protection, protect: false },
    intent(1),
  );
  expect(shown.map(({ kind, title, outcome }) => [kind, title, outcome]).toReversed()).toEqual([
    ['mode', 'Changes allowed on atlas', null],
    ['mode', 'Changes no longer allowed on atlas', null],
    ['unlock', 'Unlocked postgres of shop on atlas for a stop', null],
    ['unlock', 'Locked postgres of shop on atlas again, against a restart', null],
    ['protection', 'Protected api of shop on atlas', null],
    ['protection', 'Took the protection off api of shop on atlas', null],
    ['action', 'Restart shop / api on atlas', 'open'],
  ]);
});

it('is one for an action, from its intent to what was found', async () => {
  const [entry] = await told(
    intent(1, {
      reason: 'a new certificate',
      unlocks: [{ container, reason: 'moving to 17' }],
      leftOut: [
        { service: 'redis', why: 'protected' },
        { service: 'cron', why: 'not-running' },
      ],
    }),
    outcome(1, { outcome: 'unknown', durationMs: 1_500, message: 'The connection was lost.', after: null }),
    {
      kind: 'found',
      run: runId(1),
      message: 'api has exited.',
      after: [seen('api', { state: 'exited', health: null })],
    },
  );
  expect(entry).toEqual({
    seq: 2,
    at: '2026-07-31T10:00:00.000Z',
    kind: 'action',
    title: 'Restart shop / api on atlas',
    hostId: HOST.id,
    host: 'atlas',
    app: 'shop',
    action: 'container.restart',
    who: 'ana on laptop',
    reason: 'a new certificate',
    outcome: 'unknown',
    durationMs: 1_500,
    message: 'The connection was lost. api has exited.',
    facts: [
      { label: 'Address', value: 'ssh://deploy@atlas.lan' },
      { label: 'Login', value: 'deploy' },
      { label: 'Host key', value: `SHA256:${'A'.repeat(43)}` },
      { label: 'Login key', value: `SHA256:${'b'.repeat(43)}` },
      { label: 'Unlocked', value: 'postgres: moving to 17' },
      { label: 'Step 1', value: 'Restart api (SIGTERM, 10 s) · POST /containers/617069000000/restart?t=10' },
      { label: 'Left out', value: 'redis (protected)' },
      { label: 'Left out', value: 'cron (not running)' },
      { label: 'Command', value: 'docker -H ssh://deploy@atlas.lan restart --time 10 shop-api-1' },
      {
        label: 'Before',
        value:
          'shop-api-1 (617069000000): running, healthy, started 2026-07-30T08:00:00.123456789Z, image registry.lan/shop/api:1.4',
      },
      { label: 'Ended', value: '2026-07-31T10:00:00.000Z' },
      { label: 'Step 1 ended', value: 'done: exit 0 after 1.2 s' },
      { label: 'After', value: 'could not be looked at' },
      { label: 'Looked at again', value: '2026-07-31T10:00:00.000Z' },
      {
        label: 'Found',
        value:
          'shop-api-1 (617069000000): exited, exit 0, started 2026-07-30T08:00:00.123456789Z, image registry.lan/shop/api:1.4',
      },
    ],
  });
});

it('shows what a host hides in a name', async () => {
  const [entry] = await told(intent(1, { title: 'Restart \u202egnp.exe\u001b[2J' }));
  expect(entry?.title).toBe('Restart \\u{202e}gnp.exe␛[2J');
});
