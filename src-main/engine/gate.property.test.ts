import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALLOWED, FILTERS, ID, passes } from './gate.fixture.ts';
import type { GateRequest, HostMode } from './gate.ts';

describe('100,000 requests made from allowed ones and from nothing', () => {
  const fragments = fc.constantFrom(
    ...[
      '/',
      '//',
      '.',
      '..',
      '%2f',
      '%2e',
      '%25',
      '%00',
      '?',
      '&',
      '=',
      '#',
      ';',
      '\\',
      ' ',
      '\t',
      '\r\n',
      '\u0000',
      '+',
      '-',
      '1',
      'true',
    ],
    ...[
      'json',
      'all=1',
      'containers',
      'kill',
      'exec',
      'images',
      'archive',
      '/v1.41',
      'v1.24',
      ID,
      ID.slice(0, 11),
      'A',
      'é',
      'K',
    ],
    ...[
      '&stdout=true',
      '&tail=all',
      '&since=1',
      '?all=1',
      'since=0x1&',
      FILTERS,
      '_ping',
      '/version',
      'HTTP/1.1',
      'http://h',
    ],
  );
  const base = fc.constantFrom(...ALLOWED.map(([path]) => path));
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 12 }),
    put: fc.oneof({ weight: 4, arbitrary: fragments }, fc.string({ unit: 'binary', maxLength: 3 }), fc.constant('')),
  });
  const edited = fc.tuple(base, fc.array(edit, { maxLength: 3 })).map(([path, edits]) =>
    edits.reduce((text, { at, cut, put }) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + cut);
    }, path),
  );
  const spliced = fc
    .tuple(base, base, fc.nat(), fc.nat())
    .map(([a, b, i, j]) => a.slice(0, i % a.length) + b.slice(j % b.length));
  const request = fc.record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant('GET') },
      fc.constantFrom('POST', 'DELETE', 'HEAD', 'PUT', 'get', 'GET\r\n', ' GET'),
      fc.string({ maxLength: 5 }),
    ),
    path: fc.oneof(
      { weight: 6, arbitrary: edited },
      { weight: 2, arbitrary: spliced },
      fc.string({ unit: 'binary' }),
      fc.webPath(),
    ),
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
  if (beyond.length > 0 || id.length < 12 || id.length > 64 || [...id].some((c) => !'0123456789abcdef'.includes(c)))
    return false;
  if (what === 'json') return query === undefined;
  if (what === 'stats') return query === 'stream=false&one-shot=true';
  return (
    what === 'logs' &&
    inOrder(query, ['follow', 'stdout', 'stderr', 'timestamps', 'tail?', 'since?', 'until?'], logValue)
  );
}

const VERSIONS: ReadonlySet<string> = new Set(
  ['41', '42', '43', '44', '45', '46', '47', '48', '49', '50', '51'].map((n) => `v1.${n}`),
);

/** Keys that end with `?` may be missing. */
function inOrder(
  query: string | undefined,
  keys: readonly string[],
  isValue: (key: string, value: string) => boolean,
): boolean {
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
