import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { visibleText } from '../kernel/text.ts';
import {
  canonicalTarget,
  type EngineAddress,
  formatTarget,
  type HostTarget,
  machineName,
  parseTarget,
  type SshTarget,
  shownTarget,
} from './target.ts';
import { hostOf } from './target-host.ts';

const socket = (path: string | null, via: 'any' | 'dial-stdio' | 'sudo-dial-stdio' = 'any'): EngineAddress => ({
  kind: 'socket',
  path,
  via,
});
const DEFAULTS: SshTarget = { kind: 'ssh', user: null, host: 'server', port: null, engine: socket(null) };
const local = (path: string | null): HostTarget => ({ kind: 'local', engine: { kind: 'socket', path } });

function refusal(text: string): AppError {
  try {
    parseTarget(text);
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
    ['ssh://server:22/var/run/docker.sock', { port: 22 }],
    ['ssh://root@server:2222', { user: 'root', port: 2222 }],
    ['ssh://server:65535', { port: 65_535 }],
    ['ssh://root@server/run/user/1000/docker.sock', { user: 'root', engine: socket('/run/user/1000/docker.sock') }],
    ['ssh://server/run/a%23b@c:d.sock', { engine: socket('/run/a#b@c:d.sock') }],
    ['ssh://corp%5Cann%3Ax@server', { user: 'corp\\ann:x' }],
    ['ssh://ann@corp.example@server', { user: 'ann@corp.example' }],
    ['ssh://j%C3%BCrgen@server', { user: 'jürgen' }],
    ['ssh://192.0.2.7', { host: '192.0.2.7' }],
    ['ssh://my_host.internal.', { host: 'my_host.internal.' }],
    ['ssh://[2001:DB8:0:0::1]:2222', { host: '2001:db8::1', port: 2222 }],
    ['ssh://[::FFFF:192.0.2.7]', { host: '::ffff:192.0.2.7' }],
    ['ssh://[fe80::1%25eth0]', { host: 'fe80::1%eth0' }],
    ['ssh://[fe80::1%eth0]', { host: 'fe80::1%eth0' }],
    [`ssh://server/${'s'.repeat(106)}`, { engine: socket(`/${'s'.repeat(106)}`) }],
    ['ssh://server/run/what%3Fx', { engine: socket('/run/what?x') }],
    ['ssh://server?via=dial-stdio', { engine: socket(null, 'dial-stdio') }],
    ['ssh://server/?via=sudo-dial-stdio', { engine: socket(null, 'sudo-dial-stdio') }],
    ['ssh://a@server:23/x.sock?via=dial-stdio', { user: 'a', port: 23, engine: socket('/x.sock', 'dial-stdio') }],
    // The docker client there may be set to another engine: the path was meant.
    ['ssh://server/var/run/docker.sock?via=dial-stdio', { engine: socket('/var/run/docker.sock', 'dial-stdio') }],
    ['ssh://server?tcp=127.0.0.1:2375', { engine: { kind: 'tcp', host: '127.0.0.1', port: 2375 } }],
    ['ssh://server/?tcp=Proxy:2375', { engine: { kind: 'tcp', host: 'proxy', port: 2375 } }],
    ['ssh://server?tcp=[::1]:2375', { engine: { kind: 'tcp', host: '::1', port: 2375 } }],
    ['ssh://server?tcp=[fe80::1%25eth0]:2375', { engine: { kind: 'tcp', host: 'fe80::1%eth0', port: 2375 } }],
  ])('reads %s', (text, parts) => {
    expect(parseTarget(text)).toEqual({ ...DEFAULTS, ...parts });
  });

  it.each<[string, HostTarget]>([
    ['local:', local(null)],
    ['LOCAL:', local(null)],
    ['local:/', local(null)],
    ['local:/var/run/docker.sock', local(null)],
    ['local:/run/user/1000/docker.sock', local('/run/user/1000/docker.sock')],
    ['local:/run/a%23b', local('/run/a#b')],
  ])('reads %s', (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });

  it.each([
    ['', 'does not begin with ssh:// or local:'],
    ['root@server', 'does not begin with ssh:// or local:'],
    ['tcp://server:2375', 'does not begin with ssh:// or local:'],
    ['unix:///var/run/docker.sock', 'does not begin with ssh:// or local:'],
    ['ssh:/server', 'does not begin with ssh:// or local:'],
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
    ['ssh://server?', 'has a query that is not known'],
    ['ssh://server?x=1', 'has a query that is not known'],
    ['ssh://server/run/docker.sock?x', 'has a query that is not known'],
    ['ssh://server?VIA=dial-stdio', 'has a query that is not known'],
    ['ssh://server?via', 'has a via that is not known'],
    ['ssh://server?via=', 'has a via that is not known'],
    ['ssh://server?via=any', 'has a via that is not known'],
    ['ssh://server?via=dial-stdio/', 'has a via that is not known'],
    ['ssh://server?via=dial%2Dstdio', 'has a via that is not known'],
    ['ssh://server?via=dial-stdio&tcp=a:1', 'asks for more than one way to the engine'],
    ['ssh://server?via=dial-stdio?via=dial-stdio', 'asks for more than one way to the engine'],
    ['ssh://server/run/x.sock?tcp=127.0.0.1:2375', 'has both a socket path and a TCP port'],
    ['ssh://server/var/run/docker.sock?tcp=127.0.0.1:2375', 'has both a socket path and a TCP port'],
    ['ssh://server?tcp', 'has something after tcp= that is not HOST:PORT'],
    ['ssh://server?tcp=127.0.0.1', 'has something after tcp= that is not HOST:PORT'],
    ['ssh://server?tcp=:2375', 'has something after tcp= that is not HOST:PORT'],
    ['ssh://server?tcp=127.0.0.1:0', 'has something after tcp= that is not HOST:PORT'],
    ['ssh://server?tcp=127.0.0.1:2375/', 'has something after tcp= that is not HOST:PORT'],
    ['ssh://server?tcp=::1:2375', 'has something after tcp= that is not HOST:PORT'],
    ['ssh://server?tcp=a@b:2375', 'has something after tcp= that is not HOST:PORT'],
    ['ssh://server#x', 'has a fragment'],
    ['local:#x', 'has a fragment'],
    ['local:?via=dial-stdio', 'is local and has a query'],
    ['local:run/docker.sock', 'is local and has no whole path after the colon'],
    ['local://', 'is local and has no whole path after the colon'],
    ['local://host/run/docker.sock', 'is local and has no whole path after the colon'],
    ['local:/run/', 'has a path that names a folder, not a socket'],
    ['local:/run/../x', 'has a socket path with . or .. in it'],
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
    'ssh://server?tcp=root:hunter2@server',
    'ssh://server?via=root:hunter2@server',
    'local:root:hunter2@server',
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
      ...['local:', '?via=', '?tcp=', 'dial-stdio', 'sudo-', '?via=sudo-dial-stdio', '?tcp=[::1]:2375', '&'],
    );
    const engine = fc.constantFrom('', '/x', '?tcp=', '?tcp=a:22', '?via=dial-stdio', '?via=sudo-dial-stdio', '?via=');
    const end = fc.oneof(fc.constant(''), piece);
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.array(piece, { maxLength: 8 }).map((pieces) => `ssh://${pieces.join('')}`),
      fc.array(piece, { maxLength: 4 }).map((pieces) => `local:/${pieces.join('')}`),
      fc.tuple(piece, engine, end).map(([host, way, tail]) => `ssh://${host}${way}${tail}`),
      fc.string({ unit: 'binary', maxLength: 40 }).map((tail) => `ssh://${tail}`),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    const accepted = new Map<string, number>();
    fc.assert(
      fc.property(text, (given) => {
        try {
          const target = parseTarget(given);
          const way =
            target.engine.kind === 'socket' && 'via' in target.engine ? target.engine.via : target.engine.kind;
          accepted.set(`${target.kind} ${way}`, (accepted.get(`${target.kind} ${way}`) ?? 0) + 1);
          const canonical = formatTarget(target);
          return (
            isSafe(target) &&
            JSON.stringify(parseTarget(canonical)) === JSON.stringify(target) &&
            canonicalTarget(canonical) === canonical
          );
        } catch (error) {
          return error instanceof AppError && error.code === 'TARGET_INVALID';
        }
      }),
      { numRuns: 100_000 },
    );
    expect([...accepted].filter(([, count]) => count > 40).map(([kind]) => kind)).toHaveLength(5);
  }, 180_000);
});

/** What the rest of the core relies on, said again in other words. */
function isSafe(target: HostTarget): boolean {
  const { engine } = target;
  const isHost = (host: string) => /^([a-z0-9_][a-z0-9._-]*|[0-9a-f:.]+(%[\w.-]+)?)$/i.test(host);
  const isPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= 65_535;
  const isPath = (path: string) =>
    /^\/[^\s\p{Cc}]*[^/\s\p{Cc}]$/u.test(path) && !/\/\.\.?(\/|$)/.test(path) && Buffer.byteLength(path) <= 107;
  if (
    engine.kind === 'tcp' ? !isHost(engine.host) || !isPort(engine.port) : engine.path !== null && !isPath(engine.path)
  )
    return false;
  if (target.kind === 'local') return true;
  return (
    (target.user === null || /^[^-\s\p{Cc}][^\s\p{Cc}]*$/u.test(target.user)) &&
    isHost(target.host) &&
    (target.port === null || isPort(target.port))
  );
}

describe('formatTarget', () => {
  it.each<[Partial<SshTarget>, string]>([
    [{}, 'ssh://server'],
    [{ user: 'ops' }, 'ssh://ops@server'],
    [{ port: 22 }, 'ssh://server:22'],
    [{ user: 'ops', port: 2222 }, 'ssh://ops@server:2222'],
    [{ engine: socket('/run/podman/podman.sock') }, 'ssh://server/run/podman/podman.sock'],
    [{ engine: socket('/var/run/docker.sock') }, 'ssh://server'],
    [{ engine: socket('/var/run/docker.sock', 'dial-stdio') }, 'ssh://server/var/run/docker.sock?via=dial-stdio'],
    [{ engine: socket(null, 'sudo-dial-stdio') }, 'ssh://server?via=sudo-dial-stdio'],
    [{ engine: socket('/run/a?b.sock', 'dial-stdio') }, 'ssh://server/run/a%3Fb.sock?via=dial-stdio'],
    [{ engine: { kind: 'tcp', host: '127.0.0.1', port: 2375 } }, 'ssh://server?tcp=127.0.0.1:2375'],
    [{ engine: { kind: 'tcp', host: '::1', port: 2375 } }, 'ssh://server?tcp=[::1]:2375'],
    [{ user: 'a@b:c/d%' }, 'ssh://a%40b%3Ac%2Fd%25@server'],
    [{ host: '::1' }, 'ssh://[::1]'],
    [{ host: 'fe80::1%eth0', port: 23 }, 'ssh://[fe80::1%25eth0]:23'],
  ])('writes %j', (parts, text) => {
    expect(formatTarget({ ...DEFAULTS, ...parts })).toBe(text);
  });

  it('writes the engine of this machine', () => {
    expect([null, '/var/run/docker.sock', '/run/a b'].map((path) => formatTarget(local(path)))).toEqual([
      'local:',
      'local:',
      'local:/run/a%20b',
    ]);
  });

  it('is read back as the same target', () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => !/[\s/]/.test(text) && text !== '.' && text !== '..');
    const host = fc.oneof(
      fc.stringMatching(/^[a-z0-9_][a-z0-9._-]{0,20}$/),
      fc.ipV4(),
      fc.ipV6().map((address) => hostOf(address) ?? 'none'),
      fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,10}$/).map((zone) => `fe80::1%${zone}`),
    );
    const port = fc.integer({ min: 1, max: 65_535 });
    const path = fc
      .array(word, { minLength: 1, maxLength: 4 })
      .map((words) => `/${words.join('/')}`)
      .filter((text) => Buffer.byteLength(text) <= 107 && visibleText(text) === text);
    const target = fc.oneof(
      { weight: 1, arbitrary: fc.option(path).map(local) },
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('ssh' as const),
          user: fc.option(
            fc
              .oneof(word, fc.string({ unit: fc.constantFrom(...'ab%:@?#\\/+!'), minLength: 1 }))
              .filter((text) => !text.startsWith('-') && visibleText(text) === text),
          ),
          host,
          port: fc.option(port),
          engine: fc.oneof(
            fc.record({
              kind: fc.constant('socket' as const),
              path: fc.option(path),
              via: fc.constantFrom('any' as const, 'dial-stdio' as const, 'sudo-dial-stdio' as const),
            }),
            fc.record({ kind: fc.constant('tcp' as const), host, port }),
          ),
        }),
      },
    );
    fc.assert(
      fc.property(target, (given) => {
        expect(parseTarget(formatTarget(given))).toEqual(given);
      }),
      { numRuns: 20_000 },
    );
  }, 180_000);
});

describe('canonicalTarget', () => {
  it('is the one form of a target, and null for what is none', () => {
    const texts = ['ssh://SERVER:22/', 'ssh://ops@server/run/docker.sock', 'LOCAL:/', 'server', 'ssh://a b'];
    expect(texts.map(canonicalTarget)).toEqual([
      'ssh://server:22',
      'ssh://ops@server/run/docker.sock',
      'local:',
      null,
      null,
    ]);
  });

  it.each(['ssh://root@host', 'ssh://root@host:2222', 'ssh://root@host/run/podman/podman.sock'])(
    'leaves what was saved before as it is: %s',
    (saved) => {
      expect(canonicalTarget(saved)).toBe(saved);
    },
  );
});

describe('machineName', () => {
  it.each([
    ['ssh://ana@[::1]:22', '::1'],
    ['ssh://Atlas', 'atlas'],
    ['local:', 'this machine'],
  ])('%s', (text, name) => {
    expect(machineName(parseTarget(text))).toBe(name);
  });
});

describe('hostOf', () => {
  it.each([
    ['Atlas.Example', 'atlas.example'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['[::1]', '::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['192.0.2.7', '192.0.2.7'],
    ['a b', null],
    ['-x', null],
    ['a:22', null],
    ['', null],
    ['h'.repeat(256), null],
  ])('%j', (text, host) => {
    expect(hostOf(text)).toBe(host);
  });
});

describe('shownTarget', () => {
  it.each([
    ['ssh://root@server:22/run/docker.sock', 'ssh://root@server:22/run/docker.sock'],
    ['local:/run/docker.sock', 'local:/run/docker.sock'],
    ['ssh://root:hunter2@server', 'ssh://root:…@server'],
    ['ssh://root:hunt@er2@server', 'ssh://root:…@server'],
    ['root:hunter2@server', 'root:…@server'],
    ['ssh://ser\u202ever', 'ssh://ser\\u{202e}ver'],
  ])('%j', (text, shown) => {
    expect(shownTarget(text)).toBe(shown);
  });
});
