import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { run } from '../../../lab/run.ts';
import { describeSshd } from '../../../lab/vitest.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Hop } from '../hop.ts';
import type { SshTarget } from '../target.ts';
import { createSshConfig } from './ssh-config.ts';

/** One call of ssh, as it calls itself for a machine on the way: `ssh -l USER -p PORT -J LIST NAME`. */
interface Call {
  readonly file: string;
  readonly name: string;
  readonly user: string | null;
  readonly port: number | null;
  readonly jumps: string | null;
}

/** What `ssh -G` printed, by keyword; null: it refused the file. */
type Printed = ReadonlyMap<string, readonly string[]> | null;

/** What both are asked for of one machine. */
type Machine = Pick<
  Hop,
  'user' | 'host' | 'port' | 'knownAs' | 'knownHostsFiles' | 'identityFiles' | 'identitiesOnly'
> &
  Pick<Hop, 'agentSocket' | 'methods' | 'keepalive'>;

const { homedir, username } = userInfo();
const ENVIRONMENT = { HOME: homedir, PATH: process.env.PATH ?? '', SSH_AUTH_SOCK: '/run/agent', KEYS: '/srv/keys' };

/** Asks the real OpenSSH, a hundred calls a shell: a process of ours for each would cost more than all the rest. */
async function askOpenSsh(calls: readonly Call[], folder: string): Promise<Printed[]> {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = calls.map(({ file, name, user, port, jumps }) => {
    const words = [
      'ssh',
      '-G',
      '-F',
      file,
      ...(user === null ? [] : ['-l', user]),
      ...(port === null ? [] : ['-p', `${port}`]),
    ];
    return `${[...words, ...(jumps === null ? [] : ['-J', jumps]), name].map(quoted).join(' ')} </dev/null 2>/dev/null; printf '== %s\\n' $?`;
  });
  const parts: string[][] = [[], []];
  for (const [index, line] of lines.entries()) parts[index % 2]?.push(line);
  const told = await Promise.all(
    parts.map(async (part, index) => {
      const script = join(folder, `ask-${index}.sh`);
      await writeFile(script, part.join('\n'));
      const variables = Object.entries(ENVIRONMENT).map((pair) => pair.join('='));
      const stdout = await run('env', ['-i', ...variables, 'sh', script]);
      return stdout.split(/^== (\d+)\n/m);
    }),
  );
  return lines.map((_, index) => {
    const at = Math.floor(index / 2) * 2;
    const [text = '', status] = told[index % 2]?.slice(at, at + 2) ?? [];
    return status === '0' ? printedOf(text) : null;
  });
}

function printedOf(text: string): Printed {
  const lines = text.split('\n').map((line) => /^(\S+) (.*)$/.exec(line));
  const pairs = lines.flatMap((found) => (found === null ? [] : [[found[1] ?? '', found[2] ?? ''] as const]));
  return new Map([...Map.groupBy(pairs, ([key]) => key)].map(([key, all]) => [key, all.map(([, value]) => value)]));
}

const one = (printed: NonNullable<Printed>, key: string) => printed.get(key)?.[0] ?? '';

/** What ssh prints of a machine, in our words; tokens of key files, which it prints as they stand, are replaced by hand. */
function machineOf(printed: NonNullable<Printed>, name: string, usual: NonNullable<Printed>): Machine {
  const [host, user, port] = [one(printed, 'hostname'), one(printed, 'user'), Number(one(printed, 'port'))];
  const alias = printed.get('hostkeyalias')?.[0];
  const files = printed.get('identityfile') ?? [];
  const tokens: Record<string, string> = { n: name, h: host, r: user, p: `${port}`, u: username, d: homedir, '%': '%' };
  const whole = (file: string) =>
    file
      .replace(/^~\//, `${homedir}/`)
      .replace(/\$\{KEYS\}/, '/srv/keys')
      .replace(/%(.)/g, (_, token: string) => tokens[token] ?? '?');
  const known = one(printed, 'userknownhostsfile');
  const interval = Number(one(printed, 'serveraliveinterval'));
  const count = Number(one(printed, 'serveralivecountmax'));
  const preferred = printed.get('preferredauthentications')?.[0]?.split(',');
  const tried = (key: string, method: string) =>
    !['no', 'false'].includes(one(printed, key)) && (preferred?.includes(method) ?? true);
  const agent = printed.get('identityagent')?.[0];
  const ours = { intervalMs: limits.ssh.keepaliveMs, count: limits.ssh.keepaliveCount };
  return {
    user,
    host,
    port,
    knownAs: alias === undefined ? { host, port } : { host: alias, port: 22 },
    knownHostsFiles:
      known === one(usual, 'userknownhostsfile')
        ? null
        : known.split(' ').filter((file) => !/^(none|\/dev\/null|)$/.test(file)),
    identityFiles:
      files.join() === usual.get('identityfile')?.join()
        ? null
        : [...new Set(files.filter((file) => file !== 'none').map(whole))],
    identitiesOnly: one(printed, 'identitiesonly') === 'yes',
    agentSocket: agent === undefined || agent === 'SSH_AUTH_SOCK' ? '/run/agent' : agent === 'none' ? null : agent,
    methods: {
      publicKey: tried('pubkeyauthentication', 'publickey'),
      keyboardInteractive: tried('kbdinteractiveauthentication', 'keyboard-interactive'),
      password: tried('passwordauthentication', 'password'),
    },
    keepalive: interval > 0 && count > 0 && interval * (count + 1) < 9 ? { intervalMs: interval * 1_000, count } : ours,
  };
}

/** How ssh would call itself to come nearer: the last machine of its ProxyJump, with those before it as `-J`. */
function nextCall(printed: NonNullable<Printed>, file: string): Call | null {
  const jumps = printed.get('proxyjump')?.[0];
  if (jumps === undefined || jumps === 'none') return null;
  const [last = '', ...others] = jumps.split(',').reverse();
  const [, user = null, bracketed, bare, port = null] = /^(?:(.*)@)?(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(last) ?? [];
  const before = others.length === 0 ? null : others.reverse().join(',');
  return { file, name: bracketed ?? bare ?? '', user, port: port === null ? null : Number(port), jumps: before };
}

// What the files are made of.

const NAMES = ['a', 'b', 'web', 'web.example', 'db1', '192.0.2.7'];
const ways = [
  'a',
  'b',
  'gate',
  'ana@gate',
  'b:2200',
  'ssh://ana@gate:2222',
  'gate,b',
  'a,ben@b:23,gate',
  '[2001:db8::1]:24',
];
const globs = ['a', 'b', 'w*', 'web*', '*.example', 'db?', '*', 'gate', '192.0.2.*', '!a', '!web', '!*.example'];
const glob = fc.constantFrom(...globs);

/** What the way itself depends on. */
const OFTEN = new Set<string>(['ProxyJump', 'HostName', 'User', 'Port', 'IdentityFile']);

/** A keyword with its arguments, as words; the written form is chosen later. */
const setting: fc.Arbitrary<readonly [string, ...string[]]> = fc.oneof(
  ...(
    [
      ['HostName', ['192.0.2.1', '%h.example', 'Internal.Example', 'a', '2001:db8::5']],
      ['User', ['ana', 'ben', 'CORP\\carl']],
      ['Port', ['22', '2222', '0022', '65535']],
      [
        'IdentityFile',
        ['~/.ssh/id_a', '/keys/%n', '/keys/%r@%h:%p', `$${'{KEYS}'}/k`, 'none', '%d/k%%', '~/.ssh/id a'],
      ],
      ['IdentitiesOnly', ['yes', 'no', 'True', 'FALSE']],
      ['HostKeyAlias', ['known-as', 'Known']],
      ['ProxyJump', [...ways, ...ways, 'none']],
      ['ProxyCommand', ['none']],
      ['ServerAliveInterval', ['0', '1', '2', '1m', '1m30s', 'none']],
      ['ServerAliveCountMax', ['1', '2', '9']],
      ['PubkeyAuthentication', ['yes', 'no', 'unbound']],
      ['PasswordAuthentication', ['yes', 'no']],
      ['ChallengeResponseAuthentication', ['yes', 'no']],
      ['PreferredAuthentications', ['publickey', 'password,publickey', 'keyboard-interactive']],
      ['IdentityAgent', ['none', 'SSH_AUTH_SOCK', '/run/%r.sock', '~/agent']],
      ['Compression', ['yes']],
      ['CanonicalizeMaxDots', ['1']],
    ] as const
  ).map(([keyword, values]) => ({
    weight: OFTEN.has(keyword) ? 4 : 1,
    arbitrary: fc.constantFrom(...values).map((value) => [keyword, value] as const),
  })),
  {
    weight: 1,
    arbitrary: fc
      .subarray(['~/.ssh/k1', '/etc/k2', '/dev/null', '%d/%n'])
      .map((files) => ['UserKnownHostsFile', ...files, '/srv/known'] as const),
  },
  { weight: 1, arbitrary: fc.constant(['UserKnownHostsFile', 'none'] as const) },
);

const criterion = fc
  .tuple(
    fc.constantFrom('', '', '', '!'),
    fc.constantFrom('host', 'originalhost', 'user', 'localuser'),
    fc.array(glob, { minLength: 1, maxLength: 3 }),
  )
  .map(([not, kind, list]) => {
    const names = kind === 'user' ? ['ana', 'b*'] : kind === 'localuser' ? [username, 'x'] : list;
    return [`${not}${kind}`, names.join(',')];
  });
const head: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.array(glob, { minLength: 1, maxLength: 3 }).map((list) => ['Host', ...list]) },
  {
    weight: 3,
    arbitrary: fc.array(criterion, { minLength: 1, maxLength: 2 }).map((list) => ['Match', ...list.flat()]),
  },
  { weight: 1, arbitrary: fc.constantFrom(['Match', 'all'], ['Match', 'final'], ['Match', 'canonical']) },
  { weight: 1, arbitrary: criterion.map((each) => ['Match', 'final', ...each]) },
);
const broken = fc.constantFrom(
  'Port 0',
  'Port 65536',
  'Port x',
  'Port',
  'Host "a',
  'NoSuchThing yes',
  'User a b',
  'IdentitiesOnly maybe',
  'Match',
  'Match host',
  'Match nobody x',
  'Match host a all user b',
  'ServerAliveInterval x',
  'UserKnownHostsFile none x',
  'HostName ""',
  'IdentityFile',
);
const style = fc.record({
  indent: fc.constantFrom('', '  ', '\t'),
  between: fc.constantFrom(' ', ' ', ' ', '\t', '=', ' = ', '  '),
  quote: fc.boolean(),
  letters: fc.constantFrom('as', 'as', 'lower', 'upper'),
  end: fc.constantFrom('', '', '', ' ', '\r', ' # and so on'),
});
const line = (words: fc.Arbitrary<readonly string[]>) =>
  fc.tuple(words, style).map(([[keyword = '', ...rest], { indent, between, quote, letters, end }]) => {
    const written = letters === 'lower' ? keyword.toLowerCase() : letters === 'upper' ? keyword.toUpperCase() : keyword;
    const isRaw = /^proxy/i.test(keyword);
    const args = rest.map((word) =>
      !isRaw && (quote || / /.test(word)) ? `"${word.replaceAll('\\', '\\\\')}"` : word,
    );
    return `${indent}${written}${between}${args.join(' ')}${isRaw && end.includes('#') ? '' : end}`;
  });
/** `DIR` stands for the folder the files are in. */
const include = fc.constantFrom(
  ['Include', 'DIR/inc-1'],
  ['Include', 'DIR/inc-*', 'DIR/none'],
  ['Include', 'DIR/inc-[2]'],
);
const text = fc
  .array(
    fc.oneof(
      { weight: 120, arbitrary: line(setting) },
      { weight: 40, arbitrary: line(head) },
      { weight: 10, arbitrary: line(include) },
      { weight: 10, arbitrary: fc.constantFrom('', '# a comment', '   ', 'IgnoreUnknown NoSuch*,other', 'UseRsh no') },
      { weight: 1, arbitrary: broken },
    ),
    { minLength: 1, maxLength: 18 },
  )
  .map((lines) => `${lines.join('\n')}\n`);
/** What is included, which includes nothing itself. */
const included = text.map((lines) => lines.replace(/^.*DIR.*$/gim, ''));
/** Without it most ways lead through themselves. */
const begun = fc
  .tuple(fc.constantFrom('', 'Host gate a b 2001:db8::1\nProxyJump none\nHost *\n'), text)
  .map(([first, rest]) => first + rest);
const setUp = fc.record({ main: begun, 'inc-1': included, 'inc-2': included });

describeSshd('against ssh -G', () => {
  it('finds the same machines, by the same way, or refuses what ssh refuses, for 1,500 names', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'binnacle-ssh-config-'));
    await writeFile(join(folder.path, 'empty'), '');
    const asked = (file: string, name: string): Call => ({ file, name, user: null, port: null, jumps: null });
    const [usual] = await askOpenSsh([asked(join(folder.path, 'empty'), 'a')], folder.path);
    if (usual === undefined || usual === null) throw new Error('ssh -G does not answer');

    const cases = await Promise.all(
      fc.sample(setUp, 300).map(async (texts, index) => {
        const place = join(folder.path, String(index));
        await mkdir(place);
        for (const [name, lines] of Object.entries(texts)) {
          await writeFile(join(place, name), lines.replaceAll('DIR', place), { mode: 0o600 });
        }
        return { file: join(place, 'main'), texts };
      }),
    );
    const trips: { first: Call; next: Call | null; way: Machine[]; refused: boolean }[] = cases.flatMap(({ file }) =>
      NAMES.slice(0, 5).map((name) => ({ first: asked(file, name), next: asked(file, name), way: [], refused: false })),
    );
    for (let far = 0; far <= limits.ssh.hops; far += 1) {
      const going = trips.filter(({ next }) => next !== null);
      const answers = await askOpenSsh(
        going.map(({ next }) => next as Call),
        folder.path,
      );
      for (const [index, trip] of going.entries()) {
        const printed = answers[index] ?? null;
        const { name, file } = trip.next as Call;
        // Farther than we go, as in a circle; or ssh would find out later that the name is none.
        const isNone = printed !== null && /:.*[^0-9a-f:]/.test(one(printed, 'hostname'));
        if (printed === null || isNone || far === limits.ssh.hops) Object.assign(trip, { refused: true, next: null });
        else {
          trip.way.unshift(machineOf(printed, name, usual));
          trip.next = nextCall(printed, file);
        }
      }
    }
    const different: string[] = [];
    const seen = { refused: 0, direct: 0, through: 0 };
    for (const { first, way, refused } of trips) {
      const config = createSshConfig({
        userFile: first.file,
        systemFile: null,
        homeDir: homedir,
        defaultUser: username,
        agentSocket: '/run/agent',
        environment: ENVIRONMENT,
      });
      const target: SshTarget = {
        ...first,
        kind: 'ssh',
        host: first.name,
        engine: { kind: 'socket', path: null, via: 'any' },
      };
      const ours = await config.route(target, { identityFiles: null }).then(
        ({ hops }) => hops.map(({ namedFiles: _, homeDir: __, ...machine }) => machine),
        (error: unknown) => {
          if (error instanceof AppError) return error.code;
          throw error;
        },
      );
      seen[refused ? 'refused' : way.length === 1 ? 'direct' : 'through'] += 1;
      const { texts } = cases.find(({ file }) => file === first.file) ?? {};
      const theirs = refused ? 'SSH_CONFIG_BROKEN' : way;
      if (!isDeepStrictEqual(ours, theirs))
        different.push(JSON.stringify({ of: first.name, texts, ours, theirs }, null, 1));
    }
    expect(different.slice(0, 3).join('\n')).toBe('');
    // Without any of a kind the comparison would say nothing of it.
    expect(Object.values(seen).every((count) => count > 40)).toBe(true);
  }, 300_000);
});
