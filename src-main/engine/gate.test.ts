import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { checkRequest, ENGINE_GATE, type GateEntry, type GateRequest, type HostMode } from './gate.ts';
import { API_MINOR } from './negotiation.ts';

const ID = '0123456789ab'.repeat(6).slice(0, 64);
const FILTERS = '%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%7D';

const ALLOWED: readonly (readonly [path: string, name: string])[] = [
  ['/_ping', 'ping'],
  ['/version', 'version'],
  ['/v1.41/containers/json?all=true', 'list containers'],
  ['/v1.51/containers/json?all=1', 'list containers'],
  [`/v1.41/containers/${ID}/json`, 'inspect container'],
  ['/v1.44/containers/0123456789ab/json', 'inspect container'],
  [`/v1.41/containers/${ID}/stats?stream=false&one-shot=true`, 'container stats'],
  [`/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true`, 'container logs'],
  [`/v1.41/containers/${ID}/logs?follow=false&stdout=true&stderr=false&timestamps=false&tail=100`, 'container logs'],
  [
    `/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true&tail=5&since=1700000000.123&until=1700000009`,
    'container logs',
  ],
  ['/v1.41/networks', 'list networks'],
  [`/v1.41/events?filters=${FILTERS}`, 'events'],
  [`/v1.41/events?since=1700000000&filters=${FILTERS}`, 'events'],
  [`/v1.41/events?since=1700000000.000000001&until=1700000001&filters=${FILTERS}`, 'events'],
];

test.each(ALLOWED)('%s is %s', (path, name) => {
  expect(checkRequest({ method: 'GET', path, hasBody: false }, 'observe')).toMatchObject({ name, effect: 'read' });
});

test('the versions let through are those negotiation may agree on', () => {
  const passed = Array.from({ length: 200 }, (_, minor) => minor).filter((minor) => passes(`/v1.${minor}/networks`));
  expect([passed[0], passed.at(-1), passed.length]).toEqual([API_MINOR.floor, API_MINOR.ceiling, 11]);
});

test.each([
  '',
  '/',
  '*',
  '/info',
  '/_ping/',
  '/_ping?',
  '/_Ping',
  '/version?all=1',
  '/containers/json?all=1',
  '/v1.41/_ping',
  '/v1.41/version',
  '/v1.40/networks',
  '/v1.52/networks',
  '/v2.41/networks',
  '/v1.041/networks',
  '/v1.41.1/networks',
  '/V1.41/networks',
  '/v1.41/networks/',
  '/v1.41//networks',
  '//v1.41/networks',
  '/v1.41/networks?',
  '/v1.41/networks#',
  '/v1.41/networks\n',
  '/v1.41/networks\u0000',
  '/v1.41/n%65tworks',
  '/v1.41/plugins',
  '/v1.41/containers/json',
  '/v1.41/containers/json?all=2',
  '/v1.41/containers/json?all=TRUE',
  '/v1.41/containers/json?all=1&all=1',
  '/v1.41/containers/json?all=1&size=1',
  '/v1.41/containers/json?all=1&',
  '/v1.41/containers/json?&all=1',
  '/v1.41/containers/json?ALL=1',
  '/v1.41/containers/json?all=%31',
  `/v1.41/containers/${ID}`,
  `/v1.41/containers/${ID}/`,
  `/v1.41/containers/${ID}/json?size=1`,
  `/v1.41/containers/${ID}0/json`,
  `/v1.41/containers/${ID.toUpperCase()}/json`,
  '/v1.41/containers/0123456789a/json',
  '/v1.41/containers/web/json',
  '/v1.41/containers/../networks',
  '/v1.41/containers/..%2fnetworks/json',
  '/v1.41/containers/%252e%252e/json',
  `/v1.41/containers/${ID}/kill`,
  `/v1.41/containers/${ID}/archive?path=/`,
  `/v1.41/containers/${ID}/stats`,
  `/v1.41/containers/${ID}/stats?stream=true`,
  `/v1.41/containers/${ID}/stats?one-shot=true&stream=false`,
  `/v1.41/containers/${ID}/logs`,
  `/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true&tail=-1`,
  `/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true&since=now`,
  `/v1.41/events`,
  `/v1.41/events?since=1`,
  `/v1.41/events?filters=%7B%7D`,
  `/v1.41/events?filters=${FILTERS}&since=1`,
  `/v1.41/events?filters=${FILTERS.toLowerCase()}`,
  'http://engine/v1.41/networks',
  '/v1.41/nétworks',
])('%j is refused', (path) => {
  expect(passes(path)).toBe(false);
});

test.each(['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'CONNECT', 'get', 'GET ', ''])('%j is refused', (method) => {
  expect(ALLOWED.filter(([path]) => passes(path, { method }))).toEqual([]);
});

test('a body is refused everywhere', () => {
  expect(ALLOWED.filter(([path]) => passes(path, { hasBody: true }))).toEqual([]);
});

test('observe uses reads only, operate the rest as well', () => {
  const [first] = ENGINE_GATE as [GateEntry];
  const gate = (['read', 'change', 'destroy'] as const).map(
    (effect): GateEntry => ({ ...first, effect, target: new RegExp(`^/${effect}$`) }),
  );
  const passed = (mode: HostMode) => gate.filter(({ effect }) => passes(`/${effect}`, {}, mode, gate)).map((one) => one.effect);
  expect({ observe: passed('observe'), operate: passed('operate') }).toEqual({
    observe: ['read'],
    operate: ['read', 'change', 'destroy'],
  });
});

test('a refusal names what was asked, made visible and cut', () => {
  const refusal = expect.objectContaining({ code: 'GATE_REFUSED', message: expect.stringContaining('POST /\u241b\\u{202e}') });
  expect(() => checkRequest({ method: 'POST', path: '/\u001b\u202e', hasBody: false }, 'operate')).toThrow(refusal);
  const huge = { method: 'GET', path: `/${'x'.repeat(10_000_000)}`, hasBody: false };
  expect(() => checkRequest(huge, 'operate')).toThrow(
    expect.objectContaining({ message: expect.not.stringMatching(new RegExp(`.{${limits.text.reasonChars * 2}}`)) }),
  );
});

describe('100,000 requests made from allowed ones and from nothing', () => {
  const fragments = fc.constantFrom(
    ...['/', '//', '.', '..', '%2f', '%2e', '%25', '%00', '?', '&', '=', '#', ';', '\\', ' ', '\t', '\r\n', '\u0000', '+', '-', '1', 'true'],
    ...['json', 'all=1', 'containers', 'kill', 'exec', 'images', 'archive', '/v1.41', 'v1.24', ID, ID.slice(0, 11), 'A', 'é', 'K'],
    ...['&stdout=true', '&tail=all', '&since=1', '?all=1', 'since=0x1&', FILTERS, '_ping', '/version', 'HTTP/1.1', 'http://h'],
  );
  const base = fc.constantFrom(...ALLOWED.map(([path]) => path));
  const edit = fc.record({ at: fc.nat(), cut: fc.nat({ max: 12 }), put: fc.oneof({ weight: 4, arbitrary: fragments }, fc.string({ unit: 'binary', maxLength: 3 }), fc.constant('')) });
  const edited = fc.tuple(base, fc.array(edit, { maxLength: 3 })).map(([path, edits]) =>
    edits.reduce((text, { at, cut, put }) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + cut);
    }, path),
  );
  const spliced = fc.tuple(base, base, fc.nat(), fc.nat()).map(([a, b, i, j]) => a.slice(0, i % a.length) + b.slice(j % b.length));
  const request = fc.record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant('GET') },
      fc.constantFrom('POST', 'DELETE', 'HEAD', 'PUT', 'get', 'GET\r\n', ' GET'),
      fc.string({ maxLength: 5 }),
    ),
    path: fc.oneof({ weight: 6, arbitrary: edited }, { weight: 2, arbitrary: spliced }, fc.string({ unit: 'binary' }), fc.webPath()),
    hasBody: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
  });

  test('pass exactly where an oracle that reads them otherwise lets them pass', () => {
    let passed = 0;
    fc.assert(
      fc.property(request, fc.constantFrom<HostMode>('observe', 'operate'), (asked, mode) => {
        const gate = passes(asked.path, asked, mode);
        if (gate) passed += 1;
        expect(gate).toBe(oracle(asked));
      }),
      { numRuns: 100_000 },
    );
    // Neither side of the comparison is empty.
    expect(passed).toBeGreaterThan(1_000);
    expect(passed).toBeLessThan(99_000);
  }, 120_000);
});

function passes(path: string, request: Partial<GateRequest> = {}, mode: HostMode = 'operate', gate = ENGINE_GATE): boolean {
  try {
    checkRequest({ method: 'GET', hasBody: false, ...request, path }, mode, gate);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'GATE_REFUSED') return false;
    throw error;
  }
}

/** The same list in other words: the path in segments, the query key by key, and no regular expression over the whole. */
function oracle({ method, path, hasBody }: GateRequest): boolean {
  if (method !== 'GET' || hasBody) return false;
  const [route = '', query, ...more] = path.split('?');
  if (more.length > 0) return false;
  if (route === '/_ping' || route === '/version') return query === undefined;
  const [root, version = '', room, ...rest] = route.split('/');
  if (root !== '' || !VERSIONS.has(version)) return false;
  if (room === 'networks') return rest.length === 0 && query === undefined;
  if (room === 'events') return rest.length === 0 && inOrder(query, ['since?', 'until?', 'filters'], eventValue);
  if (room !== 'containers') return false;
  const [id = '', what, ...beyond] = rest;
  if (rest.length === 1) return id === 'json' && (query === 'all=1' || query === 'all=true');
  if (beyond.length > 0 || id.length < 12 || id.length > 64 || [...id].some((c) => !'0123456789abcdef'.includes(c))) return false;
  if (what === 'json') return query === undefined;
  if (what === 'stats') return query === 'stream=false&one-shot=true';
  return what === 'logs' && inOrder(query, ['follow', 'stdout', 'stderr', 'timestamps', 'tail?', 'since?', 'until?'], logValue);
}

const VERSIONS: ReadonlySet<string> = new Set(['41', '42', '43', '44', '45', '46', '47', '48', '49', '50', '51'].map((n) => `v1.${n}`));

/** Keys that end with `?` may be missing. */
function inOrder(query: string | undefined, keys: readonly string[], isValue: (key: string, value: string) => boolean): boolean {
  const pairs = (query ?? '').split('&').map((pair) => pair.split('='));
  let at = 0;
  for (const key of keys) {
    const name = key.replace('?', '');
    const [found, value = '', ...more] = pairs[at] ?? [];
    if (found === name && more.length === 0 && isValue(name, value)) at += 1;
    else if (!key.endsWith('?')) return false;
  }
  return at === pairs.length;
}

function eventValue(key: string, value: string): boolean {
  return key === 'filters' ? value === FILTERS : isTime(value);
}

function logValue(key: string, value: string): boolean {
  if (key === 'since' || key === 'until') return isTime(value);
  return key === 'tail' ? isDigits(value, 6) : value === 'true' || value === 'false';
}

function isTime(value: string): boolean {
  const [seconds = '', decimals, ...more] = value.split('.');
  return more.length === 0 && isDigits(seconds, 10) && (decimals === undefined || isDigits(decimals, 9));
}

function isDigits(value: string, most: number): boolean {
  return value.length >= 1 && value.length <= most && [...value].every((c) => c >= '0' && c <= '9');
}
