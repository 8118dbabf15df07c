import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act, allLive, asked, type RecordedHost, refusalOf, saveHosts, startRecordedHost } from './acting.fixture.ts';
import { assembleActions } from './acting.ts';
import { openJournal } from './audit/open-journal.ts';
import { watchedFiles } from './audit/watched-files.fixture.ts';
import { type Home, homeAt } from './home/home.ts';
import { lockHome } from './home/lock.ts';
import { keepSettings } from './settings/settings-keeper.ts';
import { openSettings } from './settings/settings-store.ts';
import { windowCoreOptions } from './window-core.fixture.ts';
import { assemble } from './window-core.ts';

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

describe('on a disk that is watched', () => {
  /** What a core is made of, on a journal whose files a test has in its hands. */
  async function acting(files: Parameters<typeof watchedFiles>[0]) {
    await using cleanup = new AsyncDisposableStack();
    const options = windowCoreOptions(home);
    saveHosts(home, [atlas]);
    const lock = cleanup.use(await lockHome(home, options));
    const settings = await keepSettings(openSettings(home, options), async () => lock);
    const journal = cleanup.use(
      await openJournal({
        folder: home.journalFolder,
        anchorFile: home.journalAnchorFile,
        exportFolder: options.exportFolder,
        author: { user: 'ana', machine: 'laptop', shell: 'browser' },
        version: '1.2.3',
        clock: options.clock,
        toAppError: options.toAppError,
        files: watchedFiles(files),
      }),
    );
    const { fleet, book, questions } = assemble(options, { saved: settings, shown: settings }, cleanup);
    const actions = assembleActions({ fleet, journal, hosts: book }, options, cleanup);
    await book.follow();
    await allLive({ fleet, questions });
    const owned = cleanup.move();
    return { actions, journal, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }

  it('nothing is sent to the engine before fdatasync has returned for the intent and for its anchor', async () => {
    const trace: string[] = [];
    atlas.onChange = (change) => trace.push(change);
    await using core = await acting({ onDone: (call) => trace.push(call) });
    trace.length = 0;
    const { state } = await act(core.actions, asked('container.stop', atlas, 'worker-1'));
    const kept = (kind: string) => [
      ...[`write ${kind}`, 'datasync 000001.jsonl'],
      ...['write journal.anchor', 'datasync journal.anchor'],
    ];
    expect({ state, trace }).toEqual({
      state: 'succeeded',
      trace: [...kept('intent'), 'POST shop-worker-1/stop?t=10', ...kept('outcome')],
    });
  });

  it.each([
    ['a full disk', 'write intent', 'ENOSPC', 'done'],
    ['a used up quota', 'write intent', 'EDQUOT', 'done'],
    ['a disk that has become read-only', 'write intent', 'EROFS', 'done'],
    ['a write that fails', 'write intent', 'EIO', 'done'],
    // What cannot be taken back again for certain: nothing is done any more until the next start has looked at it.
    ['a disk that is full when the anchor is written', 'write journal.anchor', 'ENOSPC', 'JOURNAL_UNUSABLE'],
    ['a record that is not durable', 'datasync 000001.jsonl', 'EIO', 'JOURNAL_UNUSABLE'],
    ['an anchor that is not durable', 'datasync journal.anchor', 'EIO', 'JOURNAL_UNUSABLE'],
  ])('%s refuses the action', async (_, call, code, whenItIsOver) => {
    let failing = false;
    await using core = await acting({ fault: (each) => (failing && each === call ? code : null) });
    failing = true;
    const wish = asked('container.stop', atlas, 'worker-1');
    const refused = [
      await refusalOf(act(core.actions, wish)),
      await refusalOf(act(core.actions, { action: 'app.restart', hostId: atlas.id, app: 'shop' })),
    ];
    const meanwhile = { changes: [...atlas.changes], runs: core.actions.runs(), state: atlas.state('worker-1') };
    failing = false;
    const later = await refusalOf(act(core.actions, wish));
    expect({ refused, meanwhile, later, changes: atlas.changes.length }).toEqual({
      refused: ['JOURNAL_UNUSABLE', 'JOURNAL_UNUSABLE'],
      meanwhile: { changes: [], runs: [], state: 'running' },
      later: whenItIsOver,
      changes: whenItIsOver === 'done' ? 1 : 0,
    });
    const { sound } = await core.journal.verify(never);
    expect(sound).toBe(true);
  });

  it('an unlock, a permission and protection taken off are refused too; what allows less holds all the same', async () => {
    let failing = false;
    await using core = await acting({ fault: (call) => (failing && call.startsWith('write') ? 'ENOSPC' : null) });
    const { actions } = core;
    const worker = { hostId: atlas.id, app: 'shop', service: 'worker' };
    const postgres = { hostId: atlas.id, containerId: atlas.idOf('postgres-1'), action: 'container.stop' } as const;
    await actions.unlock({ ...postgres, reason: 'to copy it' }, never);
    failing = true;
    const loosened = await Promise.all([
      refusalOf(actions.unlock({ ...postgres, reason: 'again' }, never)),
      refusalOf(actions.protect({ ...worker, protect: true })),
      refusalOf(actions.lock(postgres)),
    ]);
    const locked = actions.unlocks();
    const off = await refusalOf(actions.protect({ ...worker, protect: false }));
    await actions.setMode({ id: atlas.id, mode: 'observe' });
    const on = await refusalOf(actions.setMode({ id: atlas.id, mode: 'operate' }));
    failing = false;
    await actions.setMode({ id: atlas.id, mode: 'operate' });
    const stillProtected = await refusalOf(act(actions, asked('container.stop', atlas, 'worker-1')));
    expect({ loosened, locked, off, on, stillProtected, changes: atlas.changes }).toEqual({
      loosened: ['JOURNAL_UNUSABLE', 'done', 'done'],
      locked: [],
      off: 'JOURNAL_UNUSABLE',
      on: 'JOURNAL_UNUSABLE',
      stillProtected: 'PROTECTED',
      changes: [],
    });
  });
});
