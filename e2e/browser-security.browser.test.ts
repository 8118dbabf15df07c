import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NEVER_SENT, trySockets, tryToken, tryToLoad } from './attacks.ts';
import { describeChromium, launchChromium } from './chromium.ts';
import { type ForeignSite, startForeignSite } from './foreign-site.ts';
import { makeHome, type Served, serve, type WindowHome } from './window.ts';

/** A name of somebody else's that leads here, as DNS rebinding makes one. */
const NAME = 'evil.example';

const randomSecret = () => randomBytes(32).toString('base64url');
const tokenOf = (link: string) => new URL(link).hash.slice('#token='.length);

describeChromium('the browser shell in a hostile browser', () => {
  let home: WindowHome;
  let served: Served;
  let foreign: ForeignSite;
  let browser: Browser;
  /** The operator's, with a window that is let in. */
  let context: BrowserContext;
  let window: Page;
  let origin: string;

  /** Opens `link`; resolves when the core has sent the page something through its socket. */
  async function openWindow(link: string, within = context): Promise<Page> {
    const page = await within.newPage();
    const told = connected(page);
    await page.goto(link);
    await told;
    return page;
  }

  async function connected(page: Page): Promise<void> {
    const socket = await page.waitForEvent('websocket');
    await socket.waitForEvent('framereceived');
  }

  beforeAll(async () => {
    home = await makeHome([]);
    served = await serve(home, ['--demo']);
    origin = `http://127.0.0.1:${served.port}`;
    foreign = await startForeignSite();
    browser = await launchChromium([
      `--host-resolver-rules=MAP ${NAME} 127.0.0.1`,
      // Chromium keeps some pages from this machine's ports by itself. That is not to do Binnacle's work here.
      `--ip-address-space-overrides=127.0.0.1:${served.port}=public`,
    ]);
    context = await browser.newContext();
    window = await openWindow(await served.link());
  });
  afterAll(async () => {
    await browser?.close();
    await foreign?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
    await home?.[Symbol.asyncDispose]();
  });

  const secretOf = (page: Page) => page.evaluate(() => sessionStorage.getItem('binnacle.secret') ?? '');

  it('lets the page of a link in, keeps the token out of its address, and lets it in again when it is loaded again', async () => {
    const again = connected(window);
    await window.reload();
    await again;
    expect(window.url()).not.toContain('token');
  });

  it('lets further windows in beside it, each by a link of its own', async () => {
    const second = await openWindow(await served.link());
    const again = connected(window);
    await window.reload();
    await again;
    await second.close();
  });

  it('takes no link twice', async () => {
    const link = await served.link();
    const first = await openWindow(link);
    const stranger = await browser.newContext();
    const page = await stranger.newPage();
    let sockets = 0;
    page.on('websocket', () => {
      sockets += 1;
    });
    const answer = page.waitForResponse(`${origin}/session`);
    await page.goto(link);
    const status = (await answer).status();
    // What the first gained is not to be had by who comes second either.
    const kept = await secretOf(page);
    await stranger.close();
    await first.close();
    expect({ status, kept, sockets }).toEqual({ status: 403, kept: '', sockets: 0 });
  });

  it('gives nothing to a page of another name that leads here (DNS rebinding)', async () => {
    const there = `http://${NAME}:${served.port}`;
    const page = await context.newPage();
    const direct = page.waitForResponse(`${there}/`);
    await page.goto(there).catch(() => undefined);
    // The page was loaded while the name still led elsewhere; from now on it leads here.
    await page.route(`${there}/trap`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<title>Trap</title>' }),
    );
    await page.goto(`${there}/trap`);
    await page.unrouteAll();
    const asked = await page.evaluate(async () => {
      const answer = await fetch('/');
      return { status: answer.status, text: await answer.text() };
    });
    const secrets = [await secretOf(window)];
    const outcome = {
      direct: (await direct).status(),
      asked,
      token: await tryToken(page, `${there}/session`, tokenOf(await served.link())),
      sockets: await trySockets(page, { port: served.port, host: NAME, secrets }),
    };
    await page.close();
    expect(outcome).toEqual({
      direct: 403,
      asked: { status: 403, text: '' },
      token: [{ Fetch: [403] }, 0],
      sockets: { opened: 0, refused: 1 },
    });
  });

  it.each([
    ['another site', NAME],
    ['another port, to which the cookie travels', '127.0.0.1'],
  ])('gives nothing to a page of %s, not even one that knows secret and token', async (_what, host) => {
    const page = await context.newPage();
    await page.goto(`http://${host}:${foreign.port}/`);
    const link = await served.link();
    const outcome = {
      token: await tryToken(page, `${origin}/session`, tokenOf(link)),
      sockets: await trySockets(page, { port: served.port, secrets: [await secretOf(window), randomSecret()] }),
      loaded: await tryToLoad(page, `${origin}/`),
    };
    expect(outcome).toEqual({
      token: [{ Preflight: [403], Fetch: [NEVER_SENT, 403] }, 0],
      sockets: { opened: 0, refused: 2 },
      loaded: { Script: [403], Stylesheet: [403], Image: [403], Fetch: [403], Document: [403] },
    });
    await page.close();
    // What it tried has cost the operator nothing: neither the link nor the window.
    await (await openWindow(link)).close();
    const again = connected(window);
    await window.reload();
    await again;
  });

  it('is right to fear the other port: the cookie does travel there, and the secret does not', async () => {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${foreign.port}/`);
    const stolen = foreign.cookies.some((cookies) => cookies.includes(`binnacle-${served.port}=`));
    expect([stolen, await page.evaluate('document.cookie'), await secretOf(page)]).toEqual([true, '', '']);
    await page.close();
  });

  it('refuses 1,000 random secrets, from its own page and with the cookie', async () => {
    const cookies = await context.cookies(origin);
    // A browser shakes hands for one socket of a place at a time: ten browsers take a tenth of the time.
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const own = await browser.newContext();
        await own.addCookies(cookies);
        const page = await own.newPage();
        await page.goto(origin);
        const outcome = await trySockets(page, {
          port: served.port,
          secrets: Array.from({ length: 100 }, randomSecret),
        });
        await own.close();
        return outcome;
      }),
    );
    expect(outcomes).toEqual(outcomes.map(() => ({ opened: 0, refused: 100 })));
  });

  it('refuses 1,000 random tokens, and still takes the right one', async () => {
    const link = await served.link();
    const stranger = await browser.newContext();
    const page = await stranger.newPage();
    await page.goto(origin);
    const guesses = Array.from({ length: 1_000 }, randomSecret);
    const statuses = await page.evaluate(async (tokens) => {
      const post = (token: string) =>
        fetch('/session', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ token }),
        });
      return (await Promise.all(tokens.map(post))).map(({ status }) => status);
    }, guesses);
    await stranger.close();
    const right = await openWindow(link);
    await right.close();
    expect([statuses.length, new Set(statuses)]).toEqual([1_000, new Set([403])]);
  });

  it('gives nothing to a page with the cookie alone, or with the secret alone', async () => {
    const cookieAlone = await context.newPage();
    await cookieAlone.goto(origin);
    const stranger = await browser.newContext();
    const secretAlone = await stranger.newPage();
    await secretAlone.goto(origin);
    const secret = await secretOf(window);
    const outcomes = [
      await secretOf(cookieAlone),
      await trySockets(cookieAlone, { port: served.port, secrets: [randomSecret()] }),
      await trySockets(secretAlone, { port: served.port, secrets: [secret] }),
      // Both, as a check that the two before were refused for what they lacked.
      await trySockets(cookieAlone, { port: served.port, secrets: [secret] }),
    ];
    await cookieAlone.close();
    await stranger.close();
    expect(outcomes).toEqual(['', { opened: 0, refused: 1 }, { opened: 0, refused: 1 }, { opened: 1, refused: 0 }]);
  });
});
