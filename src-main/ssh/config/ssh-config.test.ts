import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../lab/run.ts';
import { limits } from '../../kernel/limits.ts';
import type { Hop, Route } from '../hop.ts';
import { textsOf } from './route-notes.ts';
import { type ConfigTexts, routeOf, sshTarget, withConfig } from './ssh-config.fixture.ts';
import { createSshConfig } from './ssh-config.ts';

/** What is reached where nothing is said. */
const PLAIN: Hop = {
  user: 'me',
  host: 'web',
  port: 22,
  knownAs: { host: 'web', port: 22 },
  knownHostsFiles: null,
  identityFiles: null,
  homeDir: '~',
  namedFiles: 0,
  identitiesOnly: false,
  agentSocket: '/run/agent.sock',
  methods: { publicKey: true, keyboardInteractive: true, password: true },
  keepalive: { intervalMs: 3_000, count: 2 },
};
const config = (text: string): ConfigTexts => ({ '.ssh/config': text });
const lines = (...each: string[]) => config(`${each.join('\n')}\n`);
const at = (host: string, port = 22) => ({ host, port, knownAs: { host, port } });

async function hopOf(texts: ConfigTexts, target = 'ssh://web', files: readonly string[] | null = null) {
  const route = await routeOf(texts, target, files);
  return 'hops' in route ? route.hops.at(-1) : route;
}
async function way(texts: ConfigTexts, target = 'ssh://web') {
  const route = await routeOf(texts, target);
  return 'hops' in route ? route.hops.map(({ user, host, port }) => `${user}@${host}:${port}`) : route.message;
}
async function notes(texts: ConfigTexts, target = 'ssh://web') {
  const route = await routeOf(texts, target);
  return 'hops' in route ? textsOf(route.notes) : route;
}

describe('route', () => {
  it.each<[string, ConfigTexts, Partial<Hop>]>([
    ['nothing said', {}, {}],
    ['an empty file', config(''), {}],
    ['HostName', lines('Host web', 'HostName Web.Internal'), at('web.internal')],
    ['HostName with a token', lines('HostName %h.internal'), at('web.internal')],
    ['HostName that is an address', lines('HostName 2001:DB8:0::1'), at('2001:db8::1')],
    [
      'the first that matches',
      lines('Host w*', 'Port 1', 'Host *', 'Port 2', 'User ana'),
      { ...at('web', 1), user: 'ana' },
    ],
    ['a negation', lines('Host * !web', 'Port 1', 'Host *', 'User ana'), { user: 'ana' }],
    ['capitals that differ', lines('HOST web', 'pOrT 23'), at('web', 23)],
    ['an equals sign', lines('Host=web', 'Port = 23', 'User="ana"'), { ...at('web', 23), user: 'ana' }],
    ['CRLF and comments', config('# mine\r\nHost web\r\n\tPort 23 # as well\r\n\r\n'), at('web', 23)],
    ['no line feed at the end', config('Port 23'), at('web', 23)],
    [
      'quotes',
      lines('IdentityFile "/keys/a b"', "IdentityFile '/keys/c d'"),
      { identityFiles: ['/keys/a b', '/keys/c d'] },
    ],
    ['an escape', lines('IdentityFile /keys/a\\ b', 'IdentityFile /k\\"x'), { identityFiles: ['/keys/a b', '/k"x'] }],
    [
      'the machine’s file after the own',
      { ...lines('Port 23'), 'system/ssh_config': 'Port 24\nUser ana\n' },
      { ...at('web', 23), user: 'ana' },
    ],
    ['a Match on the name', lines('Match host web', 'Port 23'), at('web', 23)],
    [
      'a Match on what HostName made of it',
      lines('HostName db.internal', 'Match host *.internal', 'Port 23'),
      at('db.internal', 23),
    ],
    [
      'a Match on the name as it was asked for',
      lines('HostName db', 'Match originalhost web', 'Port 23'),
      at('db', 23),
    ],
    ['a Match on the user', lines('User ana', 'Match user a*,!al', 'Port 23'), { ...at('web', 23), user: 'ana' }],
    ['a Match on the user here', lines('Match localuser me', 'Port 23'), at('web', 23)],
    ['a Match that is negated', lines('Match !host db', 'Port 23'), at('web', 23)],
    ['a Match of which one part does not hold', lines('Match host web user ana', 'Port 23'), {}],
    ['Match all', lines('Host db', 'Port 1', 'Match all', 'Port 23'), at('web', 23)],
    ['Match final', lines('Match final host db', 'Port 23', 'Match all', 'HostName db'), at('db', 23)],
    ['no second reading unasked', lines('Host web', 'HostName db', 'Host db', 'Port 23'), at('db')],
    [
      'a second reading that compares with HostName',
      lines('Host db', 'Port 23', 'Host web', 'HostName db', 'Match final', 'User ana'),
      { ...at('db', 23), user: 'ana' },
    ],
    [
      'IdentityFile adds up, none twice',
      lines('IdentityFile ~/.ssh/a', 'Host *', 'IdentityFile /b', 'IdentityFile ~/.ssh/a'),
      { identityFiles: ['~/.ssh/a', '/b'] },
    ],
    ['IdentityFile none', lines('IdentityFile none'), { identityFiles: [] }],
    [
      'tokens in IdentityFile',
      lines('HostName h', 'User u', 'Port 23', 'IdentityFile /%n/%h/%r/%p/%u/%%'),
      { ...at('h', 23), user: 'u', identityFiles: ['/web/h/u/23/me/%'] },
    ],
    [
      '%d and %k',
      lines('HostKeyAlias Prod', 'IdentityFile %d/%k'),
      { knownAs: { host: 'prod', port: 22 }, identityFiles: ['~/prod'] },
    ],
    ['a variable', lines('IdentityFile $'.concat('{KEYS}/a')), { identityFiles: ['/srv/keys/a'] }],
    ['IdentitiesOnly', lines('IdentitiesOnly yes'), { identitiesOnly: true }],
    ['no agent', lines('IdentityAgent none'), { agentSocket: null }],
    ['the usual agent', lines('IdentityAgent SSH_AUTH_SOCK'), { agentSocket: '/run/agent.sock' }],
    ['an agent by a variable that only every object has', lines('IdentityAgent $constructor'), { agentSocket: null }],
    ['an agent by a variable', lines('IdentityAgent $AGENT'), { agentSocket: '/run/other.sock' }],
    ['an agent by a variable that is not set', lines('IdentityAgent $NONE'), { agentSocket: null }],
    ['an agent by a path', lines('IdentityAgent ~/agent-%r'), { agentSocket: '~/agent-me' }],
    ['UserKnownHostsFile', lines('UserKnownHostsFile ~/.ssh/a "/b c"'), { knownHostsFiles: ['~/.ssh/a', '/b c'] }],
    ['UserKnownHostsFile none', lines('UserKnownHostsFile none'), { knownHostsFiles: [] }],
    ['UserKnownHostsFile /dev/null', lines('UserKnownHostsFile /dev/null'), { knownHostsFiles: [] }],
    [
      'GlobalKnownHostsFile beside the usual',
      lines('GlobalKnownHostsFile /srv/known'),
      { knownHostsFiles: ['~/.ssh/known_hosts', '~/.ssh/known_hosts2', '/srv/known'] },
    ],
    ['HostKeyAlias', lines('Port 23', 'HostKeyAlias Prod'), { port: 23, knownAs: { host: 'prod', port: 22 } }],
    [
      'a stricter ServerAlive',
      lines('ServerAliveInterval 1', 'ServerAliveCountMax 2'),
      { keepalive: { intervalMs: 1_000, count: 2 } },
    ],
    ['its usual count', lines('ServerAliveInterval 2'), { keepalive: { intervalMs: 2_000, count: 3 } }],
    ['a ServerAlive that is not stricter', lines('ServerAliveInterval 1m', 'ServerAliveCountMax 1'), {}],
    [
      'what may be tried',
      lines('PubkeyAuthentication no', 'ChallengeResponseAuthentication no'),
      { methods: { publicKey: false, keyboardInteractive: false, password: true } },
    ],
    [
      'what is preferred',
      lines('PreferredAuthentications publickey,password', 'PasswordAuthentication no'),
      { methods: { publicKey: true, keyboardInteractive: false, password: false } },
    ],
    [
      'what is without effect here',
      lines('ForwardAgent yes', 'SendEnv LANG LC_*', 'ControlMaster auto', 'ConnectTimeout 1'),
      {},
    ],
    ['a keyword that is to be ignored', lines('IgnoreUnknown Use*,x', 'UseMagic yes', 'Port 23'), at('web', 23)],
  ])('%s', async (_, texts, hop) => {
    expect(await hopOf(texts)).toEqual({ ...PLAIN, ...hop });
  });

  it('lets the target win, also over what Match asks of the user', async () => {
    const texts = lines('Match user ana', 'IdentityFile /ana', 'Host *', 'User ben', 'Port 23', 'HostName h');
    expect(await hopOf(texts, 'ssh://ana@web:22')).toEqual({
      ...PLAIN,
      ...at('h'),
      user: 'ana',
      identityFiles: ['/ana'],
    });
  });

  it('puts the files named in Binnacle first, and counts them', async () => {
    const texts = lines('IdentityFile /b', 'IdentityFile /a', 'IdentityFile none');
    const files = [await hopOf(texts, 'ssh://web', ['/a', '/c']), await hopOf({}, 'ssh://web', ['/a'])];
    expect(files).toEqual([
      { ...PLAIN, identityFiles: ['/a', '/c', '/b'], namedFiles: 2 },
      { ...PLAIN, identityFiles: ['/a'], namedFiles: 1 },
    ]);
  });

  it('finds a name that is written with capitals there, which a target has not', async () => {
    const texts = lines('Host Web', 'Port 23', 'IdentityFile /%n', 'Host web2', 'Port 1');
    expect(await hopOf(texts)).toEqual({ ...PLAIN, ...at('web', 23), identityFiles: ['/Web'] });
    expect(await hopOf(lines('Host Web', 'Port 1', 'Host web', 'Port 2'))).toEqual({ ...PLAIN, ...at('web', 2) });
  });

  it('is read anew each time', async () => {
    const ports = await withConfig(lines('Port 23'), async ({ options }) => {
      const sshConfig = createSshConfig(options);
      const port = async () => (await sshConfig.route(sshTarget('ssh://web'), { identityFiles: null })).hops[0]?.port;
      const before = await port();
      await writeFile(options.userFile ?? '', 'Port 24\n', { mode: 0o600 });
      return [before, await port()];
    });
    expect(ports).toEqual([23, 24]);
  });

  it('follows no file where there is none', async () => {
    const none = { homeDir: '~', userFile: null, systemFile: null, agentSocket: null };
    const route = await withConfig(lines('Port 23'), ({ options }) =>
      createSshConfig({ ...options, ...none }).route(sshTarget('ssh://web'), { identityFiles: null }),
    );
    expect(route).toEqual({ hops: [{ ...PLAIN, agentSocket: null }], notes: [] } satisfies Route);
  });
});

describe('ProxyJump', () => {
  it.each<[string, ConfigTexts, readonly string[] | string]>([
    ['one', lines('Host web', 'ProxyJump gate'), ['me@gate:22', 'me@web:22']],
    ['with user and port', lines('Host web', 'ProxyJump ana@gate:23'), ['ana@gate:23', 'me@web:22']],
    ['as a URI', lines('Host web', 'ProxyJump ssh://a%40b@gate:23'), ['a@b@gate:23', 'me@web:22']],
    ['an address', lines('Host web', 'ProxyJump ana@[2001:db8::1]:23'), ['ana@2001:db8::1:23', 'me@web:22']],
    [
      'what its own lines say',
      lines('Host gate', 'HostName g.example', 'User ana', 'Port 23', 'Host web', 'User ben', 'ProxyJump gate'),
      ['ana@g.example:23', 'ben@web:22'],
    ],
    ['its user is not the host’s', lines('Host web', 'User ben', 'ProxyJump gate'), ['me@gate:22', 'ben@web:22']],
    [
      'any depth',
      lines('Host web', 'ProxyJump b', 'Host b', 'ProxyJump c', 'Host c', 'ProxyJump d'),
      ['me@d:22', 'me@c:22', 'me@b:22', 'me@web:22'],
    ],
    ['several, in their order', lines('Host web', 'ProxyJump a,b'), ['me@a:22', 'me@b:22', 'me@web:22']],
    [
      'of several only the first one’s own counts',
      lines('Host a', 'ProxyJump x', 'Host b', 'ProxyJump y', 'Host web', 'ProxyJump a,b'),
      ['me@x:22', 'me@a:22', 'me@b:22', 'me@web:22'],
    ],
    [
      'of the others not even a ProxyCommand',
      lines('Host b', 'ProxyCommand nc %h %p', 'Host web', 'ProxyJump a,b'),
      ['me@a:22', 'me@b:22', 'me@web:22'],
    ],
    ['none', lines('Host web', 'ProxyJump none', 'Host *', 'ProxyJump gate'), ['me@web:22']],
    [
      'none, and a ProxyCommand after it',
      lines('Host web', 'ProxyJump NONE', 'Host *', 'ProxyCommand nc'),
      ['me@web:22'],
    ],
    ['ProxyCommand none before it', lines('Host web', 'ProxyCommand none', 'Host *', 'ProxyJump gate'), ['me@web:22']],
    ['before a ProxyCommand', lines('Host web', 'ProxyJump gate', 'ProxyCommand nc'), ['me@gate:22', 'me@web:22']],
    ['with tokens', lines('Host web', 'ProxyJump %r@gate-%n'), ['me@gate-web:22', 'me@web:22']],
    [
      'twice through the same, where it ends',
      lines('Host web', 'ProxyJump a,b,a'),
      ['me@a:22', 'me@b:22', 'me@a:22', 'me@web:22'],
    ],
    [
      'as many as there may be',
      lines('Host web', 'ProxyJump a,b,c,d,e,f,g'),
      [...'abcdefg', 'web'].map((name) => `me@${name}:22`),
    ],
    [
      'one more',
      lines('Host web', 'ProxyJump a,b,c,d,e,f,g,h'),
      '~/.ssh/config:2 makes a way of more than 8 machines.',
    ],
    ['through itself', lines('ProxyJump gate'), '~/.ssh/config:1 makes the way to gate go through itself.'],
    [
      'through itself by another name',
      lines('Host web', 'HostName w', 'ProxyJump w'),
      '~/.ssh/config:3 makes the way to web go through itself.',
    ],
    [
      'in a circle',
      lines('Host web', 'ProxyJump a', 'Host a', 'ProxyJump b', 'Host b', 'ProxyJump a'),
      '~/.ssh/config:4 makes the way to a go through itself.',
    ],
    ['with a token that grows', lines('ProxyJump x%h'), '~/.ssh/config:1 makes a way of more than 8 machines.'],
    ['an empty one', lines('ProxyJump a,,b'), '~/.ssh/config:1 has a ProxyJump that names no machine.'],
    ['quotes', lines('ProxyJump "gate"'), '~/.ssh/config:1 has a ProxyJump that names no machine.'],
    ['an option', lines('ProxyJump -oProxyCommand=x'), '~/.ssh/config:1 has a ProxyJump that names no machine.'],
    ['an option as the user', lines('ProxyJump -x@gate'), '~/.ssh/config:1 has a ProxyJump that names no machine.'],
    ['a path', lines('ProxyJump ssh://gate/x'), '~/.ssh/config:1 has a ProxyJump that names no machine.'],
    ['no port', lines('ProxyJump gate:x'), '~/.ssh/config:1 has a ProxyJump that names no machine.'],
  ])('%s', async (_, texts, expected) => {
    expect(await way(texts)).toEqual(expected);
  });

  it('gives a machine on the way its own keys, and none that were named for the host', async () => {
    const texts = lines('Host gate', 'IdentityFile /g', 'Host web', 'ProxyJump gate');
    const route = await routeOf(texts, 'ssh://web', ['/w']);
    expect('hops' in route && route.hops.map(({ identityFiles, namedFiles }) => [identityFiles, namedFiles])).toEqual([
      [['/g'], 0],
      [['/w'], 1],
    ]);
  });
});

describe('what cannot be followed', () => {
  it.each<[string, ConfigTexts, string]>([
    [
      'a ProxyCommand',
      lines('Host web', 'ProxyCommand corp-proxy %h secret'),
      'Write ProxyJump with the machine on the way in its place; Binnacle follows that.',
    ],
    [
      'one that is ssh',
      lines('Host web', 'ProxyCommand ssh -q -W %h:%p ana@gate'),
      'Write ProxyJump ana@gate in its place: it does the same, and Binnacle follows it.',
    ],
    [
      'one that is ssh and nc',
      lines('Host web', 'ProxyCommand /usr/bin/ssh gate nc %h %p'),
      'Write ProxyJump gate in its place: it does the same, and Binnacle follows it.',
    ],
    [
      'one that does more',
      lines('Host web', 'ProxyCommand ssh -i /k -W %h:%p gate'),
      'Write ProxyJump with the machine on the way in its place; Binnacle follows that.',
    ],
  ])('%s is refused, and said what to write', async (_, texts, hint) => {
    expect(await hopOf(texts)).toEqual({
      code: 'SSH_CONFIG_UNSUPPORTED',
      message: '~/.ssh/config:2 has a ProxyCommand, and Binnacle runs no command to reach a host.',
      hint,
    });
  });

  it.each([
    [
      lines('RevokedHostKeys /etc/ssh/revoked'),
      '~/.ssh/config:1 has RevokedHostKeys, and Binnacle cannot read such a list: a key on it would pass.',
    ],
    [
      lines('RefuseConnection "Use the other \u001b[31mone"'),
      '~/.ssh/config:1 refuses to connect (RefuseConnection): Use the other ␛[31mone.',
    ],
    [
      lines('User %u-admin'),
      '~/.ssh/config:1 has a User with a % or a variable, which one OpenSSH expands and another does not.',
    ],
    [lines('IdentityFile ~ben/key'), '~/.ssh/config:1 has ~ben in IdentityFile, the home of another user.'],
    [lines('IdentityFile /k-%C'), '~/.ssh/config:1 has %C in IdentityFile, which Binnacle does not follow.'],
    [lines('Include ~ben/x'), '~/.ssh/config:1 includes a file of another user (~ben).'],
  ])('%j', async (texts, message) => {
    expect(await hopOf(texts)).toMatchObject({ code: 'SSH_CONFIG_UNSUPPORTED', message });
  });

  it('is refused with what was left out before it, where that might have led another way', async () => {
    const refused = (setting: string) =>
      hopOf(
        lines('Match exec "true"', setting, 'Match exec "false"', 'User root', 'Host web', 'ProxyCommand nc %h %p'),
      );
    const message = '~/.ssh/config:6 has a ProxyCommand, and Binnacle runs no command to reach a host.';
    const left =
      'The lines after Match (~/.ssh/config:1) are left out: Binnacle does not follow exec, which would run a command.';
    expect(await refused('ProxyJump none')).toMatchObject({ message: `${message} ${left}`, hint: expect.any(String) });
    expect(await refused('ForwardAgent yes')).toMatchObject({ message });
  });

  it('is not looked at where it is for another host, or is none', async () => {
    const texts = lines(
      'Host db',
      'ProxyCommand nc',
      'RevokedHostKeys /x',
      'Host *',
      'ProxyCommand none',
      'RevokedHostKeys none',
    );
    expect(await hopOf(texts)).toEqual(PLAIN);
  });

  it.each<[string, ConfigTexts, readonly string[]]>([
    [
      'certificates',
      lines('Host web', 'CertificateFile ~/.ssh/c'),
      ['CertificateFile (~/.ssh/config:2) is not followed: Binnacle does not log in with certificates.'],
    ],
    [
      'by its written name',
      lines('smartcarddevice /lib/p11.so'),
      ['smartcarddevice (~/.ssh/config:1) is not followed: keys on tokens are used through ssh-agent only.'],
    ],
    [
      'algorithms',
      lines('Ciphers aes128-cbc'),
      [
        'Ciphers (~/.ssh/config:1) is not followed: Binnacle has its own list of algorithms, without those that are no longer safe.',
      ],
    ],
    [
      'asking',
      lines('StrictHostKeyChecking accept-new'),
      [
        'StrictHostKeyChecking (~/.ssh/config:1) is not followed: Binnacle always asks about a host key that is not known.',
      ],
    ],
    [
      'canonical names',
      lines('CanonicalizeHostname always'),
      ['CanonicalizeHostname (~/.ssh/config:1) is not followed: the name is looked up as it stands.'],
    ],
    [
      'addresses',
      lines('AddressFamily inet6', 'BindAddress 192.0.2.1'),
      [
        'AddressFamily (~/.ssh/config:1) is not followed: all addresses of a host are tried.',
        'BindAddress (~/.ssh/config:2) is not followed: this machine chooses the address it connects from.',
      ],
    ],
    [
      'a command',
      lines('Match exec "touch ~/ran"', 'Port 1'),
      [
        'The lines after Match (~/.ssh/config:1) are left out: Binnacle does not follow exec, which would run a command.',
      ],
    ],
    [
      'newer criteria',
      lines('Match host web tagged work sessiontype shell', 'Port 1'),
      ['The lines after Match (~/.ssh/config:1) are left out: Binnacle does not follow tagged, sessiontype.'],
    ],
    [
      'an Include with a token',
      lines('Include conf-%h'),
      ['Include (~/.ssh/config:1) is not followed: its path depends on a token, or a variable that is not set.'],
    ],
    [
      'a path that is not whole',
      lines('IdentityFile keys/a'),
      ['IdentityFile (~/.ssh/config:1) is looked for in your home folder: it is not a whole path.'],
    ],
    [
      'nothing left to log in by',
      lines('PreferredAuthentications gssapi-with-mic'),
      ['Nothing that Binnacle can log in by is allowed for it: PreferredAuthentications (~/.ssh/config:1).'],
    ],
    [
      'no machine-wide keys',
      lines('GlobalKnownHostsFile none'),
      [
        'GlobalKnownHostsFile (~/.ssh/config:1) is followed in part: this machine’s usual files are read with those it names.',
      ],
    ],
    [
      'of a machine on the way',
      lines('Host gate', 'HostbasedAuthentication yes', 'Host web', 'ProxyJump gate'),
      ['HostbasedAuthentication (~/.ssh/config:2) is not followed for gate: Binnacle does not log in so.'],
    ],
  ])('%s: named', async (_, texts, expected) => {
    expect(await notes(texts)).toEqual(expected);
  });

  it.each([
    [
      'what changes nothing',
      lines(
        'SecurityKeyProvider internal',
        'PKCS11Provider none',
        'KnownHostsCommand none',
        'AddressFamily any',
        'VerifyHostKeyDNS ask',
        'StrictHostKeyChecking ask',
        'GSSAPIAuthentication yes',
        'HostbasedAuthentication no',
        'CanonicalizeHostname no',
        'GlobalKnownHostsFile /etc/ssh/ssh_known_hosts',
      ),
    ],
    [
      'what is for another host',
      lines('Host db', 'Ciphers x', 'CertificateFile c', 'Match host db exec "x"', 'Port 1', 'Host db', 'Include %h'),
    ],
    ['what another line has set before', lines('AddressFamily any', 'AddressFamily inet')],
  ])('%s is not', async (_, texts) => {
    expect(await notes(texts)).toEqual([]);
  });

  it('an Include by a variable that is not set is, though every object has something of that name', async () => {
    const [one, other] = ['nothing_of_the_sort', 'constructor'].map((name) => lines(`Include /\${${name}}`));
    expect(await notes(other ?? {})).toEqual(await notes(one ?? {}));
    expect(await notes(other ?? {})).toEqual([expect.stringMatching(/^Include \(~\/\.ssh\/config:1\)/)]);
  });

  it('runs nothing', async () => {
    await withConfig({}, async ({ path, options }) => {
      const mark = join(path, 'ran');
      await mkdir(join(path, '.ssh'));
      const text = `Match exec "touch ${mark}"\nPort 1\nHost *\nKnownHostsCommand /usr/bin/touch ${mark}\nLocalCommand touch ${mark}\nPermitLocalCommand yes\n`;
      await writeFile(options.userFile ?? '', text, { mode: 0o600 });
      const { hops } = await createSshConfig(options).route(sshTarget('ssh://web'), { identityFiles: null });
      expect([hops[0]?.port, existsSync(mark)]).toEqual([22, false]);
    });
  });
});

describe('a broken file', () => {
  it.each([
    ['Port', 'has nothing after Port'],
    ['Port 0', 'has Port, which has a value that it cannot have'],
    ['Port 22 23', 'has Port, which has more after it than belongs there'],
    ['Port # 22', 'has Port, which has nothing after it'],
    ['Prot 22', 'has Prot, which is no keyword that OpenSSH knows'],
    ['Host "web', 'has a quote that is not closed'],
    ["LocalCommand echo it's", 'has a quote that is not closed'],
    ['Host ""', 'has an empty name after Host'],
    ['IdentitiesOnly maybe', 'has IdentitiesOnly, which has a value that it cannot have'],
    ['UserKnownHostsFile a none', 'has UserKnownHostsFile, which has "none" beside others'],
    ['ServerAliveInterval 1x', 'has ServerAliveInterval, which has a value that it cannot have'],
    ['Match', 'has nothing after Match'],
    ['Match host', 'has a Match with nothing after host'],
    ['Match hots web', 'has a Match with hots, which is no criterion'],
    ['Match all host web', 'has a Match with "all" beside other criteria'],
    ['HostName a b', 'has HostName, which has more after it than belongs there'],
    ['HostName a/b', 'has a HostName that is neither a name nor an address: a/b'],
    ['HostName %n', 'has %n in HostName, which stands for nothing there'],
    ['HostName -oProxyCommand=x', 'has a HostName that is neither a name nor an address: -oproxycommand=x'],
    [`HostName ${'%h'.repeat(100)}`, 'has a HostName that is too long'],
    ['User "a\u202eb"', 'has a User that cannot be one'],
    ['HostKeyAlias *', 'has a HostKeyAlias that cannot stand in a known_hosts file'],
    ['HostKeyAlias a,b', 'has a HostKeyAlias that cannot stand in a known_hosts file'],
    ['IdentityFile /%x', 'has %x in IdentityFile, which stands for nothing there'],
    [
      'IdentityFile $'.concat('{NONE}/a'),
      'has $'.concat('{NONE} in IdentityFile, which is not set where Binnacle runs'),
    ],
    ['IdentityAgent $A-B', 'has an IdentityAgent with a variable that cannot be one'],
    ['\ufeffHost web', 'has \\u{feff}Host, which is no keyword that OpenSSH knows'],
  ])('%s', async (line, why) => {
    expect(await hopOf(lines('# first', line))).toMatchObject({
      code: 'SSH_CONFIG_BROKEN',
      message: `~/.ssh/config:2 ${why}.`,
      hint: expect.any(String),
    });
  });

  it('stops every host: a line that is wrong counts also where it is for another', async () => {
    expect(await hopOf(lines('Host db', 'Port x'))).toMatchObject({ code: 'SSH_CONFIG_BROKEN' });
    expect(await hopOf(lines('Host db', 'Nothing x'))).toMatchObject({ code: 'SSH_CONFIG_BROKEN' });
  });

  it('takes IgnoreUnknown only for what stands after it', async () => {
    expect(await hopOf(lines('UseMagic yes', 'IgnoreUnknown UseMagic'))).toMatchObject({ code: 'SSH_CONFIG_BROKEN' });
  });

  it.each<[string, (file: string) => Promise<unknown>, string]>([
    ['is a folder', (file) => mkdir(file), 'is not a file'],
    ['is a pipe', (file) => run('mkfifo', [file]), 'is not a file'],
    ['is a loop of links', (file) => symlink(file, file), 'cannot be read'],
    [
      'is too large',
      (file) => writeFile(file, '#'.repeat(limits.ssh.configFileBytes + 1), { mode: 0o600 }),
      'is too large',
    ],
    ['is no text', (file) => writeFile(file, 'Host web\0', { mode: 0o600 }), 'is not a text'],
    [
      'has too many lines',
      (file) => writeFile(file, '\n'.repeat(limits.ssh.configLines), { mode: 0o600 }),
      'makes it too many lines in all',
    ],
    [
      'may be written by others',
      async (file) => {
        await writeFile(file, 'Host web');
        await chmod(file, 0o620);
      },
      'may be written by others, who could lead you to another machine',
    ],
  ])('%s', async (_, make, why) => {
    await withConfig({ '.ssh/x': '' }, async ({ options }) => {
      await make(options.userFile ?? '');
      const routing = createSshConfig(options).route(sshTarget('ssh://web'), { identityFiles: null });
      await expect(routing).rejects.toMatchObject({ code: 'SSH_CONFIG_BROKEN', message: `~/.ssh/config ${why}.` });
    });
  });

  it.runIf(process.getuid?.() === 0)('belongs to another user', async () => {
    await withConfig(lines('Port 23'), async ({ options }) => {
      await chown(options.userFile ?? '', 65_534, 65_534);
      const routing = createSshConfig(options).route(sshTarget('ssh://web'), { identityFiles: null });
      await expect(routing).rejects.toMatchObject({ code: 'SSH_CONFIG_BROKEN' });
    });
  });

  it('may be /dev/null, which is empty', async () => {
    const route = await withConfig({}, ({ options }) =>
      createSshConfig({ ...options, homeDir: '~', userFile: '/dev/null' }).route(sshTarget('ssh://web'), {
        identityFiles: null,
      }),
    );
    expect(route).toEqual({ hops: [PLAIN], notes: [] });
  });
});

describe('Include', () => {
  it.each<[string, ConfigTexts, Partial<Hop>]>([
    ['below ~/.ssh', { ...lines('Include extra', 'Port 1'), '.ssh/extra': 'Port 23' }, at('web', 23)],
    ['from the home', { ...lines('Include ~/extra'), extra: 'Port 23' }, at('web', 23)],
    ['from the root, by a variable', { ...lines('Include $'.concat('{HERE}/extra')), extra: 'Port 23' }, at('web', 23)],
    [
      'a pattern, in order',
      {
        ...lines('Include d/*.conf'),
        '.ssh/d/b.conf': 'Port 2\nUser b',
        '.ssh/d/a.conf': 'Port 1',
        '.ssh/d/.c.conf': 'Port 3',
        '.ssh/d/x.txt': 'Port 4',
      },
      { ...at('web', 1), user: 'b' },
    ],
    [
      'a set and any one',
      { ...lines('Include d/[a-c]?'), '.ssh/d/b1': 'Port 23', '.ssh/d/d1': 'Port 1', '.ssh/d/b': 'Port 2' },
      at('web', 23),
    ],
    ['a folder in the pattern', { ...lines('Include */conf'), '.ssh/x/conf': 'Port 23' }, at('web', 23)],
    ['a folder that a pattern finds', { ...lines('Include d*'), '.ssh/d/a': 'Port 1' }, {}],
    ['one that is not there', lines('Include none', 'Port 23'), at('web', 23)],
    [
      'a Host block, which ends with the file',
      { ...lines('Include extra', 'Port 23'), '.ssh/extra': 'Host db\nPort 1' },
      at('web', 23),
    ],
    ['within a block that matches', { ...lines('Host web', 'Include extra'), '.ssh/extra': 'Port 23' }, at('web', 23)],
    [
      'within a block that does not',
      { ...lines('Host db', 'Include extra'), '.ssh/extra': 'Port 23\nHost *\nPort 24\nMatch all\nPort 25' },
      {},
    ],
    [
      'from the machine’s file',
      { 'system/ssh_config': 'Include conf.d/*\nPort 1', 'system/conf.d/a': 'Port 23' },
      at('web', 23),
    ],
    ['in what is included', { ...lines('Include a'), '.ssh/a': 'Include b', '.ssh/b': 'Port 23' }, at('web', 23)],
  ])('%s', async (_, texts, hop) => {
    expect(await hopOf(texts)).toEqual({ ...PLAIN, ...hop });
  });

  it.each<[string, ConfigTexts, string]>([
    ['itself', lines('Include config'), '~/.ssh/config:1 includes files too deep.'],
    ['itself again and again', lines('Include config config config'), '~/.ssh/config:1 includes files too deep.'],
    [
      '~ in the machine’s file',
      { 'system/ssh_config': 'Include ~/x' },
      '~/system/ssh_config:1 includes a file below ~, which only a user’s own file may.',
    ],
    [
      'a broken one, in a block for another',
      { ...lines('Host db', 'Include x'), '.ssh/x': '\nPort y' },
      '~/.ssh/x:2 has Port, which has a value that it cannot have.',
    ],
  ])('%s is refused', async (_, texts, message) => {
    expect(await hopOf(texts)).toMatchObject({ code: 'SSH_CONFIG_BROKEN', message });
  });

  it('of too many files is refused, however they are nested', async () => {
    const many = Object.fromEntries(
      Array.from({ length: limits.ssh.configFiles }, (_, index) => [`.ssh/d/${index}`, '#']),
    );
    expect(await hopOf({ ...lines('Include d/*'), ...many })).toMatchObject({
      message: '~/.ssh/config:1 includes too many files.',
    });
    const nested = {
      ...lines('Include a a a a'),
      '.ssh/a': 'Include b b b b',
      '.ssh/b': 'Include c c c c',
      '.ssh/c': 'Include d d d d',
      '.ssh/d': '#',
    };
    expect(await hopOf(nested)).toMatchObject({ code: 'SSH_CONFIG_BROKEN' });
  });

  it('of a file that others may write is refused, also from the machine’s file', async () => {
    await withConfig({ 'system/ssh_config': 'Include x', 'system/x': 'Port 1' }, async ({ path, options }) => {
      await chmod(join(path, 'system/ssh_config'), 0o666);
      await chmod(join(path, 'system/x'), 0o666);
      const routing = createSshConfig(options).route(sshTarget('ssh://web'), { identityFiles: null });
      await expect(routing).rejects.toMatchObject({
        message: '~/system/x may be written by others, who could lead you to another machine.',
      });
    });
  });
});

describe('aliases', () => {
  it('are the names without patterns, in order and once, with what they come to', async () => {
    const texts = {
      ...lines(
        'Host web db *.x !no w?b',
        'User ana',
        'Host db',
        'Port 23',
        'Include more',
        'Host gate',
        'HostName 192.0.2.1',
      ),
      '.ssh/more': 'Host old\nProxyCommand nc\nHost web2\nProxyJump gate',
      'system/ssh_config': 'Host sys\nHost web\n',
    };
    const aliases = await withConfig(texts, ({ options }) => createSshConfig(options).aliases());
    const found = aliases.map(({ name, machine, jumps, problem }) => [name, machine, jumps, problem?.code ?? null]);
    // What is included stands in the block for db, where it holds for nothing else.
    expect(found).toEqual([
      ['web', 'ana@web:22', [], null],
      ['db', 'ana@db:23', [], null],
      ['old', 'me@old:22', [], null],
      ['web2', 'me@web2:22', [], null],
      ['gate', 'me@192.0.2.1:22', [], null],
      ['sys', 'me@sys:22', [], null],
    ]);
  });

  it('tell the way, and what keeps them from being followed', async () => {
    const texts = lines(
      'Host web',
      'ProxyJump a,ana@b:23',
      'Host old',
      'ProxyCommand nc',
      'Host Web2',
      'Host web2',
      'Host "a b"',
      'Host 2001:DB8::1',
    );
    const aliases = await withConfig(texts, ({ options }) => createSshConfig(options).aliases());
    expect(aliases.map(({ problem, ...alias }) => ({ ...alias, problem: problem?.message ?? null }))).toEqual([
      { name: 'web', target: 'ssh://web', machine: 'me@web:22', jumps: ['me@a:22', 'ana@b:23'], problem: null },
      {
        name: 'old',
        target: 'ssh://old',
        machine: null,
        jumps: [],
        problem: expect.stringMatching(/config:4 has a ProxyCommand, and Binnacle runs no command to reach a host\.$/),
      },
      {
        name: 'Web2',
        target: 'ssh://web2',
        machine: null,
        jumps: [],
        problem: 'This name differs from another only in capitals, which a target has none of.',
      },
      { name: 'web2', target: 'ssh://web2', machine: 'me@web2:22', jumps: [], problem: null },
      {
        name: 'a b',
        target: 'ssh://a b',
        machine: null,
        jumps: [],
        problem: 'This name has characters that the host of a target cannot have.',
      },
      { name: '2001:DB8::1', target: 'ssh://[2001:db8::1]', machine: 'me@[2001:db8::1]:22', jumps: [], problem: null },
    ]);
  });

  it('are none where there is no file, and bounded', async () => {
    const names = Array.from({ length: limits.ssh.aliases + 5 }, (_, index) => `n${index}`);
    const count = (texts: ConfigTexts) =>
      withConfig(texts, async ({ options }) => (await createSshConfig(options).aliases()).length);
    expect([await count({}), await count(lines(`Host ${names.join(' ')}`))]).toEqual([0, limits.ssh.aliases]);
  });

  it('cannot be told where the file is broken', async () => {
    await withConfig(lines('Host web', 'Port x'), async ({ options }) => {
      await expect(createSshConfig(options).aliases()).rejects.toMatchObject({ code: 'SSH_CONFIG_BROKEN' });
    });
  });
});
