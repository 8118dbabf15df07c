import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blobOf, ECDSA, ED25519, type FixtureKey, HASHED, keyFields, OTHER_ED25519 } from './known-hosts.fixture.ts';
import { type HostKeyVerdict, judgeHostKey, knownKeyTypes, parseKnownHosts } from './known-hosts.ts';

const KEYS: readonly FixtureKey[] = [ED25519, OTHER_ED25519, ECDSA];
const HOSTS = ['server.example', 'server', 'a', '2001:db8::1'];
/** What HostKeyAlias names is looked up as it is, in lower case and without a port. */
const alias = fc.constantFrom('Prod', 'server', '[server]:2222').map((host) => ({ host, port: 22 }));
const address = fc.oneof(
  { weight: 4, arbitrary: fc.record({ host: fc.constantFrom(...HOSTS), port: fc.constantFrom(22, 2222) }) },
  { weight: 1, arbitrary: alias },
);
const offered = fc.constantFrom(...KEYS);

// The oracle: written from sshd(8), with regular expressions and no sharing of code, slow and plain.

type Asked = { readonly host: string; readonly port: number };

function oracleName({ host, port }: Asked): string {
  return port === 22 ? host.toLowerCase() : `[${host}]:${port}`;
}

function oracleMatches(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) {
    const [, , salt = '', hash] = hosts.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const hit = (glob: string) => {
    const source = [...glob.toLowerCase()].map((char) =>
      char === '*' ? '.*' : char === '?' ? '.' : char.replace(/[.+^${}()|[\]\\]/, '\\$&'),
    );
    return new RegExp(`^${source.join('')}$`).test(name);
  };
  const items = hosts.split(',');
  return (
    items.some((item) => !item.startsWith('!') && hit(item)) &&
    !items.some((item) => item.startsWith('!') && hit(item.slice(1)))
  );
}

it('never accepts a key that does not stand in a line for the host, nor throws, for 100,000 damaged files', () => {
  const piece = fc.constantFrom(
    ...[
      'server.example',
      'server',
      'a',
      '*',
      '?',
      '!',
      ',',
      '[server]:2222',
      'prod',
      '2001:db8::1',
      HASHED.server,
      HASHED.ipv6Port2222,
    ],
    ...[
      '|1|',
      '|',
      '@revoked',
      '@cert-authority',
      '@x',
      '#',
      ' ',
      ' ',
      ' ',
      '\t',
      '\n',
      '\n',
      '\r\n',
      '\r',
      '\0',
      '\ufeff',
    ],
    ...[
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      ...KEYS.map(keyFields),
      ...KEYS.map(keyFields),
      ...KEYS.map(({ base64 }) => base64),
      '=',
      'AAAA',
    ],
  );
  const damaged = fc.oneof(
    { weight: 6, arbitrary: fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join('')) },
    {
      weight: 3,
      arbitrary: fc
        .array(
          fc.tuple(piece, offered).map(([hosts, key]) => `${hosts} ${keyFields(key)}\n`),
          { maxLength: 4 },
        )
        .map((lines) => lines.join('')),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  );
  let accepted = 0;
  fc.assert(
    fc.property(damaged, damaged, address, offered, (user, own, asked, key) => {
      const texts = [user, own];
      const files = [parseKnownHosts(user, '0'), parseKnownHosts(own, '1')];
      const verdict = judgeHostKey(files, asked, blobOf(key));
      const types = knownKeyTypes(files, asked);
      if (verdict.kind !== 'known') return true;
      accepted += 1;
      const line = (texts[Number(verdict.file)] ?? '').split('\n')[verdict.line - 1] ?? '';
      const [hosts = '', type, base64] = line.trim().split(/[ \t]+/);
      const isLiteral = oracleMatches(hosts, oracleName(asked)) && type === key.type && base64 === key.base64;
      const isRevoked = texts.some((text) =>
        text.split('\n').some((other) => {
          const [marker, names = '', , revokedKey] = other.trim().split(/[ \t]+/);
          return marker === '@revoked' && oracleMatches(names, oracleName(asked)) && revokedKey === key.base64;
        }),
      );
      return isLiteral && !isRevoked && types.includes(key.type);
    }),
    { numRuns: 100_000 },
  );
  // About one in a hundred is undamaged where it counts; without any the property would say nothing.
  expect(accepted).toBeGreaterThan(500);
}, 180_000);

it('gives the verdict of the oracle for 100,000 well-formed files', () => {
  const pattern = fc.constantFrom(
    ...[
      'server.example',
      'SERVER',
      'a',
      '*',
      '*.example',
      's?rver',
      '?',
      '[server]:2222',
      '[*]:2222',
      '[2001:db8::1]:2222',
      '2001:db8::1',
      'prod',
      'b',
    ],
  );
  const plain = fc
    .array(fc.tuple(fc.constantFrom('', '', '', '!'), pattern), { minLength: 1, maxLength: 3 })
    .map((items) => items.map(([negation, glob]) => negation + glob).join(','));
  const record = fc.record({
    file: fc.constantFrom('user', 'own'),
    marker: fc.constantFrom('', '', '', '', '', '@revoked', '@cert-authority', '@else'),
    hosts: fc.oneof(
      { weight: 4, arbitrary: plain },
      { weight: 1, arbitrary: fc.constantFrom(...Object.values(HASHED)) },
    ),
    key: offered,
    broken: fc.constantFrom(false, false, false, false, false, true),
  });
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), address, offered, (records, asked, key) => {
      const textOf = (file: string) =>
        records
          .filter((line) => line.file === file)
          .map(
            ({ marker, hosts, key: { type, base64 }, broken }) =>
              `${marker} ${hosts} ${type} ${broken ? base64.slice(4) : base64}\n`,
          )
          .join('');
      const files = ['user', 'own'].map((file) => parseKnownHosts(textOf(file), file));
      const verdict = judgeHostKey(files, asked, blobOf(key));
      seen.set(verdict.kind, (seen.get(verdict.kind) ?? 0) + 1);

      const forHost = records.filter(
        ({ marker, hosts }) =>
          oracleMatches(hosts, oracleName(asked)) ||
          (marker === '@revoked' && oracleMatches(hosts, asked.host.toLowerCase())),
      );
      const isAuthority = (line: (typeof records)[number]) => !line.broken && line.marker === '@cert-authority';
      const isBroken = (line: (typeof records)[number]) => line.broken || isAuthority(line) || line.marker === '@else';
      const good = forHost.filter((line) => !isBroken(line));
      const accepted = good.filter(({ marker }) => marker === '').map((line) => line.key);
      let expected: HostKeyVerdict['kind'] = 'unknown';
      if (accepted.length > 0) expected = accepted.includes(key) ? 'known' : 'changed';
      // In the order in which the files are read.
      const first = forHost.toSorted((a, b) => b.file.localeCompare(a.file)).find(isBroken);
      if (first !== undefined) expected = isAuthority(first) ? 'authority' : 'unreadable';
      if (good.some((line) => line.marker === '@revoked' && line.key === key)) expected = 'revoked';
      return verdict.kind === expected;
    }),
    { numRuns: 100_000 },
  );
  expect(
    [...seen]
      .filter(([, count]) => count > 1_000)
      .map(([kind]) => kind)
      .sort(),
  ).toEqual(['authority', 'changed', 'known', 'revoked', 'unknown', 'unreadable']);
}, 180_000);
