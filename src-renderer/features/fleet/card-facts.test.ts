import { describe, expect, test } from 'vitest';
import { applyBatch } from '../../store/apply-batch.ts';
import { ATLAS, container, snapshot } from '../../store/fleet.fixture.ts';
import { type AppView, appKey, EMPTY_FLEET } from '../../store/fleet-state.ts';
import {
  cardPorts,
  cpuFraction,
  leadOf,
  markOf,
  memoryMeter,
  portText,
  publishedPorts,
  shortImage,
  youngestStart,
} from './card-facts.ts';

const MB = 1024 ** 2;
const tcp = (hostPort: number | null, hostIp: string | null = '0.0.0.0') =>
  ({ hostIp, hostPort, containerPort: 80, protocol: 'tcp' }) as const;

/** The containers as the store groups them. */
function app(...containers: ReturnType<typeof container>[]): AppView {
  const state = applyBatch(EMPTY_FLEET, snapshot({ containers }), 0);
  const view = state === 'gap' ? undefined : state.apps.get(appKey(ATLAS, 'shop'));
  if (view === undefined) throw new Error('there is no app');
  return view;
}

test.each([
  [{}, 'green'],
  [{ health: 'none' }, 'unchecked'],
  [{ health: null }, 'unchecked'],
  [{ state: 'exited' }, 'stopped'],
  [{ verdict: 'down' }, 'down'],
  [{ verdict: 'unknown', state: 'exited' }, 'unknown'],
  [{ planned: 'restarting', reason: 'restarting, planned', health: 'starting' }, 'planned'],
  [{ planned: 'stopping', state: 'exited' }, 'planned'],
  [{ planned: 'restarting' }, 'green'],
  [{ planned: 'restarting', verdict: 'down' }, 'down'],
] as const)('the mark of %o is %s', (over, mark) => {
  expect(markOf(container('shop', 'api', over))).toBe(mark);
});

describe('the memory meter', () => {
  test('is of the limit where every container that runs has one', () => {
    const limited = { memoryBytes: 100 * MB, memoryLimitBytes: 400 * MB };
    const idle = { state: 'exited', memoryBytes: null } as const;
    expect(
      memoryMeter(app(container('shop', 'a', limited), container('shop', 'b', limited), container('shop', 'c', idle))),
    ).toEqual({ fraction: 0.25, verdict: undefined });
  });

  test('else on a scale that never fills', () => {
    expect(memoryMeter(app(container('shop', 'a', { memoryBytes: 2_048 * MB })))).toEqual({
      fraction: 0.5,
      verdict: undefined,
    });
  });

  test('takes the colour of the verdict only where memory is what it is about', () => {
    const near = {
      verdict: 'attention',
      reason: 'near its memory limit: 390 of 400 MB',
      memoryBytes: 390 * MB,
    } as const;
    const ill = { verdict: 'down', reason: 'unhealthy: 503' } as const;
    expect([
      memoryMeter(app(container('shop', 'a', { ...near, memoryLimitBytes: 400 * MB }))),
      memoryMeter(app(container('shop', 'a', ill))).verdict,
    ]).toEqual([{ fraction: 0.975, verdict: 'attention' }, undefined]);
  });

  test('of an app whose memory is not known is empty', () => {
    expect(memoryMeter(app(container('shop', 'a', { memoryBytes: null }))).fraction).toBeNull();
  });
});

test('one core stands in the middle of the CPU meter', () => {
  expect([cpuFraction(null), cpuFraction(0), cpuFraction(100), cpuFraction(300)]).toEqual([null, 0, 0.5, 0.75]);
});

describe('ports', () => {
  test('each published one once, smallest first, UDP named', () => {
    const ports = [tcp(8080), tcp(8080, '::'), tcp(80), tcp(null), { ...tcp(53), protocol: 'udp' as const }];
    expect(publishedPorts([container('shop', 'a', { ports })])).toEqual([':53/udp', ':80', ':8080']);
  });

  test('as many as a card has room for', () => {
    const many = [1, 2, 3, 4, 5].map((port) => tcp(port));
    expect([cardPorts([container('shop', 'a', { ports: many })]), cardPorts([container('shop', 'a')])]).toEqual([
      ':1 :2 :3 +2',
      'no ports',
    ]);
  });

  test.each([
    [tcp(8080), ':8080 → 80'],
    [tcp(8080, '127.0.0.1'), '127.0.0.1:8080 → 80'],
    [tcp(8080, '::1'), '[::1]:8080 → 80'],
    [tcp(null, null), '80'],
  ])('%o is written %s', (port, text) => {
    expect(portText(port)).toBe(text);
  });
});

test.each([
  ['postgres:16.4', 'postgres:16.4'],
  ['ghcr.io/dani-garcia/vaultwarden:1.32.0', 'vaultwarden:1.32.0'],
  ['localhost:5000/shop/api', 'api'],
  [`redis:7@sha256:${'a'.repeat(64)}`, 'redis:7'],
  [`sha256:${'0123456789abcdef'.repeat(4)}`, '0123456789ab'],
])('the image %s is shown as %s', (image, text) => {
  expect(shortImage(image)).toBe(text);
});

test('an app is known by the container in trouble, else by the one that is reached from outside', () => {
  const web = container('shop', 'web', { ports: [tcp(443)] });
  const api = container('shop', 'api');
  expect([leadOf(app(api, web))?.service, leadOf(app({ ...api, verdict: 'down' }, web))?.service]).toEqual([
    'web',
    'api',
  ]);
});

test('the youngest run counts, of those that run', () => {
  const at = (startedAt: string | null, state: 'running' | 'exited' = 'running') =>
    container('shop', 'a', { startedAt, state });
  expect(
    youngestStart([
      at('2026-05-01T00:00:00.123456789Z'),
      at('2026-05-02T00:00:00Z'),
      at('2026-05-03T00:00:00Z', 'exited'),
      at(null),
      at('nonsense'),
    ]),
  ).toBe(Date.parse('2026-05-02T00:00:00Z'));
});
