import { expect, it } from 'vitest';
import type { TrialEvent } from '#contract/hosts.ts';
import { fakeEngine, fakeLink, fixtureClock } from '../../fleet/engine.fixture.ts';
import type { HostReach, ReachRequest } from '../../hosts/host-reach.ts';
import { AppError } from '../../kernel/errors.ts';
import type { HostSettings } from '../../settings/schema.ts';
import type { SshPrompts } from '../../ssh/connection-types.ts';
import { hopOf } from '../../ssh/hop.fixture.ts';
import type { Hop } from '../../ssh/hop.ts';
import { formatTarget } from '../../ssh/target.ts';
import { parseArguments } from './arguments.ts';
import { type HostsTestContext, runHostsTest } from './hosts-test.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const saved: HostSettings = {
  id: ID,
  name: 'web',
  target: 'ssh://ana@web.example',
  mode: 'observe',
  identityFiles: ['/home/ana/.ssh/web'],
  pinned: [],
  protected: [],
  accepted: [],
  apps: {},
  changesPerMinute: 10,
  destroysPerMinute: 1,
};

const hop = (host: string): Hop => hopOf({ user: 'ana', host, identityFiles: null });

function connected(onEvent: ReachRequest['onEvent'], host: string, isJump = false): void {
  const seen = { resolve: '192.0.2.7', reach: '192.0.2.7:22', 'host-key': 'known: SHA256:abc', authenticate: 'a key' };
  for (const [index, step] of (['resolve', 'reach', 'host-key', 'authenticate'] as const).entries()) {
    onEvent?.({ kind: 'begun', step, hop: hop(host), isJump });
    // What a terminal is asked is there already.
    for (const kind of ['asking', 'asked'] as const) {
      if (step === 'authenticate') onEvent?.({ kind, step, hop: hop(host), isJump, what: 'code' });
    }
    onEvent?.({ kind: 'passed', step, hop: hop(host), isJump, ms: index * 400, seen: seen[step] });
  }
}

const through: HostReach = async ({ onEvent }) => {
  connected(onEvent, 'bastion', true);
  connected(onEvent, 'web.example');
  onEvent?.({ kind: 'skipped', step: 'forward', why: 'the target names docker system dial-stdio' });
  onEvent?.({ kind: 'passed', step: 'socket', ms: 1, seen: '/var/run/docker.sock' });
  onEvent?.({ kind: 'passed', step: 'engine', ms: 12, seen: 'docker 20.10.24' });
  const link = fakeLink(fakeEngine(['a', 'b'], () => 0));
  const channels = { open: 1, opened: 1, refused: 0, most: null };
  return {
    ...link,
    notes: ['CertificateFile (~/.ssh/config:12) was not followed.'],
    report: () => ({ hops: [], via: 'dial-stdio', endpoint: '', channels, costs: [] }),
  };
};

const DENIED = new AppError('SOCKET_DENIED', 'ana may not use /var/run/docker.sock on web.example:22.', {
  hint: 'Add the user to its group on the host, then connect again: sudo usermod -aG docker ana',
  details: {
    seen: ['test -w /var/run/docker.sock: no', 'ls -ld: srw-rw---- root docker\u001b[2J'],
    found: [{ kind: 'socket', path: null, via: 'sudo-dial-stdio' }],
  },
});

async function run(line: string, over: Partial<HostsTestContext> & { readonly reach: HostReach }) {
  const said = { out: '', err: '' };
  const asked: ReachRequest[] = [];
  const command = parseArguments(`hosts test ${line}`.split(' '), { cwd: '/srv', homedir: () => '/home/ana' });
  if (command.kind !== 'hosts-test') throw new Error('no test');
  const context: HostsTestContext = {
    hosts: [saved],
    problems: [],
    prompts: () => ({}) as SshPrompts,
    terminal: {
      colour: { stdout: false, stderr: false },
      isOutputTerminal: false,
      width: () => 80,
      write: async (text) => {
        said.out += text;
      },
      writeError: (text) => {
        said.err += text;
      },
    },
    clock: fixtureClock(),
    newId: () => ID,
    signal: new AbortController().signal,
    ...over,
    reach: (request) => {
      asked.push(request);
      return over.reach(request);
    },
  };
  const end = await runHostsTest(command, context).then(
    (code) => ({ code: code as number, error: null }),
    ({ code, hint }: AppError) => ({ code: null, error: [code, hint] }),
  );
  return { ...end, ...said, asked: asked.map(({ target, identityFiles }) => [formatTarget(target), identityFiles]) };
}

it('prints each step in columns, the machines on the way indented, then what was found', async () => {
  const { code, out, err } = await run('web', { reach: through });
  expect({ code, err, lines: out.split('\n') }).toEqual({
    code: 0,
    err: '',
    lines: [
      'through ana@bastion:22',
      '  ✔ passed   resolve          <1 ms  192.0.2.7',
      '  ✔ passed   reach           400 ms  192.0.2.7:22',
      '  ✔ passed   host key        800 ms  known: SHA256:abc',
      '  ✔ passed   authenticate     1.2 s  a key',
      '✔ passed   resolve          <1 ms  192.0.2.7',
      '✔ passed   reach           400 ms  192.0.2.7:22',
      '✔ passed   host key        800 ms  known: SHA256:abc',
      '✔ passed   authenticate     1.2 s  a key',
      '– skipped  forward              –  the target names docker system dial-stdio',
      '✔ passed   socket            1 ms  /var/run/docker.sock',
      '✔ passed   engine           12 ms  docker 20.10.24',
      '✔ passed   permissions      <1 ms  all reads are allowed',
      '',
      '✔ It gets through: Docker 20.10.24 (API 1.41) with 2 containers, through docker system dial-stdio on the host; 5 ms a round trip.',
      '  Host key SHA256:host',
      '',
      'NOTES',
      '  CertificateFile (~/.ssh/config:12) was not followed.',
      '',
      'OTHER WAYS',
      '  Always use docker system dial-stdio. sshd does not forward to the socket, and the docker client on the host does. Saved so, that is not tried first each time.',
      "    binnacle hosts add 'ssh://ana@web.example?via=dial-stdio'",
      '',
    ],
  });
});

const stopping: HostReach = async ({ onEvent }) => {
  connected(onEvent, 'web.example');
  onEvent?.({ kind: 'begun', step: 'forward' });
  throw DENIED;
};

it('says where it stopped, why, what to do, what that rests on, and what else there is', async () => {
  const { code, out } = await run('web', { reach: stopping });
  expect({ code, lines: out.split('\n').slice(4) }).toEqual({
    code: 69,
    lines: [
      '– skipped  forward              –  not finished: it stopped at “socket”',
      '✖ stopped  socket           <1 ms',
      '',
      '✖ It stopped at “socket”.',
      '  ana may not use /var/run/docker.sock on web.example:22. (SOCKET_DENIED)',
      '  Add the user to its group on the host, then connect again: sudo usermod -aG docker ana',
      '',
      'SEEN',
      '  test -w /var/run/docker.sock: no',
      '  ls -ld: srw-rw---- root docker␛[2J',
      '',
      'OTHER WAYS',
      '  Use sudo. ana may not use /var/run/docker.sock, and there is a sudo on the host. It was not tried: a sudo that is refused is reported to whoever runs the host, and it must ask for no password.',
      "    binnacle hosts add 'ssh://ana@web.example?via=sudo-dial-stdio'",
      '',
    ],
  });
});

it('keeps within the width of a terminal, but for a command to be copied', async () => {
  const width = 60;
  const terminal = {
    colour: { stdout: false, stderr: false },
    isOutputTerminal: true,
    width: () => width,
    writeError: () => undefined,
  };
  const texts: string[] = [];
  const write = async (text: string) => void texts.push(text);
  for (const reach of [through, stopping]) await run('web', { reach, terminal: { ...terminal, write } });
  const wide = texts
    .join('')
    .split('\n')
    .filter((line) => [...line].length > width);
  expect(wide.map((line) => line.trim().split("'")[0])).toEqual(['binnacle hosts add ', 'binnacle hosts add ']);
});

it('says so where the cause is undetermined', async () => {
  const { out, code } = await run('web', { reach: () => Promise.reject(new AppError('UNDETERMINED', 'Unclear.')) });
  expect([code, out.split('\n').slice(2, 4)]).toEqual([
    69,
    ['? It stopped at “resolve”; the cause is undetermined.', '  Unclear. (UNDETERMINED)'],
  ]);
});

it('prints one document for scripts, and nothing else', async () => {
  const [well, ill] = [await run('web --json', { reach: through }), await run('web --json', { reach: stopping })];
  const document = JSON.parse(well.out);
  expect({
    keys: Object.keys(document),
    schema: document.schema,
    target: document.target,
    steps: document.steps.map(({ kind, step, jump }: Extract<TrialEvent, { kind: 'passed' }>) => [kind, step, jump]),
    result: document.result.kind,
    ill: JSON.parse(ill.out).result,
    safe: ill.out.includes('\u001b'),
  }).toEqual({
    keys: ['schema', 'target', 'steps', 'result', 'problems'],
    schema: 1,
    target: 'ssh://ana@web.example',
    steps: [
      ...['resolve', 'reach', 'host-key', 'authenticate'].map((step) => ['passed', step, 'ana@bastion:22']),
      ...['resolve', 'reach', 'host-key', 'authenticate'].map((step) => ['passed', step, null]),
      ['skipped', 'forward', null],
      ...['socket', 'engine', 'permissions'].map((step) => ['passed', step, null]),
    ],
    result: 'reached',
    ill: expect.objectContaining({ kind: 'stopped', step: 'socket', code: 'SOCKET_DENIED' }),
    safe: false,
  });
});

it('takes a saved host by name or id with its keys behind those of the command, or a target as it is', async () => {
  const asked = [];
  for (const line of ['web', `${ID} -i k`, 'ssh://ana@WEB.example', 'ssh://other', 'local:']) {
    asked.push(...(await run(line, { reach: through })).asked);
  }
  expect(asked).toEqual([
    ['ssh://ana@web.example', ['/home/ana/.ssh/web']],
    ['ssh://ana@web.example', ['/srv/k', '/home/ana/.ssh/web']],
    ['ssh://ana@web.example', ['/home/ana/.ssh/web']],
    ['ssh://other', null],
    ['local:', null],
  ]);
});

it.each([
  ['wbe', ['HOST_NOT_FOUND', 'Did you mean web?']],
  ['atlas', ['HOST_NOT_FOUND', 'No host is saved by that name. As a target: binnacle hosts test ssh://atlas']],
  ['http://atlas', ['TARGET_INVALID', expect.any(String)]],
])('refuses %s, and connects nowhere', async (line, error) => {
  expect(await run(line, { reach: through })).toEqual({ code: null, error, out: '', err: '', asked: [] });
});

it('ends with the time allowed, and says so', async () => {
  const reach: HostReach = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as AppError)));
  const { code, out } = await run('web --timeout 0.05', { reach });
  expect([code, out]).toEqual([75, expect.stringContaining('No complete answer within 0.05 s. (TIMEOUT)')]);
});

it('is interrupted without a verdict', async () => {
  const signal = AbortSignal.abort(new AppError('CANCELLED', 'Interrupted.'));
  expect(await run('web', { reach: through, signal })).toMatchObject({ error: ['CANCELLED', null] });
});
