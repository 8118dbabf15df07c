import { once } from 'node:events';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { contract } from '#contract/contract.ts';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { fakeServices } from '../../router/services.fixture.ts';
import { startBrowserShell } from './browser-shell.ts';
import { letIn, openSocket, pageFolder, withOrigin } from './loopback.fixture.ts';

it('answers the contract to a window that was let in, and ends what it has when it goes', async () => {
  await using page = await pageFolder();
  const services = fakeServices();
  const shell = await startBrowserShell({ services, port: 0, rendererFolder: page.folder });
  const server = withOrigin(shell);
  const socket = await openSocket(server, await letIn(server));
  if (!(socket instanceof WebSocket)) throw new Error(`refused with ${socket}`);
  const client: ContractRouterClient<typeof contract> = createORPCClient(new RPCLink({ websocket: socket as never }));
  const early = await client.hosts.list().catch(({ code }) => code);
  const welcome = await client.session.hello({ contractVersion: CONTRACT_VERSION });
  const hosts = await client.hosts.list();
  const closed = once(socket, 'close');
  await shell[Symbol.asyncDispose]();
  expect([early, welcome, hosts, (await closed)[0], services.bugs]).toEqual([
    expect.stringMatching(/^[A-Z_]+$/),
    { ...services.welcome, contractVersion: CONTRACT_VERSION },
    await services.hosts.list(),
    1_001,
    [],
  ]);
});
