import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act, ended, refusalOf } from './acting.fixture.ts';
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

it('tries a made-up host with the demo’s own keys, and writes nothing to the home', async () => {
  const { core, demo } = await open();
  await using _ = core;
  const { hosts, questions } = core.services;
  const request = {
    trial: '00000000-0000-4000-8000-000000000007',
    target: demo.hosts[0]?.target ?? '',
    identityFiles: [],
  };
  const told: string[] = [];
  for await (const event of hosts.test(request, new AbortController().signal)) told.push(event.kind);
  expect({ end: told.at(-1), asked: questions.open(), home: existsSync(home.path) }).toEqual({
    end: 'reached',
    asked: [],
    home: false,
  });
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
      settings: { theme: 'night', refreshSeconds: 10, sampleSeconds: 5, secretMinutes: 480 },
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

describe('acting in the demo', () => {
  const never = new AbortController().signal;

  /** A demo whose first host is live, and which is looked into when it ends. */
  async function openActing(onEnd: (demo: Demo) => void = () => undefined) {
    const demo = await startDemo({ folder });
    const watched = {
      ...demo,
      async [Symbol.asyncDispose]() {
        onEnd(demo);
        await demo[Symbol.asyncDispose]();
      },
    };
    const core = await openDemoCore(watched, windowCoreOptions(home));
    const { fleet } = core.services;
    const [atlas = ''] = fleet.hostIds;
    const containers = () => fleet.host(atlas)?.containers ?? [];
    const find = (name: string) => containers().find(({ container }) => container.name === name)?.container;
    await until(fleet, () => containers().length > 0 && containers().every(({ container }) => !container.provisional));
    const toStop = (name: string) => {
      const { id = '' } = find(name) ?? {};
      return { action: 'container.stop', hostId: atlas, containerId: id } as const;
    };
    return { demo, core, ...core.services, atlas, find, toStop };
  }

  const titles = ({ journal }: WindowCore['services']) =>
    journal.read({ filter: {}, before: null, limit: 50 }).then(({ entries }) => entries.map(({ title }) => title));

  it('begins with nothing allowed; what is done is on the record of the demo, and nothing of it in the home', async () => {
    const { core, demo, actions, hosts, fleet, journal, atlas, find, toStop } = await openActing();
    await using _ = core;
    const wish = toStop('shop-web-1');
    const observed = await refusalOf(act(actions, wish));
    await hosts.setMode({ id: atlas, mode: 'operate' });
    const run = await act(actions, wish, 'to see what happens');
    await until(fleet, () => find('shop-web-1')?.state === 'exited');
    const { entries } = await journal.read({ filter: { action: 'container.stop' }, before: null, limit: 10 });
    expect({
      observed,
      mode: fleet.host(atlas)?.host.mode,
      run: run.state,
      entries: entries.map(({ title, outcome, reason }) => ({ title, outcome, reason })),
      sound: (await journal.verify(never)).sound,
      inDemo: readdirSync(demo.folder).filter((name) => name.startsWith('journal')),
      home: existsSync(home.path),
    }).toEqual({
      observed: 'OBSERVE_ONLY',
      mode: 'operate',
      run: 'succeeded',
      entries: [{ title: 'Stop shop / web on atlas', outcome: 'succeeded', reason: 'to see what happens' }],
      sound: true,
      inDemo: ['journal', 'journal.anchor'],
      home: false,
    });
  });

  it('protects what the operator says for as long as they say, and databases always', async () => {
    const { core, actions, hosts, atlas, find, toStop } = await openActing();
    await using _ = core;
    await hosts.setMode({ id: atlas, mode: 'operate' });
    const web = { hostId: atlas, app: 'shop', service: 'web' };
    const refused = () => refusalOf(actions.plan(toStop('shop-web-1'), never));
    await actions.protect({ ...web, protect: true });
    await actions.protect({ ...web, service: 'api', protect: true });
    const on = [find('shop-web-1')?.protection, await refused()];
    await actions.protect({ ...web, protect: false });
    const off = [find('shop-web-1')?.protection, await refused(), find('shop-api-1')?.protection];
    const database = toStop('shop-postgres-1');
    const locked = await refusalOf(actions.plan(database, never));
    await actions.unlock({ ...database, reason: 'to copy it' }, never);
    expect({
      ...{ on, off, locked },
      unlocked: await refusalOf(actions.plan(database, never)),
      titles: await titles(core.services),
      home: existsSync(home.path),
    }).toEqual({
      on: ['operator', 'PROTECTED'],
      off: [null, 'done', 'operator'],
      locked: 'PROTECTED',
      unlocked: 'done',
      titles: [
        'Unlocked postgres of shop on atlas for a stop',
        'Took the protection off web of shop on atlas',
        'Protected api of shop on atlas',
        'Protected web of shop on atlas',
        'Changes allowed on atlas',
        'Journal begun',
      ],
      home: false,
    });
  });

  it('ends with the first real host: a run under way is closed in its own journal, and that of the home begins', async () => {
    const inDemo: Record<string, unknown>[] = [];
    const { core, actions, hosts, journal, atlas, toStop } = await openActing((demo) => {
      const text = readFileSync(path.join(homeAt(demo.folder).journalFolder, '000001.jsonl'), 'utf8');
      inDemo.push(
        ...text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
    });
    await using _ = core;
    await hosts.setMode({ id: atlas, mode: 'operate' });
    const unused = await actions.plan(toStop('shop-web-1'), never);
    // It does not heed its signal: it is under way for three seconds.
    const plan = await actions.plan(toStop('nextcloud-cron-1'), never);
    const { run } = await actions.run({ plan: plan.id, reason: null });
    const added = await hosts.add(wish);
    expect({
      run: (await ended(actions, run)).state,
      inDemo: inDemo.map(({ kind, outcome }) => outcome ?? kind),
      titles: await titles(core.services),
      inFile: readFileSync(path.join(home.journalFolder, '000001.jsonl'), 'utf8').trim().split('\n').length,
      sound: (await journal.verify(never)).sound,
      unused: await refusalOf(actions.run({ plan: unused.id, reason: null })),
    }).toEqual({
      run: 'unknown',
      inDemo: ['begun', 'mode', 'intent', 'unknown'],
      titles: ['Journal begun'],
      inFile: 1,
      sound: true,
      unused: 'HOST_NOT_FOUND',
    });
    await hosts.setMode({ id: added.id, mode: 'operate' });
    expect([inFile().hosts[0].mode, await titles(core.services)]).toEqual([
      'operate',
      ['Changes allowed on 127.0.0.1', 'Journal begun'],
    ]);
  });
});
