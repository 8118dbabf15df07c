import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDesktop, type RunningDesktop } from './desktop.ts';

let desktop: RunningDesktop;
beforeAll(async () => {
  desktop = await openDesktop();
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
});

/** What a script of the page would get; never thrown. */
const inPage = async (expression: string): Promise<unknown> =>
  await desktop.page.evaluate(
    `(async () => { try { return await (${expression}); } catch (error) { return error.name; } })()`,
  );

/** The sentence that answers whether everything is green; it needs the core, its fleet and a host that was reached. */
const sentence = async () => {
  const heading = desktop.page.getByRole('heading', { level: 1 });
  await expect.poll(async () => await heading.textContent(), { timeout: 30_000 }).toMatch(/green|down|attention/);
};

describe('the desktop in real Electron', () => {
  it('opens its window on the demo fleet', async () => {
    await sentence();
    expect([await desktop.page.title(), desktop.page.url()]).toEqual(['Binnacle', 'binnacle://app/index.html']);
  });

  it('has reached the demo hosts with the ciphers this runtime has', async () => {
    for (const host of ['atlas', 'borealis']) {
      await desktop.page.getByText(host).first().waitFor({ timeout: 30_000 });
    }
  });

  it('gives its page two members, and nothing of Node', async () => {
    expect([
      await inPage('Object.keys(window.binnacle).sort()'),
      await inPage("['require', 'process', 'module', 'Buffer', 'global'].filter((name) => name in window)"),
      await inPage('location.origin'),
    ]).toEqual([['connect', 'contractVersion'], [], 'binnacle://app']);
  });

  it('never takes its sandbox away', async () => {
    const taken = await desktop.app.evaluate(({ app }) => [
      ...process.argv.filter((argument) => argument === '--no-sandbox'),
      ...(app.commandLine.hasSwitch('no-sandbox') ? ['no-sandbox'] : []),
    ]);
    expect(taken).toEqual([]);
  });

  it('lets it reach nothing else', async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests += 1;
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = JSON.stringify(`http://127.0.0.1:${port}/`);
    const answers = [
      await inPage(`fetch(${url})`),
      await inPage(`fetch(${url}, { mode: 'no-cors' })`),
      await inPage(
        `new Promise((done) => { const image = new Image(); image.onload = () => done('loaded'); image.onerror = () => done('failed'); image.src = ${url}; })`,
      ),
      await inPage(`import(${url})`),
      await inPage(`open(${url})`),
      await inPage(
        `new Promise((done) => { const socket = new WebSocket(${url}.replace('http', 'ws')); socket.onopen = () => done('open'); socket.onerror = () => done('failed'); })`,
      ),
    ];
    await inPage(`void (location.href = ${url})`);
    await desktop.page.waitForTimeout(500);
    server.close();
    expect([answers, requests, desktop.page.url()]).toEqual([
      ['TypeError', 'TypeError', 'failed', 'TypeError', null, 'failed'],
      0,
      'binnacle://app/index.html',
    ]);
  });

  it('denies what it may ask for', async () => {
    expect([
      await inPage('Notification.requestPermission()'),
      await inPage("navigator.permissions.query({ name: 'geolocation' }).then(({ state }) => state)"),
      await inPage('navigator.mediaDevices.getUserMedia({ audio: true })'),
      await inPage('navigator.clipboard.readText()'),
    ]).toEqual(['denied', 'denied', 'NotAllowedError', 'NotAllowedError']);
  });

  it('connects again after it was loaded anew', async () => {
    await desktop.page.reload();
    await sentence();
    await Promise.all([desktop.page.waitForEvent('load'), inPage('void location.reload()')]);
    await sentence();
  });

  it('comes to the front when it is started again', async () => {
    const asked = desktop.app.evaluate(
      ({ app, BrowserWindow }) =>
        new Promise((resolve) => {
          app.once('second-instance', () => setTimeout(() => resolve(BrowserWindow.getAllWindows().length), 500));
        }),
    );
    const [program, args] = desktop.command;
    const [code] = await once(spawn(program, args, { stdio: 'ignore' }), 'exit');
    expect([code, await asked]).toEqual([0, 1]);
  });

  it('remembers where it stood, and ends', async () => {
    const bounds = { x: 20, y: 40, width: 1000, height: 700 };
    await desktop.app.evaluate(({ BrowserWindow }, wanted) => {
      BrowserWindow.getAllWindows()[0]?.setBounds(wanted);
    }, bounds);
    const exited = once(desktop.app.process(), 'exit');
    await desktop.app
      .evaluate(({ BrowserWindow }) => void BrowserWindow.getAllWindows()[0]?.close())
      .catch(() => undefined);
    await exited;
    const kept = JSON.parse(await readFile(join(desktop.home, 'window.json'), 'utf8'));
    // Where it stands is the window manager's to decide; how large it is, ours.
    expect(kept).toMatchObject({ bounds: { width: bounds.width, height: bounds.height }, maximized: false });
  });
});
