import fc from 'fast-check';

const ID = 'c0ffee'.padEnd(64, '0');

/** Bodies as engines send them: Docker 20.10, Podman 4.3, and proxies in front of them. */
export const CORPUS = {
  list: JSON.stringify([
    {
      Id: ID,
      Names: ['/shop-web-1', '/other/alias'],
      Image: 'nginx:1.25',
      ImageID: 'sha256:abc',
      Created: 1_700_000_000,
      State: 'running',
      Status: 'Up 3 minutes (unhealthy)',
      Ports: [{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }],
      Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
      NetworkSettings: { Networks: { shop_default: { NetworkID: 'n1', IPAddress: '172.20.0.2' } } },
      Mounts: [{ Type: 'volume', Name: 'data', Source: '/var/lib/docker/volumes/data/_data', Destination: '/data' }],
    },
  ]),
  inspect: JSON.stringify({
    Id: ID,
    Name: '/shop-web-1',
    Image: 'sha256:abc',
    Created: '2026-01-02T03:04:05.123456789Z',
    RestartCount: 2,
    State: {
      Status: 'exited',
      ExitCode: 137,
      OOMKilled: true,
      Error: '',
      StartedAt: '2026-01-02T03:04:05Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      Health: { Status: 'unhealthy', Log: [{ Start: '2026-01-02T03:04:05Z', ExitCode: 1, Output: 'no\n' }] },
    },
    Config: {
      Image: 'nginx:1.25',
      Labels: { a: 'b' },
      Tty: false,
      StopSignal: 'SIGQUIT',
      StopTimeout: 30,
      ExposedPorts: { '80/tcp': {} },
      Healthcheck: { Test: ['CMD', 'true'], Interval: 1e9, Timeout: 1e9, StartPeriod: 0, Retries: 3 },
    },
    HostConfig: { RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 }, Memory: 1_000_000 },
    NetworkSettings: {
      Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] },
      Networks: { shop_default: { NetworkID: 'n1', IPAddress: '172.20.0.2' } },
    },
    Mounts: [{ Type: 'volume', Name: 'data', Source: '/data', Destination: '/data' }],
  }),
  stats: JSON.stringify({
    read: '2026-01-02T03:04:05.123456789Z',
    cpu_stats: { cpu_usage: { total_usage: 123, percpu_usage: [1, 2] }, system_cpu_usage: 4_000, online_cpus: 2 },
    memory_stats: { usage: 1_000, limit: 2_000, stats: { inactive_file: 10, total_inactive_file: 5 } },
  }),
  networks: JSON.stringify([
    { Id: 'n1', Name: 'bridge', Driver: 'bridge', IPAM: { Config: [{ Subnet: '172.17.0.0/16' }] } },
    { Id: 'n2', Name: 'host', Driver: 'host', IPAM: { Config: null } },
  ]),
  event: JSON.stringify({
    Type: 'container',
    Action: 'health_status: unhealthy',
    Actor: { ID, Attributes: { name: 'web', exitCode: '137' } },
    time: 1_700_000_000,
    timeNano: 1_700_000_000_123_456_800,
  }),
  version: JSON.stringify({
    Version: '20.10.24',
    ApiVersion: '1.41',
    MinAPIVersion: '1.12',
    Components: [{ Name: 'Podman Engine', Version: '4.3.1', Details: { APIVersion: '4.3.1' } }],
  }),
  refusal: JSON.stringify({
    message: 'client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client',
  }),
  page: '<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1>\nby rules.\n</body></html>',
} as const;

export type Kind = keyof typeof CORPUS;

/** Values no field is meant to have. */
const nasty = fc.constantFrom<unknown>(
  ...[null, true, 0, -1, 1e308, -1e308, 1.5, 2 ** 53, '', '\u0000', '\u001b[2J', '\u202eevil', '\ud800', 'a/../b'],
  ...[[], {}, [[]], [null], { a: null }, 'x'.repeat(5_000), '/'.repeat(300), ':'.repeat(300), '9'.repeat(400)],
  ...['__proto__', '1.999', '1.041', '-0', 'NaN', 'Up', 'Exited (', 'Exited (99999999999999999999) ', '172.17.0.0/999'],
  JSON.parse('{"__proto__":{"Id":"x"},"constructor":1}'),
);

/** Text that breaks JSON, HTML or lines, or is deep. */
const splice = fc.constantFrom(
  ...['{', '}', '[', ']', '"', ',', ':', '\\', '\\u0000', '\\ud800', '\n', '\r\n', '\u0000', '\u2028', '1e999', '-'],
  ...[
    'null',
    'NaN',
    '<',
    '>',
    '<title>',
    '<!--',
    '&lt;',
    '\ufeff',
    '['.repeat(2_000),
    '{"a":'.repeat(500),
    '"__proto__":1,',
  ],
);

type Edit =
  | { readonly kind: 'leaf'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'drop'; readonly at: number }
  | { readonly kind: 'double'; readonly at: number };

/** A step into JSON: whatever it holds, counted in the order in which it stands there. */
function edited(json: unknown, edit: Edit): unknown {
  let seen = 0;
  const walk = (value: unknown): unknown => {
    const at = seen++;
    if (at === edit.at && edit.kind === 'leaf') return edit.value;
    if (Array.isArray(value)) {
      const items = value.map(walk);
      return at === edit.at && edit.kind === 'double' ? [...items, ...items] : items;
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, each]) => [key, walk(each)] as const);
    return Object.fromEntries(at === edit.at && edit.kind === 'drop' ? entries.slice(1) : entries);
  };
  return walk(json);
}

const edit = fc.oneof(
  fc.record({ kind: fc.constant('leaf' as const), at: fc.nat(70), value: nasty }),
  fc.record({ kind: fc.constant('drop' as const), at: fc.nat(70) }),
  fc.record({ kind: fc.constant('double' as const), at: fc.nat(70) }),
);

const cut = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), take: fc.nat(40), put: fc.option(splice) });

/** What an engine, or something that is none, may answer where one of `kinds` is expected: valid, damaged, or of another kind. */
export function hostileBody(kinds: readonly Kind[]): fc.Arbitrary<Buffer> {
  const text = fc
    .tuple(fc.constantFrom(...kinds), fc.array(edit, { maxLength: 3 }), fc.array(cut, { maxLength: 2 }))
    .map(([kind, edits, cuts]) => {
      let body: string = CORPUS[kind];
      if (kind !== 'page') body = JSON.stringify(edits.reduce(edited, JSON.parse(body) as unknown)) ?? '';
      for (const { at, take, put } of cuts) {
        const from = Math.floor(at * body.length);
        body = body.slice(0, from) + (put ?? '') + body.slice(put === null ? body.length : from + take);
      }
      return Buffer.from(body);
    });
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json({ maxDepth: 4 }).map((json) => Buffer.from(json)),
    nasty.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
  );
  return fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: noise });
}

export const KINDS = Object.keys(CORPUS) as Kind[];

const statusLine = fc.constantFrom(
  ...['HTTP/1.1 200 OK', 'HTTP/1.1 200', 'HTTP/1.0 200 OK', 'HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified'],
  ...[
    'HTTP/1.1 403 Forbidden',
    'HTTP/1.1 404 Not Found',
    'HTTP/1.1 503 Service Unavailable',
    'HTTP/1.1 500 x',
    'HTTP/1.1 999 x',
  ],
  ...[
    'HTTP/1.1 101 Switching Protocols',
    'HTTP/2 200',
    'HTTP/1.1 -1 x',
    'HTTP/1.1 20 x',
    'ICY 200 OK',
    'SSH-2.0-OpenSSH_9.2',
    '',
  ],
);
const header = fc.constantFrom(
  ...[
    'Content-Length: 5',
    'Content-Length: 0',
    'Content-Length: -1',
    'Content-Length: 99999999999999999999',
    'Content-Length: 5, 6',
  ],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip',
    'Connection: close',
    'Connection: Upgrade',
    'Upgrade: x',
    ' folded',
  ],
  ...[
    'Api-Version: 1.41',
    'Api-Version: 1.1',
    'Server: Docker/\u001b[2J (x)',
    'Server: Libpod/4 (linux)',
    'Date: never',
    'NoColon',
    ': x',
  ],
  ...[
    'Content-Type: text/html',
    'Content-Encoding: gzip',
    `X-Big: ${'a'.repeat(20_000)}`,
    'X-NUL: \u0000',
    'Location: http://elsewhere/',
  ],
);
const interim = fc.constantFrom(
  '',
  '',
  '',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3),
);

/** Bytes of an answer as they may come over a socket before it ends, where one of `kinds` is expected. */
export function hostileAnswer(kinds: readonly Kind[]): fc.Arbitrary<Buffer> {
  return fc
    .record({
      interim,
      status: fc.oneof({ weight: 4, arbitrary: fc.constant('HTTP/1.1 200 OK') }, { weight: 1, arbitrary: statusLine }),
      headers: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(header, { maxLength: 4 }) },
      ),
      body: fc.oneof(
        hostileBody(kinds),
        fc.constantFrom(...kinds).map((kind) => Buffer.from(CORPUS[kind])),
      ),
      framing: fc.constantFrom('length', 'length', 'chunks', 'bad chunks', 'none', 'short', 'long'),
      cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 1 }),
    })
    .map(({ interim: before, status, headers, body, framing, cut: at }) => {
      const size = body.length + (framing === 'short' ? 7 : framing === 'long' ? -Math.min(7, body.length) : 0);
      const framed: Readonly<Record<typeof framing, readonly [readonly string[], Buffer]>> = {
        length: [[`Content-Length: ${size}`], body],
        short: [[`Content-Length: ${size}`], body],
        long: [[`Content-Length: ${size}`], body],
        none: [[], body],
        chunks: [['Transfer-Encoding: chunked'], chunked(body, body.length.toString(16))],
        'bad chunks': [['Transfer-Encoding: chunked'], chunked(body, 'fffffffffffffffffff')],
      };
      const [lines, rest] = framed[framing];
      const head = Buffer.from(`${before}${[status, ...headers, ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
      const whole = Buffer.concat([head, rest]);
      return at === null ? whole : whole.subarray(0, Math.floor(at * whole.length));
    });
}

function chunked(body: Buffer, size: string): Buffer {
  return Buffer.concat([Buffer.from(`${size}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
}
