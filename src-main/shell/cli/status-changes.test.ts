import { describe, expect, it } from 'vitest';
import type { Container, Host } from '#contract/fleet.ts';
import { app, container, fleet, HOSTILE, host, offline } from './status.fixture.ts';
import { createChangeTracker } from './status-changes.ts';

/** One of which nothing is provisional any more. */
const isInspected = ({ apps }: Host) => apps.every(({ containers }) => containers.every((each) => !each.provisional));

/** Changes as `verdict what reason`, view by view. */
function told(...views: readonly (readonly Host[])[]): string[][] {
  const changesOf = createChangeTracker(isInspected);
  return views.map((hosts) =>
    changesOf(fleet(hosts)).map(({ what, verdict, reason }) => `${verdict} ${what} ${reason}`),
  );
}

const api = (over: Partial<Container> = {}) => container({ id: 'b'.repeat(64), ...over });
const live = (...containers: readonly Container[]) => [host(1, { apps: [app('shop', containers)] })];
const away = (status: Host['status']) => [
  host(1, { status, apps: [app('shop', [api({ verdict: 'unknown', reason: 'last seen 3 s ago' })])] }),
];

describe('createChangeTracker', () => {
  it('tells at first what is not green, then what changes, then what is gone', () => {
    const sick = container({ service: 'web', verdict: 'attention', reason: 'starting' });
    const well = container({ service: 'web' });
    expect(told(live(api(), sick), live(api(), sick), live(api(), well), live(well))).toEqual([
      ['attention ssh://ops@atlas1  shop / web starting'],
      [],
      ['green ssh://ops@atlas1  shop / web healthy'],
      ['green ssh://ops@atlas1  shop / api gone'],
    ]);
  });

  it('tells of a host that comes later as of the first: what is not green, and no more', () => {
    const sick = container({ service: 'web', verdict: 'attention', reason: 'starting' });
    const second = host(2, { apps: [app('blog', [api(), sick])] });
    const connecting = host(2, { status: { state: 'connecting', attempt: 1, since: offline.since } });
    expect(told([host(1), connecting], [host(1), second])[1]).toEqual([
      'green ssh://ops@atlas2 live',
      'attention ssh://ops@atlas2  blog / web starting',
    ]);
  });

  it('waits for the first inspect of a host, and not for later ones', () => {
    const early = api({ verdict: 'attention', reason: 'exited 137', provisional: true });
    const read = api({ reason: 'stopped' });
    expect(told(live(early), live(read), live(early))).toEqual([
      [],
      [],
      ['attention ssh://ops@atlas1  shop / api exited 137'],
    ]);
  });

  it('tells at once what will stay provisional, where nothing may be inspected', () => {
    const early = api({ verdict: 'attention', reason: 'exited 137', provisional: true });
    const changes = createChangeTracker(() => true)(fleet(live(early)));
    expect(changes.map(({ what, reason }) => `${what} ${reason}`)).toEqual(['ssh://ops@atlas1  shop / api exited 137']);
  });

  it('says what a host waits for, and not how it is tried again', () => {
    const at = { attempt: 2, since: offline.since };
    const states: Host['status'][] = [
      { state: 'live', since: offline.since },
      { state: 'stale', since: offline.since },
      offline,
      { state: 'connecting', ...at },
      { state: 'authenticating', ...at },
      { state: 'asking', what: 'code', jump: null, ...at },
      { state: 'authenticating', ...at },
      { state: 'live', since: offline.since },
    ];
    expect(told(...states.map((status) => [host(1, { status })]))).toEqual([
      [],
      ['unknown ssh://ops@atlas1 stale: being asked again'],
      ['unknown ssh://ops@atlas1 offline: Nobody listens on port 22.'],
      [],
      [],
      ['unknown ssh://ops@atlas1 asks you: a code'],
      [],
      ['green ssh://ops@atlas1 live'],
    ]);
  });

  it('tells of a container that is new, green or not', () => {
    expect(
      told(live(), live(api()), live(api(), container({ service: 'web', verdict: 'down', reason: 'dead' }))),
    ).toEqual([[], ['green ssh://ops@atlas1  shop / api healthy'], ['down ssh://ops@atlas1  shop / web dead']]);
  });

  it.each([
    ['near its memory limit: 1.93 of 2 GB', 'near its memory limit: 980 MB of 2 GB', false],
    ['out of memory 59 s ago, running again', 'out of memory 1 min ago, running again', false],
    ['restarting, last exit 1 (4 times in 2 min)', 'restarting, last exit 1 (5 times in 2 min)', false],
    ['restarting, last exit 1 (4 times in 2 min)', 'restarting, last exit 137 (5 times in 2 min)', true],
    ['exited 1', 'exited 12', true],
    ['exited 12', 'exited 1', true],
    ['unhealthy: disk full', 'unhealthy: no route', true],
    ['starting', 'unhealthy', true],
  ])('from “%s” to “%s”: %s', (before, after, isNews) => {
    const [, changes] = told(
      live(api({ verdict: 'down', reason: before })),
      live(api({ verdict: 'down', reason: after })),
    );
    expect(changes).toEqual(isNews ? [`down ssh://ops@atlas1  shop / api ${after}`] : []);
  });

  it('says once that a host is away, however often it is tried, and then what has changed meanwhile', () => {
    const again: Host['status'] = { state: 'connecting', attempt: 4, since: offline.since };
    expect(
      told(
        live(api(), container({ service: 'web' })),
        away(offline),
        away(again),
        away({ ...offline, attempt: 4 }),
        live(api({ verdict: 'attention', reason: 'exited 1' }), container({ service: 'web' })),
      ),
    ).toEqual([
      [],
      ['unknown ssh://ops@atlas1 offline: Nobody listens on port 22.'],
      [],
      [],
      ['green ssh://ops@atlas1 live', 'attention ssh://ops@atlas1  shop / api exited 1'],
    ]);
  });

  it('tells of a host that is not live from the first, and not of its containers', () => {
    const connecting: Host['status'] = { state: 'connecting', attempt: 1, since: offline.since };
    expect(told(away(connecting), away(connecting), away(offline))).toEqual([
      ['unknown ssh://ops@atlas1 connecting'],
      [],
      ['unknown ssh://ops@atlas1 offline: Nobody listens on port 22.'],
    ]);
  });

  it('keeps hosts apart, and containers that are missing and have no id', () => {
    const missing = (service: string) =>
      container({ id: '', name: service, service, state: 'missing', verdict: 'down', reason: 'missing' });
    const both = [1, 2].map((digit) => host(digit, { apps: [app('shop', [missing('api'), missing('web')])] }));
    const [first = [], second] = told(both, both);
    expect([first.length, second]).toEqual([4, []]);
  });

  it('shows no control character or bidi mark of a host', () => {
    const hostile = container({ name: HOSTILE, service: HOSTILE, reason: HOSTILE, verdict: 'down' });
    const lines = told([
      host(1, { apps: [app(HOSTILE, [hostile])] }),
      host(2, { status: { ...offline, message: HOSTILE } }),
    ]);
    expect(lines.flat().join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
