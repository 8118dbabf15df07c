import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CoreOptions, coreHosts, openFleet } from './app.ts';
import { likeDocker } from './engine/fake-engine.fixture.ts';
import { homeAt } from './home/home.ts';
import type { HostToFollow } from './hosts/fleet-member.ts';
import { noSshFiles } from './hosts/ssh-files.ts';
import { manualClock } from './kernel/clock.fixture.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import { AppError } from './kernel/errors.ts';
import { limits } from './kernel/limits.ts';
import { defaultSettings, type Settings } from './settings/schema.ts';
import { nobody } from './ssh/hop.fixture.ts';
import { formatTarget } from './ssh/target.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const atlas = {
  id: '00000000-0000-4000-8000-000000000001',
  target: 'ssh://ops@atlas',
  mode: 'observe' as const,
  identityFiles: ['/home/ops/.ssh/atlas'],
  pinned: [{ app: 'shop', service: 'api' }],
  accepted: ['c1'],
  apps: { api: 'shop' },
  protected: [],
  changesPerMinute: 20,
  destroysPerMinute: 3,
};
const cinder = {
  ...atlas,
  id: '00000000-0000-4000-8000-000000000002',
  mode: 'operate' as const,
  target: 'ssh://cinder',
  identityFiles: [],
  pinned: [],
};
const settings: Settings = { ...defaultSettings(), hosts: [atlas, { ...cinder, target: 'ssh://ops@cinder:2222' }] };

const chosen = (targets: readonly string[], identityFiles: readonly string[] = [], from = settings) =>
  coreHosts(from, { targets, identityFiles, settingsFile: 'settings.json' });
const shown = (hosts: readonly HostToFollow[]) =>
  hosts.map(({ target, ...rest }) => ({ target: formatTarget(target), ...rest }));

describe('coreHosts', () => {
  it('is every saved host where none is named, in their order', () => {
    expect(shown(chosen([]).hosts)).toEqual([
      {
        id: atlas.id,
        target: 'ssh://ops@atlas',
        label: 'atlas',
        mode: 'observe',
        identityFiles: atlas.identityFiles,
        rates: { changesPerMinute: 20, destroysPerMinute: 3 },
        preferences: atlas,
      },
      {
        id: cinder.id,
        target: 'ssh://ops@cinder:2222',
        label: 'cinder',
        mode: 'operate',
        identityFiles: null,
        rates: { changesPerMinute: 20, destroysPerMinute: 3 },
        preferences: expect.objectContaining({ pinned: [] }),
      },
    ]);
  });

  it('knows a saved host however it is written, and gives another an id for this run', () => {
    const [first, second, third] = chosen(['ssh://ops@ATLAS/', 'ssh://atlas', 'ssh://ops@atlas:2222']).hosts;
    const others = [second, third].map((host) => host?.id ?? '');
    expect([
      first?.id,
      second?.mode,
      second?.preferences,
      others.every((id) => UUID.test(id)),
      new Set(others).size,
    ]).toEqual([
      atlas.id,
      // Nobody has allowed anything on a host that is not saved.
      'observe',
      { pinned: [], protected: [], accepted: [], apps: {} },
      true,
      2,
    ]);
  });

  it('takes a target that is named twice for one host', () => {
    const named = ['ssh://me@b', 'ssh://ops@atlas', 'ssh://me@B/', 'ssh://b', 'ssh://ops@atlas'];
    // What is left out is ssh_config's to say: that may be another user, or another machine.
    expect(shown(chosen(named).hosts).map(({ target }) => target)).toEqual([
      'ssh://me@b',
      'ssh://ops@atlas',
      'ssh://b',
    ]);
  });

  it('tries the identities of the command line before a host’s own', () => {
    const { hosts } = chosen(['ssh://ops@atlas', 'ssh://b'], ['/k']);
    expect(hosts.map(({ identityFiles }) => identityFiles)).toEqual([['/k', '/home/ops/.ssh/atlas'], ['/k']]);
  });

  it('knows a host that was saved by hand in another form, by its one id', () => {
    const byHand = { ...settings, hosts: [{ ...atlas, target: 'ssh://ATLAS/' }] };
    const found = {
      id: atlas.id,
      target: 'ssh://atlas',
      label: 'atlas',
      mode: 'observe',
      identityFiles: atlas.identityFiles,
      rates: { changesPerMinute: 20, destroysPerMinute: 3 },
    };
    for (const targets of [[], ['ssh://atlas']]) {
      const { hosts, problems } = chosen(targets, [], byHand);
      expect([shown(hosts), problems]).toEqual([[{ ...found, preferences: byHand.hosts[0] }], []]);
    }
  });

  it('leaves out a saved host that is none, or there already, names it, and takes the rest', () => {
    const hosts = [
      { ...atlas, id: 'i1', target: 'ssh://root:hunter2@atlas' },
      { ...atlas, id: 'i2', name: 'web', target: 'atlas' },
      cinder,
      { ...cinder, id: 'i3', target: `${cinder.target}/` },
    ];
    const { hosts: found, problems } = chosen([], [], { ...settings, hosts });
    const where = 'settings.json';
    expect([found.map(({ id }) => id), problems]).toEqual([
      [cinder.id],
      [
        {
          where,
          code: 'TARGET_INVALID',
          message: 'The saved host ssh://root:…@atlas is left out. The target holds a password.',
          hint: 'Put its target right in the file, or forget it: binnacle hosts remove i1',
        },
        {
          where,
          code: 'TARGET_INVALID',
          message: 'The saved host web is left out. The target does not begin with ssh:// or local:.',
          hint: 'Put its target right in the file, or forget it: binnacle hosts remove i2',
        },
        {
          where,
          code: 'HOST_EXISTS',
          message: `ssh://cinder is saved twice; i3 is left out beside ${cinder.id}.`,
          hint: 'Forget one of them: binnacle hosts remove i3',
        },
      ],
    ]);
    // Named hosts are looked at whatever else is saved.
    expect(chosen(['ssh://cinder'], [], { ...settings, hosts })).toEqual({ hosts: found, problems: [] });
  });

  it('refuses what is no target', () => {
    expect(() => chosen(['ssh://ops@atlas', 'atlas'])).toThrow(expect.objectContaining({ code: 'TARGET_INVALID' }));
  });
});

/** An engine of this machine that answers, and has no containers. */
async function quietEngine(socketPath: string): Promise<Server> {
  const engine = createHttpServer(
    likeDocker(({ url = '' }, answer) => {
      if (url.includes('/events')) answer.flushHeaders();
      else answer.end('[]');
    }),
  );
  await new Promise<void>((resolve) => engine.listen(socketPath, resolve));
  return engine;
}

describe('openFleet', () => {
  let folder: string;
  let cleanup: AsyncDisposableStack;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'binnacle-app-'));
    cleanup = new AsyncDisposableStack();
  });
  afterEach(async () => {
    await cleanup.disposeAsync();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (targets: readonly string[], identityFile: string, options: Partial<CoreOptions> = {}) =>
    openFleet(
      chosen(targets, [identityFile]).hosts,
      {
        home: homeAt(folder),
        settings,
        clock: systemClock,
        random: Math.random,
        toAppError: (error) => (error instanceof AppError ? error : new AppError('INTERNAL', String(error))),
        prompts: nobody,
        sshFiles: noSshFiles(folder),
        defaultUser: 'ana',
        acceptHostKey: null,
        retry: false,
        ...options,
      },
      cleanup,
    );

  it('reaches for every host by its own connection, and says why it could not', async () => {
    // A port on which nobody listens any more, and one where somebody does who speaks no SSH.
    const silent = createServer().listen(0, '127.0.0.1');
    const babbling = createServer(
      (socket) => void socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    babbling.listen(0, '127.0.0.1');
    const portOf = (server: typeof silent) => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    };
    await new Promise((resolve) => setTimeout(resolve, 20));
    const targets = [silent, babbling].map((server) => `ssh://127.0.0.1:${portOf(server)}`);
    await new Promise((resolve) => silent.close(resolve));
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const key = path.join(folder, 'key');
    writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
    try {
      await using fleet = open(targets, key);
      await fleet.reached('loaded', AbortSignal.timeout(20_000));
      expect([
        fleet.view().hosts.map(({ status }) => status.state),
        fleet.problems().map(({ where, code }) => [where, code]),
      ]).toEqual([
        ['offline', 'offline'],
        [
          [targets[0], 'CONNECT_REFUSED'],
          [targets[1], 'NOT_SSH'],
        ],
      ]);
    } finally {
      babbling.close();
    }
  });

  it.each<[string, boolean, readonly string[]]>([
    ['sleeps', true, ['stale', 'live']],
    ['changes its network', true, ['stale', 'live']],
    ['sleeps, where each host is tried once', false, []],
  ])('takes nothing for fresh when this machine %s', async (what, retry, expected) => {
    const socketPath = path.join(folder, 'engine.sock');
    const engine = await quietEngine(socketPath);
    // Waits are over when the test says so; the clocks are those of a machine that may have slept meanwhile.
    const waits = manualClock(0);
    let slept = 0;
    const clock: Clock = {
      now: () => Date.now() + slept,
      monotonic: () => performance.now(),
      sleep: (ms, signal) =>
        ms === limits.fleet.wakeLookMs || ms === limits.fleet.networkLookMs
          ? waits.sleep(ms, signal)
          : systemClock.sleep(ms, signal),
    };
    let address = '192.0.2.1';
    const card = { internal: false, family: 'IPv4', mac: '', netmask: '', cidr: null } as const;
    const interfaces = () => ({ eth0: [{ ...card, address }] });
    try {
      await using fleet = open([`local:${socketPath}`], '/no-key', { clock, retry, interfaces });
      await fleet.reached('loaded', AbortSignal.timeout(20_000));
      const states: string[] = [];
      const now = () => fleet.view().hosts[0]?.status.state ?? '';
      using _ = fleet.subscribe(() => {
        if (states.at(-1) !== now()) states.push(now());
      });
      if (what.startsWith('sleeps')) slept = 8 * 3_600_000;
      else address = '198.51.100.1';
      expect(waits.sleeping().includes(limits.fleet.wakeLookMs)).toBe(retry);
      await waits.advance(limits.fleet.networkLookMs);
      await expect.poll(() => states, { timeout: 10_000 }).toEqual(expected);
    } finally {
      engine.closeAllConnections();
      engine.close();
    }
  });
});
