import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALLOWED, CHANGES, FILTERS, ID, passes } from './gate.fixture.ts';
import { listed } from './gate.oracle.fixture.ts';
import type { HostMode } from './gate.ts';

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
  const base = fc.constantFrom(...ALLOWED.map(([path]) => path), ...CHANGES.map(([path]) => path));
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
      { weight: 5, arbitrary: fc.constant('GET') },
      { weight: 5, arbitrary: fc.constant('POST') },
      fc.constantFrom('DELETE', 'HEAD', 'PUT', 'get', 'GET\r\n', ' GET'),
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
        expect(gate).toBe(listed(asked, mode));
      }),
      { numRuns: 100_000 },
    );
    // Neither side of the comparison is empty.
    expect(passed).toBeGreaterThan(1_000);
    expect(passed).toBeLessThan(99_000);
  }, 120_000);
});
