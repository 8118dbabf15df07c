import ssh2, { type Connection } from 'ssh2';
import { expect, it } from 'vitest';
import { hopOf } from './hop.fixture.ts';
import { logIn } from './login/hop-login.fixture.ts';
import { generateKeyPair } from './login/key-pair.fixture.ts';

interface Protocol {
  _strictMode: boolean;
  readonly _offer: { readonly lists: { readonly all: Buffer } };
}

/** As servers were before OpenSSH 9.6: ssh2's own is strict always. */
function withoutStrictKeyExchange(client: Connection): void {
  // Nothing has been offered yet.
  const { _protocol: protocol } = client as unknown as { _protocol: Protocol };
  const { all } = protocol._offer.lists;
  const name = 'kex-strict-s-v00@openssh.com';
  const at = all.indexOf(name);
  if (at >= 0) all.write(name.replace('v00', 'x00'), at);
  protocol._strictMode = false;
}

/** What is called weak of a connection to a server with one cipher. */
async function weakWith(cipher: 'chacha20-poly1305@openssh.com' | 'aes128-gcm@openssh.com', isStrict: boolean) {
  const { private: hostKey } = generateKeyPair('ed25519');
  const server = new ssh2.Server({ hostKeys: [hostKey], algorithms: { cipher: [cipher] } }, (client) => {
    if (!isStrict) withoutStrictKeyExchange(client);
    client.on('error', () => {});
    client.on('authentication', (context) => context.accept());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  try {
    const { port } = server.address() as { port: number };
    await using connection = await logIn({ hop: hopOf({ port }) });
    return connection.report()[0]?.weak;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

it('knows whether a server does strict key exchange, without which one cipher is weak', async () => {
  expect([
    await weakWith('chacha20-poly1305@openssh.com', true),
    await weakWith('chacha20-poly1305@openssh.com', false),
    await weakWith('aes128-gcm@openssh.com', false),
  ]).toEqual([
    [],
    [{ name: 'chacha20-poly1305@openssh.com', why: expect.stringContaining('Terrapin, CVE-2023-48795') }],
    [],
  ]);
});
