import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Demultiplexer } from '../engine/demux.ts';
import { createEngineServer } from './engine-server.ts';
import { linesBetween } from './log-book.ts';
import { scaledPlan } from './plan.ts';
import { START, simulated } from './simulation.fixture.ts';

const MIB = 1024 * 1024;

/** One host, one container that logs `perSecond` times a second. */
function chattyPlan(perSecond: number) {
  const { hosts, wobble } = scaledPlan({ hosts: 1, containers: 1 });
  const chatty = hosts.map((host) => ({
    ...host,
    containers: host.containers.map((container) => ({ ...container, logEveryMs: 1_000 / perSecond })),
  }));
  return { hosts: chatty, wobble };
}

test('a slow reader of a flood holds it up, and gets every line of it in the end', async () => {
  using demo = simulated({ plan: chattyPlan(20_000) });
  const web = demo.named('app-001-web-1');
  const server = createEngineServer(demo.simulation).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const path = '/containers/app-001-web-1/logs?follow=1&stdout=1&stderr=1&timestamps=1&tail=0';
  const asked = get({ host: '127.0.0.1', port, path });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const [socket] = await connected;

  // Six seconds of it, which is more than the sockets between hold, before anything is read.
  await demo.clock.advance(6_000);
  const held = socket.writableLength;
  demo.simulation.kill(web);
  // It looks once more for lines, and finds that the container has ended.
  const ticking = setInterval(() => void demo.clock.advance(200), 50);
  const frames = new Demultiplexer();
  let bytes = 0;
  let lines = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    frames.push(chunk);
    for (let piece = frames.next(); piece !== null; piece = frames.next()) if (piece.closes) lines += 1;
  }
  clearInterval(ticking);
  expect({ flood: bytes > 12 * MIB, held: held < MIB, lines }).toEqual({
    flood: true,
    held: true,
    lines: [...linesBetween(web, START, START + 6_001)].length,
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test.each([
  ['timestamps=0&stdout=1&tail=1', (text: string) => /^\S+ - - \[/.test(text)],
  ['timestamps=1&stdout=1&tail=1', (text: string) => /^2026-05-04T\d\d:\d\d:\d\d\.\d{9}Z \S+ - - \[/.test(text)],
  ['stderr=1&tail=1', (text: string) => text === ''],
  [`stdout=1&since=${START / 1_000 + 60}`, (text: string) => text === ''],
])('of a log is sent what was asked for: %s', async (query, isRight) => {
  using demo = simulated({ plan: scaledPlan({ hosts: 1, containers: 1 }) });
  const server = createEngineServer(demo.simulation).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/containers/app-001-web-1/logs?${query}`);
  const body = Buffer.from(await answer.arrayBuffer());
  expect([answer.status, isRight(body.subarray(8).toString())]).toEqual([200, true]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
