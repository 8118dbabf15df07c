import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Hop } from '../hop.ts';
import type { LoadedConfig } from './files.ts';
import { parseConfig } from './lines.ts';
import { namesIn } from './lookup.ts';
import { findRoute } from './route.ts';

const REAL = [
  'Host *\n    ServerAliveInterval 60\n    AddKeysToAgent yes\n    IdentityFile ~/.ssh/id_ed25519\n',
  'Host bastion\n  HostName 192.0.2.10\n  User ana\n  Port 2222\n\nHost web? db-*.internal !db-old.internal\n  ProxyJump bastion\n  IdentitiesOnly yes\n',
  'Match host *.corp exec "test -f ~/.vpn"\n  ProxyCommand nc -X 5 -x proxy:1080 %h %p\nMatch final all\n  User "CORP\\\\ana"\n',
  '# generated\r\nHost "web" db\r\n\tHostName=%h.example\r\n\tHostKeyAlias prod-%h\r\n\tUserKnownHostsFile ~/.ssh/a "~/.ssh/b c"\r\n',
  'IgnoreUnknown UseKeychain,X*\nUseKeychain yes\nHost web\n  IdentityAgent "~/Library/agent.sock"\n  PreferredAuthentications publickey,password\n  CertificateFile ~/.ssh/c.pub\n',
  'Host a\n ProxyJump b,ssh://ana@c:23\nHost b\n ProxyJump none\nHost c\n HostName 2001:db8::1\nInclude conf.d/*\nRevokedHostKeys none\n',
];
const OTHERS = ['Host a\n  ProxyCommand ssh -W %h:%p bastion\n', 'Host db-* a\n  RevokedHostKeys /etc/ssh/revoked\n'];
const PIECES = [
  ...[
    'Host ',
    'Match ',
    'HostName ',
    'ProxyJump ',
    'ProxyCommand ',
    'User ',
    'Port ',
    'IdentityFile ',
    'IdentityAgent ',
  ],
  ...[
    'HostKeyAlias ',
    'UserKnownHostsFile ',
    'ServerAliveInterval ',
    'IgnoreUnknown ',
    'Include ',
    'CanonicalizeHostname ',
  ],
  ...[
    'all',
    'final',
    'exec',
    'host',
    '!',
    '*',
    '?',
    ',',
    '=',
    '"',
    "'",
    '\\',
    '#',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\f',
    '\0',
  ],
  ...[
    '%h',
    '%n',
    '%',
    '%%',
    '$',
    '{',
    '}',
    '~',
    '~/',
    '@',
    ':',
    '[',
    ']',
    '::1',
    '22',
    '65536',
    'none',
    'yes',
    'no',
    '1m',
  ],
  ...[
    'web',
    'bastion',
    'a',
    'b',
    'ssh://',
    '-x',
    '../',
    '/k',
    'ü',
    '\u202e',
    '\ud800',
    '\ufeff',
    '__proto__',
    'constructor',
  ],
];
const piece = fc.constantFrom(...PIECES);

/** Cuts something out of a text, and puts something else there. */
const mutation = fc.record({
  at: fc.nat(1_000),
  drop: fc.nat(12),
  put: fc.oneof(piece, fc.string({ maxLength: 6 }), fc.constant('')),
});
const mutated = fc
  .tuple(fc.subarray([...OTHERS, ...REAL], { minLength: 1 }), fc.array(mutation, { maxLength: 4 }))
  .map(([files, mutations]) =>
    mutations.reduce((text, { at, drop, put }) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + drop);
    }, files.join('')),
  );
const text = fc.oneof(
  { weight: 5, arbitrary: mutated },
  { weight: 3, arbitrary: fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('utf8')) },
);
const options = {
  defaultUser: 'me',
  agentSocket: null,
  homeDir: '/home/me',
  environment: { HOME: '/home/me' },
  namedFiles: [],
};

/** As it is loaded where no file that it includes is there. */
function loaded(file: string): LoadedConfig {
  const blocks = parseConfig(file, 'config').map(({ body, ...block }) => ({
    ...block,
    body: body.map((line) =>
      line.kind === 'include' ? { kind: line.kind, place: line.place, files: [], leftOut: false } : line,
    ),
  }));
  return { blocks };
}

/** What the rest of the core relies on, said again in other words. */
function isSafe({ user, host, port, knownAs, identityFiles, knownHostsFiles, agentSocket, keepalive }: Hop): boolean {
  const isPath = (path: string) => path.startsWith('/') && !/\p{Cc}/u.test(path);
  return (
    !/[\p{Cc}\u202a-\u202e]/u.test(user) &&
    /^([a-z0-9_][a-z0-9._-]*|[0-9a-f:.]+(%[\w.-]+)?)$/i.test(host) &&
    host.length <= 255 &&
    port >= 1 &&
    port <= 65_535 &&
    /^[a-z0-9_[:][a-z0-9._:%[\]-]*$/i.test(knownAs.host) &&
    [...(identityFiles ?? []), ...(knownHostsFiles ?? []), ...(agentSocket === null ? [] : [agentSocket])].every(
      isPath,
    ) &&
    keepalive.intervalMs * (keepalive.count + 1) <= limits.ssh.keepaliveMs * (limits.ssh.keepaliveCount + 1)
  );
}

it('gives a way or an AppError of its own for 100,000 random and damaged files', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(text, fc.constantFrom('web', 'bastion', 'a', 'db-1.internal'), (file, name) => {
      let end = 'way';
      try {
        const config = loaded(file);
        const { hops, notes } = findRoute([config], { name, user: null, port: null }, options);
        if (!hops.every(isSafe) || hops.length > limits.ssh.hops) return false;
        if (notes.some(({ text }) => /\p{Cc}/u.test(text)) || namesIn([config]).some((each) => /[*?]/.test(each)))
          return false;
        if (hops.length > 1) end = 'way through others';
      } catch (error) {
        if (!(error instanceof AppError) || /\p{Cc}/u.test(error.message)) throw error;
        end = error.code;
      }
      seen.set(end, (seen.get(end) ?? 0) + 1);
      return end.startsWith('way') || end === 'SSH_CONFIG_BROKEN' || end === 'SSH_CONFIG_UNSUPPORTED';
    }),
    { numRuns: 100_000 },
  );
  expect(
    [...seen]
      .filter(([, count]) => count > 500)
      .map(([end]) => end)
      .sort(),
  ).toEqual(['SSH_CONFIG_BROKEN', 'SSH_CONFIG_UNSUPPORTED', 'way', 'way through others']);
}, 300_000);

it.each([
  ['blanks before a word', `Host web${' '.repeat(500_000)}x`],
  ['quotes', `Host ${'"a" '.repeat(100_000)}`],
  ['backslashes', `Host ${'\\\\'.repeat(250_000)}`],
  ['stars', `Host ${'*a'.repeat(1_000)}\nMatch host ${'*a'.repeat(100_000)}`],
  ['a list', `Match host ${'!a*,'.repeat(100_000)}web\nPort 23`],
  ['tokens', `HostName ${'%h'.repeat(120)}`],
  ['digits of a time', `ServerAliveInterval ${'1'.repeat(500_000)}x`],
  ['machines on the way', `ProxyJump ${'a,'.repeat(250_000)}b`],
  ['variables', `IdentityFile ${'$'.concat('{').repeat(250_000)}`],
  ['a command', `ProxyCommand ssh ${'-W '.repeat(250_000)}`],
  ['equals signs', `ProxyJump ${'= '.repeat(250_000)}`],
  ['comments', `ProxyJump ${'#'.repeat(500_000)}`],
])('does not hang on half a million %s', (_, file) => {
  const begun = performance.now();
  try {
    findRoute([loaded(file)], { name: 'a'.repeat(60), user: null, port: null }, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  expect(performance.now() - begun).toBeLessThan(5_000);
});
