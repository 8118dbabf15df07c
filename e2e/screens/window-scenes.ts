import type { Page } from 'playwright-core';
import type { LogLine } from '../../src-main/engine/model.ts';
import { AppError } from '../../src-main/kernel/errors.ts';
import { aSavedHost, type FakeServices, uuid } from '../../src-main/router/services.fixture.ts';
import { clicks, inOrder, type Scene, sees, stagedScene } from './scene.ts';
import { ago, atlas, borealis, MINUTE, stagedHost, unseen } from './staged-fleet.ts';
import { noAnswer, offlineFor, TROUBLES } from './staged-states.ts';

const live = ({ fleet }: FakeServices): void => {
  fleet.put(atlas());
  fleet.put(borealis());
};

/** What concerns the window itself, its settings, and logs that cannot be read. */
export const windowScenes: readonly Scene[] = [
  {
    ...stagedScene('core-connecting', 'Binnacle itself is being reached', live, sees(/Connecting to Binnacle/)),
    way: (page) => page.routeWebSocket(/\/socket$/, () => {}),
  },
  stagedScene(
    'core-lost',
    'Binnacle itself has gone: what was seen last fades',
    live,
    inOrder(sees('All green'), (_page, core) => core.end(), sees('core has gone')),
  ),
  stagedScene('no-session', 'A page whose link was used already', live, async (page) => {
    await page.context().clearCookies();
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await page.getByText('fresh link').waitFor();
  }),
  {
    ...stagedScene('mismatch', 'Window and core are of different versions', live, sees('Binnacle was updated')),
    way: (page) =>
      page.routeWebSocket(/\/socket$/, (socket) => {
        const server = socket.connectToServer();
        socket.onMessage((message) =>
          server.send(String(message).replace(/"contractVersion":\d+/, '"contractVersion":0')),
        );
      }),
  },
  {
    ...stagedScene('too-small', 'A window that is too small', live, sees('too small')),
    sizes: [{ width: 700, height: 460 }],
  },
  stagedScene(
    'own-files',
    'Settings of Binnacle’s own that cannot be read',
    (services) => {
      live(services);
      services.settings.troubles = [
        {
          where: '/home/ops/.binnacle/settings.json',
          code: 'SETTINGS_BROKEN',
          message: 'The settings in /home/ops/.binnacle/settings.json cannot be read.',
          hint: 'Defaults are used; the file is kept aside when settings are next saved.',
        },
      ];
    },
    sees('cannot be read'),
  ),
  stagedScene(
    'hostile',
    'Names and reasons as long and as strange as a host can make them',
    ({ fleet }) => fleet.put(hostile()),
    sees('1 down'),
  ),
  stagedScene(
    'hostile-app',
    'The same app opened',
    ({ fleet }) => fleet.put(hostile()),
    async (page) => {
      await page.locator('button[data-verdict="down"]').first().click();
      await page.getByRole('dialog').waitFor();
    },
  ),
  stagedScene(
    'settings-demo',
    'Settings while nobody has a host of their own',
    (services) => {
      live(services);
      Object.assign(services, { welcome: { ...services.welcome, demo: true } });
      services.hosts.list = async () => [];
    },
    inOrder(opensSettings, sees('No host of your own is saved yet.')),
  ),
  stagedScene('settings', 'Settings', withHosts, inOrder(opensSettings, sees('ssh://ops@cinder.example.org'))),
  stagedScene('settings-secrets', 'How long secrets are kept', withHosts, inOrder(opensSettings, toSecrets)),
  stagedScene(
    'settings-forgotten',
    'All secrets were forgotten',
    (services) => {
      withHosts(services);
      services.settings.forgetSecrets = async () => ({ forgotten: 4 });
    },
    inOrder(opensSettings, toSecrets, clicks('Forget all secrets now'), sees('4 secrets were forgotten.')),
  ),
  stagedScene(
    'settings-removed',
    'A host that was removed, and can be taken back; another being renamed',
    withHosts,
    inOrder(opensSettings, clicks(/^Remove cinder/), sees('was removed'), clicks(/^Rename atlas/)),
  ),
  stagedScene(
    'settings-invalid',
    'An interval that cannot be',
    withHosts,
    inOrder(opensSettings, async (page) => {
      const field = page.getByLabel('List the containers');
      await field.fill('0');
      await field.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    }),
  ),
  stagedScene('logs-lines', 'Colours, levels, long lines and what cannot be printed', withLog, opensLogs),
  stagedScene(
    'logs-empty',
    'A container that has written nothing',
    (services) => {
      live(services);
      services.fleet.logs = async (_request, signal) => follow([], signal);
    },
    inOrder(opensLogs, sees('has written nothing yet')),
  ),
  stagedScene(
    'logs-denied',
    'A log that a policy forbids',
    (services) => {
      live(services);
      services.fleet.logs = async () => {
        const { code, message, hint } = TROUBLES.denied;
        throw new AppError(code, message.replace('list containers', 'read logs'), { hint });
      };
    },
    inOrder(opensLogs, sees('The log cannot be read')),
  ),
  stagedScene(
    'logs-waiting',
    'The host of a followed log went offline',
    (services) => {
      withLog(services);
      const { fleet } = services;
      const read = fleet.logs;
      fleet.logs = async (request, signal) => {
        const lost = AbortSignal.any([signal, AbortSignal.timeout(1_500)]);
        return breaking(await read(request, lost), signal, () => {
          fleet.put(unseen(atlas(), offlineFor(noAnswer('atlas'), MINUTE), MINUTE));
        });
      };
    },
    inOrder(opensLogs, sees(/connection lost/), sees(/^Waiting for atlas/)),
  ),
];

async function opensSettings(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByText('/home/ops/.binnacle/settings.json').waitFor();
}

async function toSecrets(page: Page): Promise<void> {
  await page
    .getByRole('region', { name: 'Secrets' })
    .evaluate((element) => element.scrollIntoView({ block: 'center' }));
}

async function opensLogs(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'All green' }).waitFor();
  await page.locator('button[data-verdict]', { hasText: 'shop' }).first().click();
  await page.getByRole('button', { name: /^Logs of api/ }).click();
  await page.getByRole('region', { name: /^Log of/ }).waitFor();
}

function withHosts(services: FakeServices): void {
  live(services);
  const saved = ['atlas', 'borealis', 'cinder'].map((name, index) => ({
    ...aSavedHost(uuid(index + 1)),
    name: name === 'borealis' ? null : name,
    target: `ssh://ops@${name}.example.org`,
    identityFiles: name === 'atlas' ? ['/home/ops/.ssh/id_ed25519'] : [],
    problem:
      name === 'cinder'
        ? {
            where: name,
            code: 'KEY_UNREADABLE' as const,
            message: 'The key file /home/ops/.ssh/cinder does not exist.',
            hint: 'Add the host again with another key.',
          }
        : null,
  }));
  const removed = new Set<string>();
  services.hosts.list = async () => saved.filter(({ id }) => !removed.has(id));
  services.hosts.remove = async (id) => {
    removed.add(id);
    const host = saved.find((one) => one.id === id);
    if (host === undefined) throw new AppError('HOST_NOT_FOUND', 'There is no such host.');
    return host;
  };
}

const LOREM = 'a line that is longer than any drawer is wide, as stack traces and serialised requests are, ';
const RED = '\u001b[31m';
const GREEN = '\u001b[1;32m';
const DIM = '\u001b[2m';
const END = '\u001b[0m';
const LINES: readonly string[] = [
  'listening on :8080',
  'INFO  GET /cart 200 18ms user=4411',
  'WARN  db pool waiting=14 idle=0 max=20',
  'ERROR pool exhausted after 5000ms: acquire timeout (20/20 in use)',
  '{"level":"info","msg":"checkout","user":1873,"ms":412,"items":[{"sku":"A-113","n":2},{"sku":"C-9","n":1}]}',
  `${GREEN}✓${END} migrations ${DIM}(12 of 12)${END} ${RED}1 deprecated${END}`,
  '    at Pool.acquire (pool.js:118:11)',
  '<img src=x onerror=alert(1)> \u202egnp.exe \u0007 \u0000 https://shop.example.org/cart?user=4411',
  LOREM.repeat(4),
  '',
  'GET / 200 6ms',
];

function withLog(services: FakeServices): void {
  live(services);
  const start = Date.now() - 4 * MINUTE;
  const lines = Array.from({ length: 400 }, (_, index): LogLine => {
    const text = LINES[index % LINES.length] ?? '';
    return {
      stream: text.startsWith('ERROR') ? 'stderr' : 'stdout',
      time: new Date(start + index * 590).toISOString().replace('Z', '000000Z'),
      text,
      cut: false,
    };
  });
  services.fleet.logs = async ({ after }, signal) => follow(after === null ? lines : [], signal);
}

async function* follow(lines: readonly LogLine[], signal: AbortSignal): AsyncGenerator<readonly LogLine[]> {
  if (lines.length > 0) yield lines;
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** Ends as a connection does that breaks, not as a log does that is left. */
async function* breaking(
  lines: AsyncIterable<readonly LogLine[]>,
  left: AbortSignal,
  onBreak: () => void,
): AsyncGenerator<readonly LogLine[]> {
  yield* lines;
  if (left.aborted) return;
  onBreak();
  throw new AppError('CONNECTION_LOST', 'The connection was lost while reading a log.');
}

function hostile() {
  const name = 'a-very-long-name-that-somebody-generated-from-a-branch-feature-4711-and-never-looked-at-again';
  const evil = '<img src=x onerror=alert(1)>';
  const { host, containers } = stagedHost(1, 'a-machine-with-quite-a-long-name-in-the-cellar', [
    {
      app: name,
      upMs: 40_000,
      containers: [
        {
          service: `${name}-worker`,
          image: `registry.internal.example.org:5000/${name}/${name}@sha256:${'0f'.repeat(32)}`,
          cores: 63.99,
          mib: 987_654,
          memoryLimitBytes: 2 ** 40,
          verdict: 'down',
          health: 'unhealthy',
          reason: `unhealthy: ${evil} ${'the health check said far too much about itself, '.repeat(6)}`,
          published: [80, 443, 8080, 8443, 9090, 50_000, 60_000],
          restarts: 1_234,
        },
        ...Array.from({ length: 40 }, (_, index) => ({ service: `replica-${index}`, image: evil, cores: 0, mib: 1 })),
      ],
    },
    {
      app: evil,
      upMs: 5_000,
      containers: [{ service: '\\u202egnp.exe', image: '', cores: 0, mib: 0, restarts: null }],
    },
    { app: 'Ωμέγα-сервер', upMs: 5_000, containers: [{ service: 'паутина', image: 'образ:новый', cores: 1, mib: 99 }] },
  ]);
  return { host: { ...host, verdict: 'down' as const, freshAt: ago(1_000) }, containers };
}
