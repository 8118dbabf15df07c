import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { visibleText } from '../kernel/text.ts';
import { canonicalTarget, formatTarget, parseTarget, type SshTarget, shownTarget } from './target.ts';

const options = { defaultUser: 'ops' };
const DEFAULTS = { user: 'ops', host: 'server', port: 22, socketPath: '/var/run/docker.sock' };

function refusal(text: string, defaultUser = 'ops'): AppError {
  try {
    parseTarget(text, { defaultUser });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('parseTarget', () => {
  it.each<[string, Partial<SshTarget>]>([
    ['ssh://server', {}],
    ['SSH://Server', {}],
    ['ssh://server/', {}],
    ['ssh://server:22/var/run/docker.sock', {}],
    ['ssh://root@server:2222', { user: 'root', port: 2222 }],
    ['ssh://server:65535', { port: 65_535 }],
    ['ssh://root@server/run/user/1000/docker.sock', { user: 'root', socketPath: '/run/user/1000/docker.sock' }],
    ['ssh://server/run/a%23b@c:d.sock', { socketPath: '/run/a#b@c:d.sock' }],
    ['ssh://corp%5Cann%3Ax@server', { user: 'corp\\ann:x' }],
    ['ssh://ann@corp.example@server', { user: 'ann@corp.example' }],
    ['ssh://j%C3%BCrgen@server', { user: 'jürgen' }],
    ['ssh://192.0.2.7', { host: '192.0.2.7' }],
    ['ssh://my_host.internal.', { host: 'my_host.internal.' }],
    ['ssh://[2001:DB8:0:0::1]:2222', { host: '2001:db8::1', port: 2222 }],
    ['ssh://[::FFFF:192.0.2.7]', { host: '::ffff:192.0.2.7' }],
    ['ssh://[fe80::1%25eth0]', { host: 'fe80::1%eth0' }],
    ['ssh://[fe80::1%eth0]', { host: 'fe80::1%eth0' }],
    [`ssh://server/${'s'.repeat(106)}`, { socketPath: `/${'s'.repeat(106)}` }],
  ])('reads %s', (text, parts) => {
    expect(parseTarget(text, options)).toEqual({ ...DEFAULTS, ...parts });
  });

  it.each([
    ['', 'does not begin with ssh://'],
    ['root@server', 'does not begin with ssh://'],
    ['tcp://server:2375', 'does not begin with ssh://'],
    ['unix:///var/run/docker.sock', 'does not begin with ssh://'],
    ['ssh:/server', 'does not begin with ssh://'],
    ['ssh://', 'names no host'],
    ['ssh:///var/run/docker.sock', 'names no host'],
    ['ssh://root@', 'names no host'],
    ['ssh://root@:22', 'names no host'],
    ['ssh://@server', 'names no user'],
    ['ssh://-oProxyCommand=id@server', 'has a user name that begins with a dash'],
    ['ssh://%2DoProxyCommand=id@server', 'has a user name that begins with a dash'],
    ['ssh://-oProxyCommand=id', 'has a host name that begins with a dash'],
    ['ssh://%2Dserver', 'has a host name with characters a host name cannot have'],
    ['ssh://ser%76er', 'has a host name with characters a host name cannot have'],
    ['ssh://a,b', 'has a host name with characters a host name cannot have'],
    ['ssh://*', 'has a host name with characters a host name cannot have'],
    ['ssh://.server', 'has a host name with characters a host name cannot have'],
    ['ssh://a\\b', 'has a host name with characters a host name cannot have'],
    ['ssh://münchen.example', 'has a host name with letters outside ASCII'],
    [`ssh://${'h'.repeat(256)}`, 'has a host name that is too long'],
    [`ssh://${'u'.repeat(256)}@server`, 'has a user name that is too long'],
    [`ssh://server/${'s'.repeat(3000)}`, 'is too long'],
    [`ssh://server/${'s'.repeat(107)}`, 'has a socket path that is too long'],
    [`ssh://server/${'%C3%BC'.repeat(54)}`, 'has a socket path that is too long'],
    ['ssh://server?x=1', 'has a query or a fragment'],
    ['ssh://server/run/docker.sock?x', 'has a query or a fragment'],
    ['ssh://server#x', 'has a query or a fragment'],
    ['ssh://server:0', 'has a port that is not a number from 1 to 65535'],
    ['ssh://server:65536', 'has a port that is not a number from 1 to 65535'],
    ['ssh://server:', 'has a port that is not a number from 1 to 65535'],
    ['ssh://server:022', 'has a port that is not a number from 1 to 65535'],
    ['ssh://server:+22', 'has a port that is not a number from 1 to 65535'],
    ['ssh://server:２２', 'has a port that is not a number from 1 to 65535'],
    ['ssh://2001:db8::1', 'has more than one colon after the user'],
    ['ssh://[2001:db8::1', 'has more than one colon after the user'],
    ['ssh://[server]', 'has something in brackets that is not an IPv6 address'],
    ['ssh://[192.0.2.7]', 'has something in brackets that is not an IPv6 address'],
    ['ssh://[]', 'has something in brackets that is not an IPv6 address'],
    ['ssh://[::1]x', 'has more than one colon after the user'],
    ['ssh://[::1]:', 'has a port that is not a number from 1 to 65535'],
    ['ssh://[fe80::1%25]', 'has an IPv6 zone that cannot be one'],
    ['ssh://[fe80::1%25a;b]', 'has an IPv6 zone that cannot be one'],
    ['ssh://server/run/../etc/x', 'has a socket path with . or .. in it'],
    ['ssh://server/run/%2e%2e/etc/x', 'has a socket path with . or .. in it'],
    ['ssh://server/run%2F..%2Fx', 'has a socket path with . or .. in it'],
    ['ssh://server/./x', 'has a socket path with . or .. in it'],
    ['ssh://server/var/run/', 'has a path that names a folder, not a socket'],
    ['ssh://server/a%00b', 'has a socket path with a space, a control character or an invisible mark'],
    ['ssh://server/a%20b', 'has a socket path with a space, a control character or an invisible mark'],
    ['ssh://server/a%E2%80%AEb', 'has a socket path with a space, a control character or an invisible mark'],
    ['ssh://a%0Ab@server', 'has a user name with a space, a control character or an invisible mark'],
    ['ssh://server/a%zz', 'has a % that is not followed by two hexadecimal digits of UTF-8'],
    ['ssh://server/a%ff', 'has a % that is not followed by two hexadecimal digits of UTF-8'],
    [' ssh://server', 'holds a space, a control character or an invisible mark'],
    ['ssh://server\n', 'holds a space, a control character or an invisible mark'],
    ['ssh://ser\u0000ver', 'holds a space, a control character or an invisible mark'],
    ['ssh://ser\u202ever', 'holds a space, a control character or an invisible mark'],
    ['ssh://ser\u200bver', 'holds a space, a control character or an invisible mark'],
    ['ssh://a\ud800@server', 'holds a space, a control character or an invisible mark'],
  ])('refuses %j', (text, why) => {
    const { code, message, hint } = refusal(text);
    expect({ code, message, hasHint: hint !== null }).toEqual({
      code: 'TARGET_INVALID',
      message: `The target ${why}.`,
      hasHint: true,
    });
  });

  it.each([
    'ssh://root:hunter2@server',
    'ssh://root:hunter2@server:22/run/docker.sock',
    'ssh://root:hunter2/more@server',
    'ssh://root@corp:hunter2@server',
    'ssh://root:hunter2?@server',
    'ssh://root:hunter2 @server',
    'root:hunter2@server',
    'tcp://root:hunter2@server',
  ])('tells nothing of the password in %s', (text) => {
    const { code, message, hint, details, stack } = refusal(text);
    const told = JSON.stringify({ code, message, hint, details, stack, shown: shownTarget(text) });
    expect([code, told.includes('hunter2')]).toEqual(['TARGET_INVALID', false]);
  });

  it('names the ASCII form of a host with other letters', () => {
    expect(refusal('ssh://münchen.example').hint).toBe('If you mean xn--mnchen-3ya.example, write it so.');
  });

  it.each(['', 'First Last', '-x', 'a\u0007'])('refuses %j as the default user', (user) => {
    expect(refusal('ssh://server', user).code).toBe('TARGET_INVALID');
  });

  it('answers 100,000 random texts with a target or TARGET_INVALID', () => {
    const piece = fc.constantFrom(
      ...[
        'ssh://',
        'SSH://',
        '@',
        ':',
        '/',
        '//',
        '[',
        ']',
        '::1',
        'fe80::1%25e',
        '%',
        '%2',
        '%2e',
        '%00',
        '%ff',
        '%C3%BC',
      ],
      ...[
        '..',
        '.',
        '-',
        '?',
        '#',
        '22',
        '65536',
        'root',
        'server',
        '1.2.3.4',
        'ü',
        '\u202e',
        '\ud800',
        '\0',
        ' ',
        '\\',
        ',',
      ],
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.array(piece, { maxLength: 8 }).map((pieces) => `ssh://${pieces.join('')}`),
      fc.string({ unit: 'binary', maxLength: 40 }).map((tail) => `ssh://${tail}`),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    let accepted = 0;
    fc.assert(
      fc.property(text, (given) => {
        try {
          const target = parseTarget(given, options);
          accepted += 1;
          return (
            isSafe(target) && JSON.stringify(parseTarget(formatTarget(target), options)) === JSON.stringify(target)
          );
        } catch (error) {
          return error instanceof AppError && error.code === 'TARGET_INVALID';
        }
      }),
      { numRuns: 100_000 },
    );
    expect(accepted).toBeGreaterThan(500);
  }, 180_000);
});

/** What the rest of the core relies on, said again in other words. */
function isSafe({ user, host, port, socketPath }: SshTarget): boolean {
  return (
    /^[^-\s\p{Cc}][^\s\p{Cc}]*$/u.test(user) &&
    /^([a-z0-9_][a-z0-9._-]*|[0-9a-f:.]+(%[\w.-]+)?)$/i.test(host) &&
    Number.isInteger(port) &&
    port >= 1 &&
    port <= 65_535 &&
    /^\/[^\s\p{Cc}]*[^/\s\p{Cc}]$/u.test(socketPath) &&
    !/\/\.\.?(\/|$)/.test(socketPath) &&
    Buffer.byteLength(socketPath) <= 107
  );
}

describe('formatTarget', () => {
  it.each<[Partial<SshTarget>, string]>([
    [{}, 'ssh://ops@server'],
    [{ port: 2222 }, 'ssh://ops@server:2222'],
    [{ socketPath: '/run/podman/podman.sock' }, 'ssh://ops@server/run/podman/podman.sock'],
    [{ user: 'a@b:c/d%' }, 'ssh://a%40b%3Ac%2Fd%25@server'],
    [{ host: '::1' }, 'ssh://ops@[::1]'],
    [{ host: 'fe80::1%eth0', port: 23 }, 'ssh://ops@[fe80::1%25eth0]:23'],
  ])('writes %j', (parts, text) => {
    expect(formatTarget({ ...DEFAULTS, ...parts })).toBe(text);
  });

  it('is read back as the same target', () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => !/[\s/]/.test(text) && text !== '.' && text !== '..');
    const target = fc.record({
      user: fc
        .oneof(word, fc.string({ unit: fc.constantFrom(...'ab%:@?#\\/+!'), minLength: 1 }))
        .filter((text) => !text.startsWith('-') && visibleText(text) === text),
      host: fc.oneof(
        fc.stringMatching(/^[a-z0-9_][a-z0-9._-]{0,20}$/),
        fc.ipV4(),
        fc.ipV6().map((address) => parseTarget(`ssh://[${address}]`, options).host),
        fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,10}$/).map((zone) => `fe80::1%${zone}`),
      ),
      port: fc.integer({ min: 1, max: 65_535 }),
      socketPath: fc
        .array(word, { minLength: 1, maxLength: 4 })
        .map((words) => `/${words.join('/')}`)
        .filter((path) => Buffer.byteLength(path) <= 107 && visibleText(path) === path),
    });
    fc.assert(
      fc.property(target, (given) => {
        expect(parseTarget(formatTarget(given), { defaultUser: 'nobody' })).toEqual(given);
      }),
      { numRuns: 20_000 },
    );
  }, 180_000);
});

describe('canonicalTarget', () => {
  it('is the one form of a target, and null for what is none', () => {
    const texts = ['ssh://SERVER:22/', 'ssh://ops@server/run/docker.sock', 'server', 'ssh://a b'];
    expect(texts.map((text) => canonicalTarget(text, options))).toEqual([
      'ssh://ops@server',
      'ssh://ops@server/run/docker.sock',
      null,
      null,
    ]);
  });
});

describe('shownTarget', () => {
  it.each([
    ['ssh://root@server:22/run/docker.sock', 'ssh://root@server:22/run/docker.sock'],
    ['ssh://root:hunter2@server', 'ssh://root:…@server'],
    ['ssh://root:hunt@er2@server', 'ssh://root:…@server'],
    ['root:hunter2@server', 'root:…@server'],
    ['ssh://ser\u202ever', 'ssh://ser\\u{202e}ver'],
  ])('%j', (text, shown) => {
    expect(shownTarget(text)).toBe(shown);
  });
});
