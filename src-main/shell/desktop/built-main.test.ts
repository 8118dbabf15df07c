import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveConfig } from 'electron-vite';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CONTRACT_VERSION } from '#contract/version.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { homeAt } from '../../home/home.ts';
import { lockHome } from '../../home/lock.ts';
import { systemClock } from '../../kernel/clock.ts';
import { CONTENT_SECURITY_POLICY } from './window-files.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Main process and preload as they are built, beside what may be built there already. */
let out: string;
beforeAll(async () => {
  mkdirSync(join(ROOT, 'out'), { recursive: true });
  out = mkdtempSync(join(ROOT, 'out', 'test-'));
  const { config } = await resolveConfig({ root: ROOT, logLevel: 'error' }, 'build', 'production');
  const { main = {}, preload = {} } = config ?? {};
  await build({ ...main, build: { ...main.build, outDir: join(out, 'main') } });
  await build({ ...preload, build: { ...preload.build, outDir: join(out, 'preload') } });
  mkdirSync(join(out, 'renderer'));
  writeFileSync(join(out, 'renderer', 'index.html'), '<!doctype html>');
}, 60_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** With one host in it, which cannot be reached. */
function makeHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-built-main-'));
  const host = { id: '6f1c9d3e-7b54-4a3c-9a65-0d3b1c7f2e11', target: 'ssh://nobody@127.0.0.1:1' };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ schema: 1, hosts: [host] }));
  return folder;
}

let home: string;
beforeEach(() => {
  home = makeHome();
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Plays a scene of `built-main.fixture.ts` in front of the bundle. @returns what came of it */
async function play(scene: string, args: readonly string[] = ['--home', home]): Promise<unknown> {
  const { SSH_AUTH_SOCK: _agent, BINNACLE_HOME: _home, ...env } = process.env;
  const child = fork(
    fileURLToPath(new URL('./built-main.fixture.ts', import.meta.url)),
    [join(out, 'main', 'index.js'), scene, ...args],
    // One that waits for what never comes does not outlive its test for long.
    { env: { ...env, HOME: home }, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'], timeout: 60_000 },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  let outcome: unknown;
  child.on('message', (message) => {
    outcome = message;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the scene ${scene} ended with ${code}:\n${said}`);
  return outcome;
}

const readHome = (file: string) => readFileSync(join(home, file), 'utf8');

describe('the built desktop', () => {
  /** Every look of `built-main.fixture.ts` at one window. */
  let tour: Readonly<Record<string, unknown>> = {};
  let toured = '';
  let log = '';
  beforeAll(async () => {
    toured = makeHome();
    tour = (await play('tour', ['--home', toured])) as typeof tour;
    log = readFileSync(join(toured, 'logs', 'binnacle.log'), 'utf8');
    rmSync(toured, { recursive: true, force: true });
  });

  it('does what has to be done before the app is ready before it, and then opens one window with every guard', () => {
    const before = { ready: false };
    expect(tour.start).toEqual([
      ['name', 'Binnacle'],
      ['path', 'userData', toured, before],
      ['path', 'sessionData', join(toured, 'session'), before],
      ['lock', before],
      ['sandbox', before],
      ['switch', 'host-resolver-rules', 'MAP * ~NOTFOUND'],
      ['switch', 'disable-background-networking', null],
      [
        'schemes',
        [
          {
            scheme: 'binnacle',
            privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
          },
        ],
        before,
      ],
      ['handle', 'binnacle', { ready: true }],
      ['spellchecker', false],
      ['proxy', { mode: 'direct' }],
      ['menu', expect.any(Array)],
      ['window', { ...WINDOW, backgroundColor: '#0c1116', webPreferences: { ...PREFERENCES, devTools: true } }],
      ['webrtc', 'disable_non_proxied_udp'],
      ['load', 'binnacle://app/index.html'],
      ['show'],
    ]);
  });

  it('has no developer tools and nothing to reload once it is packaged', async () => {
    const { options, menu, devTools } = (await play('packaged')) as Record<string, unknown>;
    expect({ options, devTools }).toEqual({
      options: { ...WINDOW, backgroundColor: '#f3f5f7', webPreferences: { ...PREFERENCES, devTools: false } },
      devTools: false,
    });
    expect(JSON.stringify(menu)).not.toMatch(/reload|toggleDevTools/);
  });

  it('denies every permission, device, stream and download, and every request but its own', () => {
    expect(tour.session).toEqual({
      permissionRequest: false,
      displayMedia: null,
      permissionCheck: false,
      devicePermission: false,
      downloadPrevented: true,
      cancelled: {
        'binnacle://app/assets/a.js': false,
        'devtools://devtools/x.html': false,
        'binnacle://other/': true,
        'https://example.org/': true,
        'http://127.0.0.1:8080/': true,
        'file:///etc/passwd': true,
        'data:text/html,x': true,
        'ws://x/': true,
      },
    });
  });

  it('lets its page reload itself, go nowhere, and open nothing', () => {
    expect(tour.navigation).toEqual({
      reload: [false, false],
      ownPageInFrame: true,
      otherOwnFile: true,
      redirect: true,
      webview: true,
      outside: Array(5).fill([true, true, { action: 'deny' }]),
    });
  });

  it('sends its policy with every response', () => {
    const safety = {
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    };
    expect(tour.responses).toEqual([
      { status: 200, headers: { ...safety, 'content-type': 'text/html; charset=utf-8' } },
      { status: 404, headers: safety },
    ]);
  });

  it('gives a port to the main frame of its window on its own page, and to nobody else', () => {
    expect(tour.senders).toEqual({
      nullFrame: 0,
      frameWithin: 0,
      otherContents: 0,
      wrongPage: 0,
      otherOrigin: 0,
      blank: 0,
      itself: 1,
      listenedTo: ['electron-store-get-data', 'binnacle:connect'],
    });
    expect(log.match(/a page that is not the window asked for a port/g)).toHaveLength(1);
  });

  it('serves the contract on that port, until the page asks for another or is gone', () => {
    const welcome = {
      contractVersion: CONTRACT_VERSION,
      appVersion: packageJson.version,
      shell: 'desktop',
      demo: false,
    };
    expect(tour.ports).toEqual({
      exposed: ['binnacle'],
      bridge: { contractVersion: 'number', connect: 'function' },
      posted: { data: 'binnacle:port', targetOrigin: 'binnacle://app', ports: 1 },
      welcome,
      again: welcome,
    });
  });

  it('shows the demo where it is wished for', async () => {
    expect(await play('hello', ['--home', home, '--demo'])).toMatchObject({ shell: 'desktop', demo: true });
  });

  it('takes the theme that is set for frame and background', () => {
    expect(tour.theme).toEqual([
      ['theme', 'light'],
      ['background', '#f3f5f7'],
    ]);
  });

  it('keeps where its window stood, ends its ports and gives back the home', async () => {
    const code = await play('quit');
    const kept = [code, existsSync(join(home, 'core.json')), JSON.parse(readHome('window.json'))];
    expect([...kept, await play('reopen')]).toEqual([
      0,
      false,
      { bounds: { x: 40, y: 50, width: 1000, height: 700 }, maximized: true },
      { bounds: { x: 40, y: 50, width: 1000, height: 700 }, maximized: true },
    ]);
  });

  it.each([
    ['is no JSON', '{"bounds"'],
    ['says what cannot be', '{"bounds":{"x":0,"y":0,"width":1e99,"height":"1"},"maximized":1}'],
  ])('opens as ever where what was kept %s', async (_what, text) => {
    writeFileSync(join(home, 'window.json'), text);
    expect(await play('reopen')).toEqual({ bounds: { width: 1280, height: 800 }, maximized: false });
  });

  it('leaves it to the desktop that runs on this home', async () => {
    const [did, code] = (await play('second')) as [unknown[][], number];
    expect([did.map(([what]) => what), code]).toEqual([['name', 'path', 'path', 'lock', 'exit'], 0]);
  });

  it('comes to the front when it is started again', () => {
    expect(tour.focus).toEqual([['restore'], ['show'], ['focus']]);
  });

  it('loads its page anew when it dies, and gives up when it dies again', async () => {
    expect(await play('crash')).toEqual([
      ['reload'],
      [
        'error',
        'Binnacle cannot go on',
        "The window's page died twice in a row.\n\nStart Binnacle again. If it happens again, binnacle serve shows the same in a browser.",
        { ready: true },
      ],
      ['exit', 1],
    ]);
  });

  it('tells who uses its home where it is taken', async () => {
    using _lock = await lockHome(homeAt(home), { clock: systemClock, role: 'browser' });
    expect(await play('refused')).toEqual([
      [
        'error',
        'Binnacle cannot go on',
        `Binnacle in the browser (process ${process.pid}) is using ${home}.\n\nMake the change there, or close it and try again; --home names another folder.`,
        { ready: true },
      ],
      ['exit', 1],
    ]);
  });

  it('tells an option it cannot take', async () => {
    expect(await play('refused', ['--home'])).toEqual([
      [
        'error',
        'Binnacle cannot go on',
        '--home needs the path of a folder.\n\nLeave it out to use the usual place.',
        { ready: true },
      ],
      ['exit', 1],
    ]);
  });
});

/** Of every window, whatever the theme and however it is packaged; paths as they lie in the build. */
const WINDOW = {
  width: 1280,
  height: 800,
  minWidth: 900,
  minHeight: 600,
  show: false,
  title: 'Binnacle',
  icon: expect.stringMatching(/resources.icon-256\.png$/),
  autoHideMenuBar: true,
};
const PREFERENCES = {
  preload: expect.stringMatching(/preload.index\.cjs$/),
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  plugins: false,
  webgl: false,
  navigateOnDragDrop: false,
  disableDialogs: true,
  spellcheck: false,
  backgroundThrottling: true,
};
