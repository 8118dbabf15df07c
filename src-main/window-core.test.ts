import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DemoHost, startDemo } from './demo/demo.ts';
import { type Home, homeAt } from './home/home.ts';
import { lockHome } from './home/lock.ts';
import { noKeychain } from './hosts/secrets-port.ts';
import { systemClock } from './kernel/clock.ts';
import { openCore } from './open-core.ts';
import { toAppErrorForTests, until, windowCoreOptions } from './window-core.fixture.ts';
import { openWindowCore } from './window-core.ts';

let home: Home;
beforeEach(() => {
  home = homeAt(mkdtempSync(path.join(tmpdir(), 'binnacle-core-')));
});
afterEach(() => rmSync(home.path, { recursive: true, force: true }));

const id = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;
const save = (hosts: readonly object[], more: object = {}) =>
  writeFileSync(home.settingsFile, JSON.stringify({ schema: 1, hosts, ...more }));
const inFile = () => JSON.parse(readFileSync(home.settingsFile, 'utf8'));
const open = () => openWindowCore(windowCoreOptions(home));

it('follows the saved hosts, says what is wrong, and keeps others from writing until it is closed', async () => {
  save([
    { id: id(1), target: 'ssh://127.0.0.1:1', name: 'atlas', mode: 'operate' },
    { id: id(2), target: 'atlas' },
  ]);
  {
    await using core = await open();
    const { services } = core;
    const { fleet, settings, welcome } = services;
    expect({
      welcome,
      ids: fleet.hostIds,
      host: fleet.host(id(1))?.host,
      problems: settings.problems().map(({ code }) => code),
    }).toMatchObject({
      welcome: { appVersion: '1.2.3', shell: 'browser', demo: false },
      ids: [id(1)],
      host: { label: 'atlas', target: 'ssh://127.0.0.1:1', mode: 'operate' },
      problems: ['TARGET_INVALID'],
    });
    const other = lockHome(home, { clock: systemClock, role: 'cli' });
    await expect(other).rejects.toMatchObject({
      code: 'HOME_LOCKED',
      message: expect.stringContaining('Binnacle in the browser'),
    });
  }
  using lock = await lockHome(home, { clock: systemClock, role: 'cli' });
  expect(lock.held).toBe(true);
});

it('does not start beside another', async () => {
  await using _ = await open();
  await expect(open()).rejects.toMatchObject({ code: 'HOME_LOCKED' });
});

it('saves hosts and settings, and follows them at once', async () => {
  await using core = await open();
  const { hosts, settings, fleet } = core.services;
  const added = await hosts.add({ target: 'ssh://127.0.0.1:1', name: null, identityFiles: ['/none'] });
  await settings.change({ theme: 'night', refreshSeconds: 60 });
  expect([fleet.hostIds, inFile().hosts[0].id, inFile().theme, settings.current()]).toEqual([
    [added.id],
    added.id,
    'night',
    { theme: 'night', refreshSeconds: 60, sampleSeconds: 5, secretMinutes: 480 },
  ]);
});

it('follows what was written by hand meanwhile with the next change of any kind', async () => {
  await using core = await open();
  const { fleet, hosts, settings } = core.services;
  save([{ id: id(1), target: 'ssh://127.0.0.1:1' }]);
  await settings.change({ theme: 'night' });
  expect([fleet.hostIds, (await hosts.list()).map((host) => host.id)]).toEqual([[id(1)], [id(1)]]);
});

it('asks about a host that is added, withdraws that when it is removed, and asks again when it is taken back', async () => {
  await using demo = await startDemo({ folder: home.path });
  const [atlas] = demo.hosts as [DemoHost];
  await using core = await open();
  const { hosts, fleet, questions } = core.services;
  const { id: added } = await hosts.add({ target: atlas.target, name: null, identityFiles: [atlas.identityFile] });
  const state = () => fleet.host(added)?.host.status.state;
  await until(fleet, () => state() === 'asking');
  const asked = [questions.open(), state()];
  await hosts.remove(added);
  const withdrawn = questions.open();
  await hosts.restore(added);
  await until(questions, () => questions.open().length > 0);
  questions.answer(questions.open()[0]?.id ?? '', { kind: 'hostKey', accept: true });
  await until(fleet, () => state() === 'live');
  expect({ asked, withdrawn, open: questions.open(), known: readFileSync(home.knownHostsFile, 'utf8') }).toEqual({
    asked: [
      [
        expect.objectContaining({
          ...{ kind: 'hostKey', hostId: added, trial: null, target: atlas.target, keyType: 'ssh-ed25519' },
          fingerprint: atlas.hostKeyFingerprint,
        }),
      ],
      'asking',
    ],
    withdrawn: [],
    open: [],
    known: expect.stringMatching(/^\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+\n$/),
  });
});

it('tries a host before it is saved, and asks about its key once for both', async () => {
  await using demo = await startDemo({ folder: home.path });
  const [atlas] = demo.hosts as [DemoHost];
  await using core = await open();
  const { hosts, fleet, questions } = core.services;
  const wish = { target: atlas.target, identityFiles: [atlas.identityFile] };
  const trial = id(7);
  using _ = questions.subscribe(() => {
    const [question] = questions.open();
    if (question !== undefined) queueMicrotask(() => questions.answer(question.id, { kind: 'hostKey', accept: true }));
  });
  const told: unknown[] = [];
  for await (const event of hosts.test({ trial, ...wish }, new AbortController().signal)) {
    if (event.kind === 'begun') told.push(event.step);
    else if (event.kind === 'reached') told.push(event);
  }
  const kept = existsSync(home.settingsFile);
  const { id: added } = await hosts.add({ ...wish, name: 'atlas' });
  await until(fleet, () => fleet.host(added)?.host.status.state === 'live');
  expect({ told, kept }).toEqual({
    told: [
      ...['resolve', 'reach', 'host-key', 'authenticate', 'forward', 'socket', 'engine', 'permissions'],
      {
        kind: 'reached',
        target: atlas.target,
        engine: fleet.host(added)?.host.engine,
        via: 'stream-local',
        containers: expect.any(Number),
        latencyMs: expect.any(Number),
        fingerprint: atlas.hostKeyFingerprint,
        notes: [],
        offers: [],
      },
    ],
    kept: false,
  });
});

it('is the demo where no host is saved, which leaves the home alone', async () => {
  rmSync(home.path, { recursive: true });
  const signal = new AbortController().signal;
  await using core = await openCore({
    home,
    role: 'browser',
    demo: false,
    keychain: noKeychain,
    toAppError: toAppErrorForTests,
    signal,
  });
  expect([core.services.welcome.demo, existsSync(home.path)]).toEqual([true, false]);
});

it.each([
  ['a host is saved', () => save([{ id: id(1), target: 'ssh://127.0.0.1:1' }]), false],
  ['the settings cannot be read: there may be hosts in them', () => writeFileSync(home.settingsFile, 'oops'), false],
  ['the demo is wished for', () => save([{ id: id(1), target: 'ssh://127.0.0.1:1' }]), true],
])('where %s, that decides', async (_, prepare, demo) => {
  prepare();
  const signal = new AbortController().signal;
  await using core = await openCore({
    home,
    role: 'desktop',
    demo,
    keychain: noKeychain,
    toAppError: toAppErrorForTests,
    signal,
  });
  expect([core.services.welcome.demo, core.services.welcome.shell]).toEqual([demo, 'desktop']);
});
