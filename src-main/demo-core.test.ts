import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Demo, startDemo } from './demo/demo.ts';
import { openDemoCore } from './demo-core.ts';
import { type Home, homeAt, openHome } from './home/home.ts';
import { lockHome } from './home/lock.ts';
import { systemClock } from './kernel/clock.ts';
import { AppError } from './kernel/errors.ts';
import { until, windowCoreOptions } from './window-core.fixture.ts';
import type { WindowCore } from './window-core.ts';

let folder: string;
let home: Home;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'binnacle-demo-core-'));
  home = homeAt(path.join(folder, 'home'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function open(): Promise<{ core: WindowCore; demo: Demo }> {
  const demo = await startDemo({ folder });
  return { core: await openDemoCore(demo, windowCoreOptions(home)), demo };
}

const inFile = () => JSON.parse(readFileSync(home.settingsFile, 'utf8'));
const wish = { target: 'ssh://ops@127.0.0.1:1', name: null, identityFiles: ['/none'] };

it('follows the made-up hosts, asks nobody, and touches nothing of the operator', async () => {
  const { core, demo } = await open();
  {
    await using _ = core;
    const { fleet, hosts, questions, settings, welcome } = core.services;
    const states = () => fleet.hostIds.map((id) => fleet.host(id)?.host.status.state);
    await until(fleet, () => states().every((state) => state === 'live'));
    await settings.change({ theme: 'night' });
    expect({
      hosts: fleet.hostIds.map((id) => [id, fleet.host(id)?.host.label]),
      saved: await hosts.list(),
      asked: questions.open(),
      theme: settings.current().theme,
      demo: welcome.demo,
      home: existsSync(home.path),
    }).toEqual({
      hosts: demo.hosts.map(({ id, label }) => [id, label]),
      saved: [],
      asked: [],
      theme: 'night',
      demo: true,
      home: false,
    });
  }
  expect(existsSync(demo.folder)).toBe(false);
});

it('changes no host of its own, nor one that is saved, and says what to do', async () => {
  const { core, demo } = await open();
  await using _ = core;
  const { hosts } = core.services;
  const id = demo.hosts[0]?.id ?? '';
  const refused = await Promise.allSettled([hosts.rename({ id, name: 'x' }), hosts.remove(id), hosts.restore(id)]);
  const said = { code: 'USAGE', hint: 'Add your host: with the first of your own the demo ends.' };
  expect(refused).toMatchObject(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: said })));
  await hosts.retry(id);
});

it('ends with the first real host: what is saved is followed, and shown', async () => {
  const { core, demo } = await open();
  {
    await using _ = core;
    const { services } = core;
    let told = 0;
    using __ = services.settings.subscribe(() => {
      told += 1;
    });
    await services.settings.change({ theme: 'night', refreshSeconds: 60 });
    const changes = told;
    const [added, second] = await Promise.all([
      services.hosts.add(wish),
      services.hosts.add({ ...wish, target: 'ssh://127.0.0.1:2' }),
    ]);
    await services.hosts.rename({ id: second.id, name: 'second' });
    expect({
      ids: services.fleet.hostIds,
      demo: services.welcome.demo,
      settings: services.settings.current(),
      wasTold: told > changes,
      file: [inFile().theme, inFile().intervals.refreshSeconds, inFile().hosts.map((host: { id: string }) => host.id)],
      folder: existsSync(demo.folder),
    }).toEqual({
      ids: [added.id, second.id],
      demo: false,
      // What was looked at goes on; what was tried out does not.
      settings: { theme: 'night', refreshSeconds: 10, sampleSeconds: 5 },
      wasTold: true,
      file: ['night', 10, [added.id, second.id]],
      folder: false,
    });
    await expect(lockHome(home, { clock: systemClock, role: 'cli' })).rejects.toMatchObject({ code: 'HOME_LOCKED' });
  }
  using lock = await lockHome(home, { clock: systemClock, role: 'cli' });
  expect(lock.held).toBe(true);
});

it('adds the first host also where something of the demo cannot be tidied away', async () => {
  const demo = await startDemo({ folder });
  const stuck = {
    ...demo,
    [Symbol.asyncDispose]: () => demo[Symbol.asyncDispose]().then(() => Promise.reject(new Error('EBUSY'))),
  };
  const faults: unknown[] = [];
  const options = windowCoreOptions(home);
  const core = await openDemoCore(stuck, {
    ...options,
    toAppError: (error) => {
      if (!(error instanceof AppError)) faults.push(error);
      return options.toAppError(error);
    },
  });
  const added = await core.services.hosts.add(wish);
  const second = await core.services.hosts.add({ ...wish, target: 'ssh://127.0.0.1:2' });
  expect([core.services.fleet.hostIds, faults]).toEqual([[added.id, second.id], [new Error('EBUSY')]]);
  await expect(core[Symbol.asyncDispose]()).rejects.toThrow('EBUSY');
});

it('follows every saved host from then on, and keeps what was set for them', async () => {
  await openHome(home.path);
  const saved = {
    id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
    target: 'ssh://ana@127.0.0.1:3',
    identityFiles: ['/none'],
  };
  writeFileSync(home.settingsFile, JSON.stringify({ schema: 1, theme: 'day', hosts: [saved] }));
  const { core, demo } = await open();
  await using _ = core;
  const { fleet, hosts, settings } = core.services;
  const before = [fleet.hostIds.length, (await hosts.list()).map(({ id }) => id), settings.current().theme];
  const added = await hosts.add(wish);
  expect([before, fleet.hostIds, settings.current().theme]).toEqual([
    [demo.hosts.length, [saved.id], 'system'],
    [saved.id, added.id],
    'day',
  ]);
});

it('goes on where the first host cannot be saved, and lets it be tried again', async () => {
  await openHome(home.path);
  const { core, demo } = await open();
  await using _ = core;
  const { fleet, hosts, welcome } = core.services;
  {
    using __ = await lockHome(home, { clock: systemClock, role: 'desktop' });
    await expect(hosts.add(wish)).rejects.toMatchObject({ code: 'HOME_LOCKED' });
  }
  await expect(hosts.add({ ...wish, target: 'atlas' })).rejects.toMatchObject({ code: 'TARGET_INVALID' });
  expect([welcome.demo, fleet.hostIds]).toEqual([true, demo.hosts.map(({ id }) => id)]);
  expect(await hosts.add(wish)).toMatchObject({ target: wish.target });
});
