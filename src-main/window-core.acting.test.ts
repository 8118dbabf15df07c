import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act, allLive, asked, type RecordedHost, refusalOf, saveHosts, startRecordedHost } from './acting.fixture.ts';
import { intent } from './audit/journal.fixture.ts';
import { openJournal } from './audit/open-journal.ts';
import { type Home, homeAt } from './home/home.ts';
import { systemClock } from './kernel/clock.ts';
import { until, windowCoreOptions } from './window-core.fixture.ts';
import { openWindowCore } from './window-core.ts';

const never = new AbortController().signal;
let home: Home;
let atlas: RecordedHost;
beforeEach(async () => {
  home = homeAt(mkdtempSync(path.join(tmpdir(), 'binnacle-acting-')));
  atlas = await startRecordedHost('atlas');
});
afterEach(async () => {
  await atlas[Symbol.asyncDispose]();
  rmSync(home.path, { recursive: true, force: true });
});

const journalFile = () => path.join(home.journalFolder, '000001.jsonl');
const records = (): Record<string, unknown>[] =>
  readFileSync(journalFile(), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('a window core', () => {
  async function open() {
    const core = await openWindowCore(windowCoreOptions(home));
    await allLive(core.services);
    return core;
  }

  it('keeps what is allowed and protected, and what it did, over a restart', async () => {
    saveHosts(home, [atlas], 'observe');
    {
      await using core = await open();
      const { actions, hosts } = core.services;
      const before = await refusalOf(act(actions, asked('container.stop', atlas, 'worker-1')));
      await hosts.setMode({ id: atlas.id, mode: 'operate' });
      await actions.protect({ hostId: atlas.id, app: 'shop', service: 'web', protect: true });
      const { state } = await act(actions, asked('container.stop', atlas, 'worker-1'), 'to see it stop');
      expect([before, state]).toEqual(['OBSERVE_ONLY', 'succeeded']);
    }
    await using core = await open();
    const { actions, fleet, journal } = core.services;
    const { entries } = await journal.read({ filter: {}, before: null, limit: 10 });
    expect({
      mode: fleet.host(atlas.id)?.host.mode,
      web: await refusalOf(act(actions, asked('container.stop', atlas, 'web-1'))),
      worker: await refusalOf(act(actions, asked('container.stop', atlas, 'worker-2'))),
      entries: entries.map(({ title, outcome, reason }) => ({ title, outcome, reason })),
      sound: (await journal.verify(never)).sound,
    }).toEqual({
      mode: 'operate',
      web: 'PROTECTED',
      worker: 'done',
      entries: [
        { title: 'Stop shop / shop-worker-1 on atlas', outcome: 'succeeded', reason: 'to see it stop' },
        { title: 'Protected web of shop on atlas', outcome: null, reason: null },
        { title: 'Changes allowed on atlas', outcome: null, reason: null },
        { title: 'Journal begun', outcome: null, reason: null },
      ],
      sound: true,
    });
  });

  it('writes nothing to a journal that another core has', async () => {
    saveHosts(home, [atlas]);
    await using core = await open();
    const before = readFileSync(journalFile());
    const anchor = readFileSync(home.journalAnchorFile);
    await expect(openWindowCore(windowCoreOptions(home))).rejects.toMatchObject({ code: 'HOME_LOCKED' });
    expect([readFileSync(journalFile()), readFileSync(home.journalAnchorFile)]).toEqual([before, anchor]);
    expect((await act(core.services.actions, asked('container.stop', atlas, 'worker-1'))).state).toBe('succeeded');
  });

  describe('on a journal that somebody has tampered with', () => {
    beforeEach(async () => {
      saveHosts(home, [atlas], 'observe');
      await using core = await openWindowCore(windowCoreOptions(home));
      await allLive(core.services);
      await core.services.hosts.setMode({ id: atlas.id, mode: 'operate' });
    });
    const tamper = () =>
      writeFileSync(journalFile(), readFileSync(journalFile(), 'utf8').replace('"to":"operate"', '"to":"observe"'));

    it('opens, observes and logs, and does nothing else', async () => {
      tamper();
      await using core = await open();
      const { actions, fleet, hosts, journal } = core.services;
      const lines = await fleet.logs(
        { hostId: atlas.id, containerId: atlas.idOf('web-1'), follow: false, tail: 3, after: null },
        never,
      );
      const unlock = { hostId: atlas.id, containerId: atlas.idOf('postgres-1'), action: 'container.stop' } as const;
      const before = readFileSync(journalFile());
      // A plan is a look, and may be looked at.
      const plan = await actions.plan(asked('container.stop', atlas, 'worker-1'), never);
      expect({
        status: journal.status().state,
        problem: journal.status().problem?.code,
        containers: fleet.host(atlas.id)?.containers.length,
        logged: (await Array.fromAsync(lines)).flat().length,
        run: await refusalOf(actions.run({ plan: plan.id, reason: null })),
        unlock: await refusalOf(actions.unlock({ ...unlock, reason: 'x' }, never)),
        observe: await refusalOf(hosts.setMode({ id: atlas.id, mode: 'observe' })),
        mode: fleet.host(atlas.id)?.host.mode,
        operate: await refusalOf(hosts.setMode({ id: atlas.id, mode: 'operate' })),
        changes: atlas.changes,
      }).toEqual({
        status: 'broken',
        problem: 'JOURNAL_BROKEN',
        containers: 6,
        logged: 3,
        run: 'JOURNAL_BROKEN',
        unlock: 'JOURNAL_BROKEN',
        observe: 'done',
        mode: 'observe',
        operate: 'JOURNAL_BROKEN',
        changes: [],
      });
      expect(readFileSync(journalFile())).toEqual(before);
    });

    it('acts again as soon as it has been put aside', async () => {
      tamper();
      await using core = await open();
      const { actions, journal } = core.services;
      const wish = asked('container.stop', atlas, 'worker-1');
      const refused = await refusalOf(act(actions, wish));
      let told = 0;
      using _ = journal.subscribe(() => {
        told += 1;
      });
      const { folder } = await journal.setAside();
      const after = { told: told > 0, status: journal.status().state };
      const { state } = await act(actions, wish);
      expect({ refused, after, state, kinds: records().map(({ kind }) => kind), kept: readdirSync(folder) }).toEqual({
        refused: 'JOURNAL_BROKEN',
        after: { told: true, status: 'sound' },
        state: 'succeeded',
        kinds: ['begun', 'intent', 'outcome'],
        kept: ['000001.jsonl'],
      });
      expect(records()[0]).toMatchObject({ setAside: { folder: path.basename(folder) } });
    });

    it('is caught at the next act where it happens while the core runs', async () => {
      await using core = await open();
      const { actions, journal } = core.services;
      const plan = await actions.plan(asked('container.stop', atlas, 'worker-1'), never);
      // The kernel's clock for files ticks every few milliseconds.
      await systemClock.sleep(50);
      tamper();
      expect([
        await refusalOf(actions.run({ plan: plan.id, reason: null })),
        journal.status().state,
        actions.runs(),
        atlas.changes,
      ]).toEqual(['JOURNAL_BROKEN', 'broken', [], []]);
    });

    it.each([
      ['its file is cut short', () => writeFileSync(journalFile(), readFileSync(journalFile()).subarray(0, 40))],
      ['its file is gone', () => rmSync(journalFile())],
      ['its anchor is gone', () => rmSync(home.journalAnchorFile)],
    ])('refuses as well where %s', async (_, harm) => {
      harm();
      await using core = await open();
      const refused = await refusalOf(act(core.services.actions, asked('container.stop', atlas, 'worker-1')));
      expect([refused, atlas.changes]).toEqual(['JOURNAL_BROKEN', []]);
    });
  });

  it('shows a run whose core was killed as unknown, and finds what became of it when its host is there', async () => {
    saveHosts(home, [atlas]);
    // As a core leaves it that is killed between the request and its answer.
    const { clock, toAppError } = windowCoreOptions(home);
    const killed = await openJournal({
      folder: home.journalFolder,
      anchorFile: home.journalAnchorFile,
      exportFolder: home.path,
      author: { user: 'ana', machine: 'laptop', shell: 'browser' },
      version: '1.2.3',
      clock,
      toAppError,
    });
    const id = atlas.idOf('worker-1');
    const [before] = intent(1).before as [ReturnType<typeof intent>['before'][number]];
    const left = intent(1, {
      action: 'container.stop',
      title: 'Stop shop / worker on atlas',
      service: 'worker',
      host: { id: atlas.id, label: 'atlas', target: atlas.target },
      steps: [{ text: 'Stop worker (SIGTERM, 10 s)', request: 'POST /containers/x/stop?t=10' }],
      before: [{ ...before, id, name: 'shop-worker-1', service: 'worker' }],
    });
    await killed.append(left);
    await killed[Symbol.asyncDispose]();

    await using core = await open();
    const { actions, journal } = core.services;
    const run = () => actions.runs().find((each) => each.id === left.run);
    await until(actions, () => run()?.found !== null && run() !== undefined);
    const { entries } = await journal.read({ filter: { outcome: 'unknown' }, before: null, limit: 10 });
    expect({
      run: run(),
      entry: entries.map(({ title, outcome }) => ({ title, outcome })),
      kinds: records().map(({ kind }) => kind),
      found: records().at(-1),
      changes: atlas.changes,
    }).toMatchObject({
      run: { state: 'unknown', title: left.title, containerIds: [id], found: expect.stringContaining('worker') },
      entry: [{ title: left.title, outcome: 'unknown' }],
      kinds: ['begun', 'intent', 'outcome', 'found'],
      found: { run: left.run, after: [{ id, state: 'running' }] },
      // It is looked at, and never done again.
      changes: [],
    });
  });
});
