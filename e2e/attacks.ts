import type { Page, WebSocket as PageSocket } from 'playwright-core';
import { expect } from 'vitest';

/**
 * Opens sockets with these secrets, all at once, and tells how many opened and how many the server refused: by its own
 * answer, not because the browser never asked.
 */
export async function trySockets(
  page: Page,
  {
    port,
    host = '127.0.0.1',
    secrets,
  }: { readonly port: number; readonly host?: string; readonly secrets: readonly string[] },
): Promise<{ readonly opened: number; readonly refused: number }> {
  const errors: string[] = [];
  const ended: Promise<unknown>[] = [];
  const onSocket = (socket: PageSocket) => {
    socket.on('socketerror', (error) => void errors.push(error));
    ended.push(new Promise((resolve) => socket.on('socketerror', resolve).on('close', resolve)));
  };
  page.on('websocket', onSocket);
  const opened = await page.evaluate(
    async ({ url, secrets }) => {
      const attempts = secrets.map((secret) => {
        const socket = new WebSocket(url, ['binnacle', `binnacle.${secret}`]);
        return new Promise<boolean>((resolve) => {
          socket.onopen = () => {
            resolve(true);
            socket.close();
          };
          socket.onclose = () => resolve(false);
        });
      });
      return (await Promise.all(attempts)).filter((isOpen) => isOpen).length;
    },
    { url: `ws://${host}:${port}/socket`, secrets },
  );
  await Promise.all(ended);
  page.off('websocket', onSocket);
  const refused = errors.filter((error) => error.includes('Unexpected response code: 403')).length;
  return { opened, refused };
}

/**
 * Posts `token` as the page would, and in the way that needs nobody's leave; returns what the server answered, and how
 * many answers the page could read.
 */
export async function tryToken(page: Page, url: string, token: string): Promise<readonly [Answers, number]> {
  return await answersFor(page, url, async () => {
    return await page.evaluate(
      async ({ url, token }) => {
        const post = async (init: RequestInit) => {
          const body = JSON.stringify({ token });
          const answer = await fetch(url, { method: 'POST', credentials: 'include', body, ...init }).catch(() => null);
          return (await answer?.text().catch(() => '')) ? 1 : 0;
        };
        const read = await post({ headers: { 'content-type': 'application/json' } });
        return read + (await post({ mode: 'no-cors' }));
      },
      { url, token },
    );
  });
}

/** Makes of `url` everything a document of another site can, and returns what the server answered. */
export async function tryToLoad(page: Page, url: string): Promise<Answers> {
  const [answers] = await answersFor(page, url, async () => {
    await page.setContent(
      `<script src="${url}"></script><link rel="stylesheet" href="${url}"><img src="${url}"><iframe src="${url}"></iframe>
       <a href="${url}">A link</a>`,
    );
    await page.evaluate((at) => fetch(at, { mode: 'no-cors' }).catch(() => undefined), url);
    const followed = page.waitForResponse((response) => response.frame() === page.mainFrame());
    await page.locator('a').click();
    await followed;
  });
  return answers;
}

/** The browser asked for leave first, and did not get it. */
export const NEVER_SENT = 0;

/** Each status code once, by how it was asked for: `{ Script: [403] }`. */
export type Answers = Readonly<Record<string, readonly number[]>>;

/** As the server gave them: a page is told nothing of answers that the browser keeps from it. */
async function answersFor<T>(page: Page, url: string, act: () => Promise<T>): Promise<readonly [Answers, T]> {
  const network = await page.context().newCDPSession(page);
  const types = new Map<string, string>();
  const statuses = new Map<string, number>();
  network.on('Network.requestWillBeSent', ({ requestId, type = '', request }) => {
    if (request.url === url) types.set(requestId, request.method === 'OPTIONS' ? 'Preflight' : type);
  });
  network.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => statuses.set(requestId, statusCode));
  network.on('Network.loadingFailed', ({ requestId, corsErrorStatus }) => {
    if (corsErrorStatus?.corsError.startsWith('Preflight')) statuses.set(requestId, NEVER_SENT);
  });
  await network.send('Network.enable');
  const outcome = await act();
  await expect.poll(() => [...types.keys()].filter((id) => !statuses.has(id))).toEqual([]);
  await network.detach();
  const answers = new Map<string, Set<number>>();
  for (const [id, type] of types) {
    answers.set(type, (answers.get(type) ?? new Set()).add(statuses.get(id) ?? Number.NaN));
  }
  return [Object.fromEntries([...answers].map(([type, all]) => [type, [...all]])), outcome];
}
