import type { Connection } from 'ssh2';
import { afterAll, describe, expect, it } from 'vitest';
import { hurriedClock } from '../connection.fixture.ts';
import { refuse, scriptedHost } from '../scripted-host.fixture.ts';
import { KeyFolder, logIn, person } from './hop-login.fixture.ts';

const keys = new KeyFolder();
afterAll(() => keys[Symbol.dispose]());

/** What ssh2's server can do only inside. */
interface Inside {
  readonly _sock: { resetAndDestroy(): void };
  readonly _protocol: { disconnect(reason: number): void };
}

const ways = {
  end: (client: Connection) => void client.end(),
  reset: (client: Connection) => (client as unknown as Inside)._sock.resetAndDestroy(),
  /** RFC 4253, 11.1: 2 is what sshd gives for whatever it ends a login by. */
  disconnect: (client: Connection) => (client as unknown as Inside)._protocol.disconnect(2),
};

describe('a host that knows a key, and ends the connection once that is proved', () => {
  const [key, locked] = [keys.add('key'), keys.add('locked', 'secret')];
  /** Ends the first `times` connections in that `way`, and lets in from then on. */
  const ending = (way: keyof typeof ways, times: number) =>
    scriptedHost((context, { client, number }) => {
      if (context.method !== 'publickey') refuse(context, ['publickey', 'password']);
      else if (context.signature === undefined || number > times) context.accept();
      else ways[way](client);
    });
  const clock = hurriedClock(4);

  it.each([
    ['in good order, both times that it is asked', 'end', 2],
    ['with a word of its own, at once', 'disconnect', 1],
  ] as const)('counts as refusing it: %s', async (_, way, connections) => {
    await using host = await ending(way, 9);
    const hop = host.hop({ identityFiles: [key.file, locked.file] });
    const { asked, prompts } = person({ passwords: ['never'], passphrases: { [locked.file]: ['secret'] } });
    await expect(logIn({ hop, clock, prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: `127.0.0.1:${hop.port} knows ${key.file}, and closed the connection instead of letting me in with it.`,
      hint: expect.stringMatching(/^sshd's log on the host says why: PAM may keep this user out/),
    });
    expect([host.connections(), asked]).toEqual([connections, []]);
  });

  it('is asked once more: it may have been about to restart', async () => {
    await using host = await ending('end', 1);
    await using _connection = await logIn({ hop: host.hop({ identityFiles: [key.file] }), clock });
    expect(host.connections()).toBe(2);
  });

  it('has refused nothing where the connection was cut', async () => {
    await using host = await ending('reset', 9);
    await expect(logIn({ hop: host.hop({ identityFiles: [key.file] }), clock })).rejects.toMatchObject({
      code: 'HANDSHAKE_FAILED',
      message: expect.stringContaining('cut the connection during the login'),
    });
    expect(host.connections()).toBe(1);
  });
});
