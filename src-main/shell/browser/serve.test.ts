import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { manualClock } from '../../kernel/clock.fixture.ts';
import { systemClock } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import { fakeServices } from '../../router/services.fixture.ts';
import { ask, pageFolder } from './loopback.fixture.ts';
import { type ServeRun, serveInBrowser } from './serve.ts';

/** A run that is under way, and what it prints. */
async function running({ demo = false, ...options }: Partial<ServeRun> & { readonly demo?: boolean } = {}) {
  const page = await pageFolder();
  const services = fakeServices();
  const did: string[] = [];
  const end = new AbortController();
  const input = new PassThrough();
  const ready = Promise.withResolvers<void>();
  const ended = serveInBrowser({
    port: 0,
    rendererFolder: page.folder,
    openCore: async () => ({
      services: { ...services, welcome: { ...services.welcome, demo } },
      wake: () => undefined,
      [Symbol.asyncDispose]: async () => void did.push('closed the core'),
    }),
    opener: null,
    clock: systemClock,
    write: async (text) => {
      did.push(text);
      ready.resolve();
    },
    input,
    signal: end.signal,
    ...options,
  }).finally(page[Symbol.asyncDispose]);
  await Promise.race([ready.promise, ended]);
  return { did, input, end, ended };
}

const READY = /^Binnacle is ready: http:\/\/127\.0\.0\.1:(\d+)\/#token=[\w-]{43}\n$/;
const linksIn = (did: readonly string[]) => did.join('').match(/#token=\S+/g) ?? [];

it('prints a link, another for each line it reads, and closes everything at the end', async () => {
  const { did, input, end, ended } = await running();
  const [first = ''] = did;
  const port = Number(/:(\d+)\//.exec(first)?.[1]);
  const { status } = await ask({ port }, {});
  input.write('\n');
  await setImmediate();
  input.write('please\r\n\n');
  await setImmediate();
  const links = linksIn(did);
  end.abort();
  await ended;
  const after = await ask({ port }, {}).catch(({ code }) => code);
  expect({ did, status, differ: new Set(links).size, after }).toEqual({
    did: [
      expect.stringMatching(
        /^Binnacle is ready: \S+\nThe link opens one window, within 2 minutes\. Enter prints another, Ctrl-C ends Binnacle\.\n$/,
      ),
      expect.stringMatching(READY),
      expect.stringMatching(READY),
      expect.stringMatching(READY),
      'closed the core',
    ],
    status: 200,
    differ: 4,
    after: 'ECONNREFUSED',
  });
});

it('says that a demo is one', async () => {
  const { did, end, ended } = await running({ demo: true });
  end.abort();
  await ended;
  expect(did[0]).toMatch(/^This is the demo fleet: .*\nBinnacle is ready: /);
});

it('wakes the core when the machine has slept', async () => {
  const clock = manualClock(0);
  let slept = 0;
  let woken = 0;
  const { end, ended } = await running({
    clock: { ...clock, now: () => clock.now() + slept },
    openCore: async () => ({
      services: fakeServices(),
      wake: () => {
        woken += 1;
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
  });
  slept = 3_600_000;
  await clock.advance(limits.fleet.wakeLookMs);
  end.abort();
  await ended;
  expect(woken).toBe(1);
});

it('opens a browser on a link of its own, and goes on where it cannot', async () => {
  const opened: string[] = [];
  const opener = {
    command: '/nonexistent/browser',
    args: (url: string) => {
      opened.push(url);
      return [url];
    },
    stdin: () => null,
    reach: 'own-user',
  } as const;
  const { did, end, ended } = await running({ opener });
  const links = [...linksIn(did), ...linksIn(opened)];
  end.abort();
  await ended;
  expect([links.length, new Set(links).size, did.at(-1)]).toEqual([2, 2, 'closed the core']);
});

it('closes the core where the port is taken, and says so', async () => {
  const first = await running();
  const port = Number(/:(\d+)\//.exec(first.did[0] ?? '')?.[1]);
  const closed: string[] = [];
  const second = running({
    port,
    openCore: async () => ({
      services: fakeServices(),
      wake: () => undefined,
      [Symbol.asyncDispose]: async () => void closed.push('core'),
    }),
  });
  await expect(second).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  first.end.abort();
  await first.ended;
  expect(closed).toEqual(['core']);
});

it('ends where it was interrupted while its link was printed', async () => {
  const did: string[] = [];
  const end = new AbortController();
  const { ended } = await running({
    signal: end.signal,
    write: async (text) => {
      did.push(text);
      end.abort();
    },
  });
  await ended;
  expect(did).toEqual([expect.stringContaining('Binnacle is ready: ')]);
});

it('ends at once where it was interrupted while it started', async () => {
  const { did, ended } = await running({ signal: AbortSignal.abort() });
  await ended;
  expect(did).toEqual(['closed the core']);
});
