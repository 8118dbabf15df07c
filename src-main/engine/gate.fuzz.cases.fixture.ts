import { FILTERS, ID } from './gate.fixture.ts';

/** One request somebody may try. */
export interface FuzzCase {
  /** By the transport; by any HTTP client on top of the agent; by the engine client. */
  readonly via: 'transport' | 'agent' | 'client';
  readonly method: string;
  readonly target: string;
  /** Of a request by the agent alone, as the three that follow. */
  readonly headers: Readonly<Record<string, string | number | string[]>> | readonly string[];
  /** Written to it; null for none. */
  readonly body: string | null;
  /** What the request is made to be once it was passed. */
  readonly tampered: { readonly method: string; readonly path: string } | null;
  readonly options: Readonly<Record<string, unknown>>;
  /** What the engine client is asked for, and given for an id and a number of seconds. */
  readonly call: 'start' | 'stop' | 'restart' | 'inspect';
  readonly id: string;
  readonly seconds: number;
}

/** Numbers from 0 up to 1, always the same for a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes cases without end: allowed requests, and such as differ from them in a few places or in everything. */
export function fuzzCases(random: () => number): () => FuzzCase {
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const chance = (share: number) => random() < share;
  const hex = (length: number) => Array.from({ length }, () => '0123456789abcdef'[below(16)]).join('');
  const id = () => (chance(0.5) ? ID : hex(64));
  const flag = () => pick(['true', 'false']);
  const time = () => `${below(2 ** 31)}${chance(0.5) ? `.${below(1e9)}` : ''}`;

  const target = (): string => {
    const version = `/v1.${41 + below(11)}`;
    const shapes: readonly (() => string)[] = [
      () => '/_ping',
      () => '/version',
      () => `${version}/networks`,
      () => `${version}/containers/json?all=${pick(['1', 'true'])}`,
      () => `${version}/containers/${chance(0.7) ? id() : hex(12 + below(53))}/json`,
      () => `${version}/containers/${id()}/stats?stream=false&one-shot=true`,
      () =>
        `${version}/containers/${id()}/logs?follow=${flag()}&stdout=${flag()}&stderr=${flag()}&timestamps=${flag()}` +
        `${chance(0.5) ? `&tail=${below(1e6)}` : ''}${chance(0.3) ? `&since=${time()}` : ''}`,
      () => `${version}/events?${chance(0.5) ? `since=${time()}&` : ''}filters=${FILTERS}`,
      // Changes more often: they are what the gate is for.
      () => `${version}/containers/${id()}/start`,
      () => `${version}/containers/${id()}/start`,
      () => `${version}/containers/${id()}/stop?t=${below(601)}`,
      () => `${version}/containers/${id()}/stop?t=${below(601)}`,
      () => `${version}/containers/${id()}/restart?t=${below(601)}`,
      () => `${version}/containers/${id()}/restart?t=${below(601)}`,
    ];
    return pick(shapes)();
  };

  const character = () =>
    String.fromCodePoint(
      pick([below(0x20), 0x20 + below(0x60), 0x80 + below(0x80), below(0xd800), 0x1f300 + below(256)]),
    );
  const inserted = (text: string, piece: string, at = below(text.length + 1)) =>
    text.slice(0, at) + piece + text.slice(at);
  const encoded = (char: string) => {
    const code = `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
    return pick([code, code.toUpperCase(), code.replace('%', '%25'), code.replace('%', '%u00')]);
  };
  const replaced = (text: string, by: (char: string) => string) => {
    const at = below(text.length);
    return text.slice(0, at) + by(text[at] ?? '/') + text.slice(at + 1);
  };
  const mutations: readonly ((text: string) => string)[] = [
    (text) => inserted(text, pick(FRAGMENTS)),
    (text) => inserted(text, pick(FRAGMENTS), text.length),
    (text) => inserted(text, pick(FRAGMENTS), 0),
    (text) => inserted(text, character()),
    (text) => replaced(text, character),
    (text) => replaced(text, encoded),
    (text) => replaced(text, (char) => (chance(0.5) ? char.toUpperCase() : char.toLowerCase())),
    (text) => text.toUpperCase(),
    (text) =>
      text.replace(pick(['/', '?', '&', '=']), pick(['//', '/./', '/../', '??', '&&', ';', '%2f', '\\', '／', ''])),
    (text) => {
      const at = below(text.length);
      return text.slice(0, at) + text.slice(at + 1 + below(12));
    },
    (text) => text.replace(/(start|stop|restart|json|stats|logs|networks|events|containers)/, () => pick(WORDS)),
    (text) => text.replace(/t=\d+/, () => `t=${pick(NUMBERS)}`),
    (text) =>
      text.replace(/\?.*/, (query) =>
        pick(['', '?', query + query, `${query}&${query.slice(1)}`, query.toUpperCase()]),
      ),
    (text) => text + pick(['&', '?']) + pick(PAIRS),
    (text) => text.replace('?', `?${pick(PAIRS)}&`),
    (text) =>
      text.replace(/[0-9a-f]{12,64}/, (whole) =>
        pick([whole.slice(1), `${whole}0`, whole.slice(0, 12), whole.toUpperCase(), ...IDS]),
      ),
    (text) => text.replace(/^\/v1\.\d+/, () => pick(VERSIONS)),
    (text) => {
      const other = target();
      return text.slice(0, below(text.length)) + other.slice(below(other.length));
    },
    (text) =>
      `${text}${pick([' HTTP/1.1\r\n', '\r\n\r\n', '\n', ' '])}POST /v1.41/containers/${ID}/kill HTTP/1.1\r\n\r\n`,
    (text) => pick(['http://engine', '//engine', 'unix:', '*', '.', '/.', ' ']) + text,
  ];
  const mutated = (text: string): string => {
    // One in a few thousand is huge: each is a megabyte of work for whoever looks at it.
    if (chance(0.0003)) return inserted(text, pick(['/', 'a', '%2e', 'é', '&t=1']).repeat(1 + below(300_000)));
    let result = text;
    for (let left = 1 + below(3); left > 0; left -= 1) result = pick(mutations)(result);
    return result;
  };
  const nonsense = () =>
    Array.from({ length: below(40) }, () => (chance(0.3) ? pick(FRAGMENTS) : character())).join('');

  const headers = (): FuzzCase['headers'] => {
    if (chance(0.5)) return {};
    const some = Array.from({ length: 1 + below(2) }, () => pick(HEADERS));
    return chance(0.05) ? some.flat().map(String) : Object.fromEntries(some);
  };

  return () => {
    const asked = target();
    const change = /\/(?:start|stop|restart)/.test(asked);
    const usual = change ? 'POST' : 'GET';
    return {
      via: pick(['transport', 'agent', 'agent', 'agent', 'client']),
      method: chance(0.75) ? usual : pick(METHODS),
      target: chance(0.15) ? asked : chance(0.05) ? nonsense() : mutated(asked),
      headers: headers(),
      body: chance(0.1)
        ? pick(['{}', 'x', `POST /v1.41/containers/${ID}/kill HTTP/1.1\r\nHost: x\r\n\r\n`, '\r\n\r\n', '0\r\n\r\n'])
        : null,
      tampered: chance(0.05) ? { method: pick(METHODS), path: mutated(asked) } : null,
      options: chance(0.1) ? pick(OPTIONS) : {},
      call: pick(['start', 'stop', 'restart', 'inspect']),
      id: chance(0.3) ? id() : pick([mutated(id()), ...IDS]),
      seconds: chance(0.3) ? below(601) : Number(pick(NUMBERS)),
    };
  };
}

const FRAGMENTS = [
  ...[
    '/',
    '//',
    '.',
    '..',
    '/..',
    '/../',
    '/./',
    '%2f',
    '%2F',
    '%2e%2e',
    '%252e',
    '%00',
    '%0d%0a',
    '%',
    '%zz',
    '?',
    '??',
  ],
  ...[
    '&',
    '=',
    '#',
    ';',
    '\\',
    ' ',
    '\t',
    '\r',
    '\n',
    '\r\n',
    '\u0000',
    '\u007f',
    '\u0085',
    '\u2028',
    '\u202e',
    '\ufeff',
  ],
  ...['+', '-', '0', '1', '９', 'ı', 'ſ', 'K', 'é', '\u0301', '\ud800', '🚢', '\u010d\u010a', '\u012f'],
  ...['json', 'kill', 'exec', 'images', 'archive', '/v1.41', 'v1.24', ID, ID.slice(0, 11), 'containers', 'plugins'],
  ...[
    '&t=1',
    '?t=1',
    '&signal=SIGKILL',
    '&all=1',
    '&stdout=true',
    '?force=true',
    'HTTP/1.1',
    '@',
    ':80',
    '/info',
    '/build',
  ],
];
const WORDS = [
  ...['kill', 'pause', 'unpause', 'rename', 'update', 'exec', 'attach', 'wait', 'resize', 'archive', 'export', 'top'],
  ...[
    'start',
    'stop',
    'restart',
    'json',
    'stats',
    'logs',
    'Start',
    'stop ',
    'volumes',
    'images',
    'networks',
    'prune',
    'create',
    '',
  ],
];
const NUMBERS = [
  ...[
    '',
    '0',
    '00',
    '01',
    '-0',
    '-1',
    '+1',
    '1.5',
    '1e2',
    '0x10',
    '600',
    '601',
    '999',
    '1000',
    '99999999999',
    '１',
    ' 1',
    '1 ',
  ],
  ...['NaN', 'Infinity', '-Infinity', '1e21', '1,0', '%31', '1&t=2', '1#', 'true'],
];
const PAIRS = [
  ...[
    't=1',
    'T=1',
    't=',
    't',
    '=1',
    't[]=1',
    't=1;t=2',
    'signal=SIGKILL',
    'force=true',
    'v=true',
    'all=1',
    'size=1',
    'link=1',
  ],
  ...['checkpoint=x', 'detachKeys=a', 'stream=true', 'filters=%7B%7D', 'X=%0d%0a'],
];
const IDS = [
  ...[
    '',
    'web',
    'json',
    'create',
    'prune',
    '..',
    '%2e%2e',
    '.',
    '/',
    `../containers/${ID}`,
    `${ID}/kill?`,
    `${ID}/exec?x=`,
  ],
  ...[
    `${ID}?`,
    `${ID}#`,
    `${ID}\r\n`,
    `${ID} `,
    ` ${ID}`,
    `${ID}/`,
    `${ID}0`,
    ID.slice(0, 63),
    ID.toUpperCase(),
    `${ID}/../${ID}`,
  ],
];
const VERSIONS = [
  ...[
    '',
    '/v1',
    '/v1.',
    '/v1.40',
    '/v1.52',
    '/v1.041',
    '/v1.410',
    '/v2.41',
    '/v1.4',
    '/V1.41',
    '/1.41',
    '/v1.41/v1.41',
    '/v1.41/',
  ],
  ...['/v1,41', '/v1x41', '/libpod', '/v4.0.0/libpod', '/v-1.41', '/v1.４１'],
];
const METHODS = [
  ...[
    'GET',
    'POST',
    'HEAD',
    'PUT',
    'DELETE',
    'PATCH',
    'OPTIONS',
    'CONNECT',
    'TRACE',
    'QUERY',
    'PROPFIND',
    'get',
    'post',
    'Post',
  ],
  ...[
    '',
    ' ',
    'GET ',
    ' POST',
    'POST\r\n',
    'GET\u0000',
    'POST /x HTTP/1.1\r\n',
    'ＰＯＳＴ',
    'GETPOST',
    'G',
    'M-SEARCH',
    '*',
  ],
];
const HEADERS: readonly (readonly [string, string | number | string[]])[] = [
  ...(
    [0, 1, 5, -1, '0', '00', '+0', '0x0', ' 0', '0 ', '0, 0', '5', '', 'zero', '1e0', ['0'], ['0', '0']] as const
  ).map((length) => ['Content-Length', typeof length === 'object' ? [...length] : length] as const),
  ...['chunked', 'identity', 'gzip, chunked', 'Chunked', 'chunked\r\nX: y'].map(
    (coding) => ['Transfer-Encoding', coding] as const,
  ),
  ...['Upgrade', 'close', 'keep-alive', 'keep-alive, Upgrade'].map((token) => ['connection', token] as const),
  ...['tcp', 'h2c', 'websocket'].map((protocol) => ['Upgrade', protocol] as const),
  ...['localhost', 'a\r\nX-Y: z', 'engine:80', '', 'é'].map((host) => ['Host', host] as const),
  ...['*/*', 'application/json', `a\r\n\r\nPOST /v1.41/containers/${ID}/kill HTTP/1.1`].map(
    (type) => ['accept', type] as const,
  ),
  ['User-Agent', 'docker/20.10'],
  ['user-agent', 'x'.repeat(3_000)],
  ['Content-Type', 'application/json'],
  ['Expect', '100-continue'],
  ['Trailer', 'X'],
  ['TE', 'trailers'],
  ['X-Registry-Auth', 'e30='],
  ['X-Registry-Config', 'e30='],
  ['Authorization', 'Basic eDp5'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Cookie', 'a=b'],
  ['Proxy-Connection', 'keep-alive'],
  ['Content-Length ', '0'],
  ['content_length', '0'],
  ['X\r\nY', 'z'],
];
const OPTIONS: readonly Readonly<Record<string, unknown>>[] = [
  { auth: 'root:secret' },
  { setHost: false },
  { socketPath: '/var/run/docker.sock' },
  { host: '127.0.0.1', port: 2375 },
  { hostname: `x\r\nPOST /v1.41/containers/${ID}/kill HTTP/1.1` },
  { setDefaultHeaders: false },
  { insecureHTTPParser: true },
  { uniqueHeaders: ['content-length'] },
  { timeout: 1 },
  { protocol: 'https:' },
  { createConnection: () => null },
];
