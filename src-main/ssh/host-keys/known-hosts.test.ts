import { describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import {
  blobOf,
  ECDSA,
  ED25519,
  type FixtureKey,
  HASHED,
  keyFields,
  OTHER_ED25519,
  RSA,
} from './known-hosts.fixture.ts';
import {
  formatKnownHostsLine,
  type HostKeyVerdict,
  judgeHostKey,
  knownKeyTypes,
  parseKnownHosts,
} from './known-hosts.ts';

const GOOD = keyFields(ED25519);
const OTHER = keyFields(OTHER_ED25519);
const UNKNOWN: HostKeyVerdict = { kind: 'unknown' };

/** `host`, `host port`: asks about ED25519 unless another key is given. */
function judge(text: string, host = 'server', key = ED25519, own = ''): HostKeyVerdict {
  const [name = '', port = '22'] = host.split(' ');
  return judgeHostKey(
    [parseKnownHosts(text, 'user'), parseKnownHosts(own, 'own')],
    { host: name, port: Number(port) },
    blobOf(key),
  );
}

const known = (line: number, file = 'user'): HostKeyVerdict => ({ kind: 'known', file, line });
const revoked = (line: number, file = 'user'): HostKeyVerdict => ({ kind: 'revoked', file, line });
const authority = (line: number): HostKeyVerdict => ({ kind: 'authority', file: 'user', line });
const unreadable = (why: string, line = 1, file = 'user'): HostKeyVerdict => ({ kind: 'unreadable', file, line, why });
const changed = (...keys: [FixtureKey, number, string?][]): HostKeyVerdict => ({
  kind: 'changed',
  known: keys.map(([{ type, fingerprint }, line, file = 'user']) => ({ type, fingerprint, file, line })),
});

describe('whom a line is for', () => {
  it.each<[string, string, HostKeyVerdict]>([
    ['server', 'server', known(1)],
    ['server', 'SERVER', known(1)],
    ['Server', 'server', known(1)],
    ['server', 'server 2222', UNKNOWN],
    ['[server]:2222', 'server 2222', known(1)],
    ['[server]:2222', 'server', UNKNOWN],
    ['[server]:2222', 'server 2223', UNKNOWN],
    ['[server]:22', 'server', UNKNOWN],
    ['other', 'server', UNKNOWN],
    ['serve', 'server', UNKNOWN],
    ['server.example', 'server', UNKNOWN],
    ['other,server,192.0.2.7', 'server', known(1)],
    ['other,server,192.0.2.7', '192.0.2.7', known(1)],
    ['other,,server', 'server', known(1)],
    ['serverX1', 'server.1', UNKNOWN],
    ['*', 'server', known(1)],
    ['*', 'server 2222', known(1)],
    ['*.example', 'a.b.example', known(1)],
    ['*.example', 'example', UNKNOWN],
    ['*.example', 'a.example 2222', UNKNOWN],
    ['[*.example]:2222', 'a.example 2222', known(1)],
    ['s?rver', 'server', known(1)],
    ['server?', 'server', UNKNOWN],
    ['s**r*', 'server', known(1)],
    ['s*v*r**', 'server', known(1)],
    ['s*v*x', 'server', UNKNOWN],
    ['192.0.2.*', '192.0.2.77', known(1)],
    ['*,!server', 'server', UNKNOWN],
    ['!server,*', 'server', UNKNOWN],
    ['!ser*,server', 'server', UNKNOWN],
    ['!other,*', 'server', known(1)],
    ['!server', 'other', UNKNOWN],
    ['2001:db8::1', '2001:db8::1', known(1)],
    ['2001:DB8::1', '2001:db8::1', known(1)],
    ['[2001:db8::1]:2222', '2001:db8::1 2222', known(1)],
    ['[2001:db8::1]:2222', '2001:db8::1', UNKNOWN],
    [HASHED.server, 'server.example', known(1)],
    [HASHED.server, 'Server.Example', known(1)],
    [HASHED.server, 'server.example 2222', UNKNOWN],
    [HASHED.server, 'server.exampl', UNKNOWN],
    [HASHED.serverPort2222, 'server.example 2222', known(1)],
    [HASHED.serverPort2222, 'server.example', UNKNOWN],
    [HASHED.ipv6, '2001:db8::1', known(1)],
    [HASHED.ipv6Port2222, '2001:db8::1 2222', known(1)],
    ['server#x', 'server', UNKNOWN],
    ['münchen', 'server', UNKNOWN],
  ])('%s, asked for %s', (hosts, host, verdict) => {
    expect(judge(`${hosts} ${GOOD}`, host)).toEqual(verdict);
  });

  it('is not slow on a pattern made to be', () => {
    const pattern = `${'*a'.repeat(120)}b`;
    const start = performance.now();
    expect(judge(`${pattern} ${GOOD}\n${'*?'.repeat(100_000)} ${GOOD}\n`, 'a'.repeat(240))).toEqual(UNKNOWN);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe('how a line is written', () => {
  it.each<[string, string, HostKeyVerdict]>([
    ['an empty file', '', UNKNOWN],
    ['comments, blank lines, CRLF', `# server ${OTHER}\r\n\r\n  \t\r\nserver ${GOOD}\r\n`, known(4)],
    ['tabs and leading blanks', ` \tserver\t${GOOD.replace(' ', ' \t ')}\tcomment`, known(1)],
    ['a comment behind the key', `server ${GOOD} ops@laptop # 2024 server ${OTHER}`, known(1)],
    ['a commented line', `#server ${GOOD}`, UNKNOWN],
    ['the same line twice', `server ${GOOD}\nserver ${GOOD}\n`, known(1)],
    ['several keys', `server ${keyFields(RSA)}\nserver ${OTHER}\nserver ${GOOD}\n`, known(3)],
    ['no line feed at the end', `other ${OTHER}\nserver ${GOOD}`, known(2)],
    ['a word', 'server', unreadable('it ends before the key')],
    ['a host and a comment', 'server # mine', unreadable('it ends before the key')],
    ['no base64', 'server ssh-ed25519', unreadable('it ends before the key, or the key type is missing')],
    ['no type', `server ${ED25519.base64}`, unreadable('it ends before the key, or the key type is missing')],
    ['base64 with a stray character', `server ${GOOD.slice(0, -3)}!PA`, unreadable('its key is not valid base64')],
    ['URL base64', `server ${GOOD.replaceAll('+', '-')}`, unreadable('its key is not valid base64')],
    ['base64 without padding', `server ${keyFields(ECDSA).slice(0, -1)}`, unreadable('its key is not valid base64')],
    ['a cut key', `server ${GOOD.slice(0, -4)}`, unreadable('its key is damaged')],
    ['two lines in one', `server ${GOOD}server ${GOOD}`, unreadable('its key is not valid base64')],
    ['two keys in one', `server ${GOOD}${ED25519.base64}`, unreadable('its key is damaged')],
    [
      'another type than its blob',
      `server ssh-rsa ${ED25519.base64}`,
      unreadable('its key is of another type than it says'),
    ],
    [
      'a type in capitals',
      `server SSH-ED25519 ${ED25519.base64}`,
      unreadable('its key is of another type than it says'),
    ],
    ['SSH 1', 'server 1024 35 1288374', unreadable('its key is of SSH protocol 1')],
    [
      'a certificate',
      `server ssh-ed25519-cert-v01@openssh.com ${ED25519.base64}`,
      unreadable('it is a certificate, and host certificates are not supported'),
    ],
    ['a broken line for another host', `other\nother ssh-rsa x\nserver ${GOOD}`, known(3)],
    ['words', `these words are for a host named these\n<<<<<<< HEAD\n=======\nserver ${GOOD}`, known(4)],
    ['a broken line beside a good one', `server ${GOOD}\nserver ssh-rsa AAAA\n`, unreadable('its key is damaged', 2)],
    ['a broken line that excludes the host', `*,!server ssh-rsa AAAA\nserver ${GOOD}\n`, known(2)],
    ['a broken line with a wildcard', `*.example ssh-rsa AAAA\nserver ${GOOD}\n`, known(2)],
  ])('%s', (_, text, verdict) => {
    expect(judge(text)).toEqual(verdict);
  });

  const [, magic = '', salt = '', hash = ''] = HASHED.server.split('|');
  it.each([
    ['a hash cut short', `|${magic}|${salt}|${hash.slice(0, -5)}`, 'its hashed host name cannot be read'],
    ['a salt that is not base64', `|${magic}|!${salt}|${hash}`, 'its hashed host name cannot be read'],
    ['a salt of another length', `|${magic}|AAAA|${hash}`, 'its hashed host name cannot be read'],
    ['a hash kind not known', `|2|${salt}|${hash}`, 'its hashed host name cannot be read'],
    ['no hash', `|${magic}|${salt}`, 'its hashed host name cannot be read'],
    ['a bar alone', '|', 'its hashed host name cannot be read'],
    ['two hashes', `${HASHED.server},${HASHED.ipv6}`, 'its hashed host name cannot be read'],
    ['a name and a hash', `other,${HASHED.server}`, 'its host field mixes hashed and plain names'],
    ['a name with an invisible mark', 'oth\u200ber', 'its host field holds characters no host name has'],
    ['a name that is not UTF-8', 'oth\ufffder', 'its host field holds characters no host name has'],
    ['a byte order mark', '\ufeffother', 'its host field holds characters no host name has'],
  ])('blocks every host for %s', (_, hosts, why) => {
    const text = `server ${GOOD}\n${hosts} ${OTHER}\n`;
    expect([judge(text), judge(text, 'any 2222')]).toEqual([unreadable(why, 2), unreadable(why, 2)]);
  });

  it.each([
    ['UTF-16', Buffer.from(`server ${GOOD}\r\n`, 'utf16le').toString('utf8'), 1],
    ['lines that end in CR alone', `# mine\rserver ${GOOD}\r@revoked server ${GOOD}\r`, 1],
    ['an escape sequence', `server ${GOOD}\nother ${OTHER} \u001b[2J`, 2],
  ])('blocks every host for %s', (_, text, line) => {
    expect(judge(text)).toEqual(unreadable('it holds control characters', line));
  });
});

describe('markers', () => {
  it.each<[string, string, HostKeyVerdict]>([
    ['revoked', `@revoked server ${GOOD}`, revoked(1)],
    ['revoked, then accepted', `@revoked server ${GOOD}\nserver ${GOOD}`, revoked(1)],
    ['accepted, then revoked', `server ${GOOD}\n@revoked * ${GOOD}`, revoked(2)],
    ['another key revoked', `@revoked server ${OTHER}\nserver ${GOOD}`, known(2)],
    ['another key revoked, none known', `@revoked server ${OTHER}`, UNKNOWN],
    ['revoked for another host', `@revoked other ${GOOD}\nserver ${GOOD}`, known(2)],
    ['revoked for all others', `@revoked *,!server ${GOOD}\nserver ${GOOD}`, known(2)],
    ['revoked, tabs', `@revoked\t server\t${GOOD}`, revoked(1)],
    ['revoked beside a broken line', `server x\n@revoked server ${GOOD}`, revoked(2)],
    [
      'revoked, unreadable',
      `server ${GOOD}\n@revoked server ${GOOD.slice(0, -4)}`,
      unreadable('its key is damaged', 2),
    ],
    ['revoked, no key', `server ${GOOD}\n@revoked server`, unreadable('it ends before the key', 2)],
    ['revoked, no host', `server ${GOOD}\n@revoked `, unreadable('it has a marker and no host', 2)],
    ['a marker alone', `server ${GOOD}\n@revoked`, unreadable('it has a marker and no host', 2)],
    ['an authority', `@cert-authority *.example ${OTHER}\nserver ${GOOD}`, known(2)],
    ['an authority for this host', `server ${GOOD}\n@cert-authority * ${OTHER}`, authority(2)],
    ['its key as an authority', `@cert-authority server ${GOOD}`, authority(1)],
    ['a marker not known', `@trusted server ${GOOD}`, unreadable('its marker is not known')],
    ['a marker in capitals', `@Revoked server ${GOOD}`, unreadable('its marker is not known')],
    ['a marker not known, another host', `@trusted other ${GOOD}\nserver ${GOOD}`, known(2)],
    [
      'two markers',
      `@revoked @cert-authority server ${OTHER}\nserver ${GOOD}`,
      unreadable('it has more than one marker'),
    ],
  ])('%s', (_, text, verdict) => {
    expect(judge(text)).toEqual(verdict);
  });

  it('a revocation without the port holds for every port', () => {
    const text = `[server]:2222 ${GOOD}\n@revoked server ${GOOD}\n`;
    expect(judge(text, 'server 2222')).toEqual(revoked(2));
  });

  it('a hashed revocation', () => {
    const text = `server.example ${GOOD}\n@revoked ${HASHED.server} ${GOOD}`;
    expect(judge(text, 'server.example')).toEqual(revoked(2));
  });
});

describe('a key that differs', () => {
  it.each<[string, string, FixtureKey, string, HostKeyVerdict]>([
    ['same type', `server ${GOOD}`, OTHER_ED25519, '', changed([ED25519, 1])],
    ['another type only', `server ${GOOD}`, ECDSA, '', changed([ED25519, 1])],
    ['several known', `server ${GOOD}\nserver ${keyFields(RSA)}`, OTHER_ED25519, '', changed([ED25519, 1], [RSA, 2])],
    ['in both files', `server ${GOOD}`, ECDSA, `server ${OTHER}`, changed([ED25519, 1], [OTHER_ED25519, 1, 'own'])],
    ['accepted by the own file', `server ${GOOD}`, ECDSA, `\nserver ${keyFields(ECDSA)}`, known(2, 'own')],
    ['the user file goes first', `server ${GOOD}`, ED25519, `server ${GOOD}`, known(1)],
    ['revoked in the own file', `server ${GOOD}`, ED25519, `@revoked * ${GOOD}`, revoked(1, 'own')],
    ['broken in the own file', `server ${GOOD}`, ED25519, 'server', unreadable('it ends before the key', 1, 'own')],
    [
      'changed beside a broken line',
      `server ${GOOD}\nserver x y`,
      ECDSA,
      '',
      unreadable('its key is not valid base64', 2),
    ],
    [
      'a type ssh2 does not know',
      `server sk-x@y ${skKey()}`,
      ED25519,
      '',
      { kind: 'changed', known: [{ type: 'sk-x@y', fingerprint: expect.any(String), file: 'user', line: 1 }] },
    ],
  ])('%s', (_, text, key, own, verdict) => {
    expect(judge(text, 'server', key, own)).toEqual(verdict);
  });
});

/** A key of a type nobody knows, as a row of strings. */
function skKey(): string {
  return Buffer.concat(
    ['sk-x@y', 'point', 'ssh:'].flatMap((text) => [Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]),
  ).toString('base64');
}

describe('knownKeyTypes', () => {
  it('lists the types known for the host once, without what is revoked', () => {
    const user = `server ${keyFields(RSA)}\nother ${keyFields(ECDSA)}\nserver ${GOOD}\nserver ${OTHER}\nserver x\n@revoked server ${keyFields(RSA)}`;
    const files = [parseKnownHosts(user, 'user'), parseKnownHosts(`ser* ${keyFields(ECDSA)}`, 'own')];
    expect([
      knownKeyTypes(files, { host: 'server', port: 22 }),
      knownKeyTypes(files, { host: 'new', port: 22 }),
    ]).toEqual([['ssh-ed25519', 'ecdsa-sha2-nistp256'], []]);
  });
});

describe('formatKnownHostsLine', () => {
  const key = blobOf(ED25519);
  it.each([
    ['Server', 22, `server ${GOOD}\n`],
    ['server', 2222, `[server]:2222 ${GOOD}\n`],
    ['2001:db8::1', 22, `2001:db8::1 ${GOOD}\n`],
    ['fe80::1%eth0', 2222, `[fe80::1%eth0]:2222 ${GOOD}\n`],
  ])('%s %i', (host, port, line) => {
    expect(formatKnownHostsLine({ host, port }, key)).toBe(line);
  });

  it('hides the name behind a salt, as ssh-keygen -H does', () => {
    const hashSalt = Buffer.from(HASHED.serverPort2222.split('|')[2] ?? '', 'base64');
    const line = formatKnownHostsLine({ host: 'server.example', port: 2222 }, key, { hashSalt });
    expect(line).toBe(`${HASHED.serverPort2222} ${GOOD}\n`);
  });

  it.each(['', '*', 'a,b', '!a', 'a b', '#a', '@revoked', '|1|', 'a\nb', 'ser?er'])('refuses the host %j', (host) => {
    expect(() => formatKnownHostsLine({ host, port: 22 }, key)).toThrow(AppError);
  });

  it('refuses what is not a key', () => {
    expect(() => formatKnownHostsLine({ host: 'server', port: 22 }, Buffer.from('x'))).toThrow(AppError);
  });
});
