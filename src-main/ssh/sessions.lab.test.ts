import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type Sshd, startSshd } from '../../lab/sshd.ts';
import { describeSshd } from '../../lab/vitest.ts';
import { connectWith } from './connection.fixture.ts';
import { registeredCommand } from './exec-gate.ts';
import { hopOf, routeTo } from './hop.fixture.ts';

const signal = new AbortController().signal;
const dial = registeredCommand('dial-stdio', {});

const at = (sshd: Sshd) => ({
  route: routeTo(hopOf({ user: sshd.user, port: sshd.port, identityFiles: [sshd.clientKeyFile] })),
});

/** An sshd that runs `command` for whatever is asked of it but `true`, which a connection may run by itself. */
const running = (command: string, ...lines: readonly string[]) =>
  startSshd({
    extraConfig: [...lines, `ForceCommand case "$SSH_ORIGINAL_COMMAND" in *true*) ;; *) ${command};; esac`],
  });

describeSshd('a command that is a byte stream', () => {
  it('takes what is written, and gives what it says, megabytes of it', async () => {
    await using sshd = await running('cat');
    await using connection = await connectWith(at(sshd));
    const stream = await connection.openCommand(dial, signal);
    const sent = 'ship and shore '.repeat(300_000);
    stream.end(sent);
    expect((await text(stream)) === sent).toBe(true);
  });

  it('ends on the host when it is destroyed, and costs nothing any more', async () => {
    await using sshd = await running('cat', 'MaxSessions 1');
    await using connection = await connectWith(at(sshd));
    for (let turn = 0; turn < 3; turn += 1) {
      const stream = await connection.openCommand(dial, signal);
      stream.write('a');
      await once(stream, 'readable');
      stream.destroy();
      await once(stream, 'close');
    }
    const { stdout } = await connection.exec(registeredCommand('user-id', {}), signal);
    expect(stdout).toBe('');
  });

  it.each([
    ['exit 3', 3],
    ['kill -9 $$', null],
  ])(
    'fails where it ends by itself without success (%s), with what it said, and is not taken for whole',
    async (end, code) => {
      await using sshd = await running(`echo half; printf "no\\033[2J docker\\nnot found\\n" >&2; ${end}`);
      await using connection = await connectWith(at(sshd));
      const stream = await connection.openCommand(dial, signal);
      await expect(text(stream)).rejects.toMatchObject({
        code: 'DIAL_STDIO_FAILED',
        message: expect.stringMatching(
          code === null ? /^"dial-stdio" ended on .* with signal .*KILL/ : /with exit code 3: not found\.$/,
        ),
        details: { exitCode: code, seen: expect.stringContaining('no␛[2J docker\nnot found') },
      });
    },
  );

  it('is lost with the connection', async () => {
    await using sshd = await running('cat');
    await using connection = await connectWith(at(sshd));
    const stream = await connection.openCommand(dial, signal);
    const reading = text(stream);
    sshd.dropConnections();
    await expect(reading).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('is none of the commands that end', async () => {
    await using sshd = await running('cat');
    await using connection = await connectWith(at(sshd));
    const refused = { code: 'EXEC_NOT_ALLOWED' };
    await expect(connection.openCommand(registeredCommand('user-id', {}), signal)).rejects.toMatchObject(refused);
    await expect(connection.openCommand({ ...dial }, signal)).rejects.toMatchObject(refused);
  });

  it('is closed where nobody waits for it any more when it comes', async () => {
    await using sshd = await running('cat', 'MaxSessions 1');
    await using connection = await connectWith(at(sshd));
    // It is over, and sshd has freed its session.
    (await connection.openCommand(dial, signal)).destroy();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const stop = new AbortController();
    const opening = connection.openCommand(dial, stop.signal);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
    const stream = await connection.openCommand(dial, signal);
    stream.destroy();
  });

  describe('under MaxSessions', () => {
    it('waits for what runs beside it and will be over soon', async () => {
      await using sshd = await running('sleep 0.5; cat', 'MaxSessions 1');
      await using connection = await connectWith(at(sshd));
      const looking = connection.exec(registeredCommand('user-id', {}), signal);
      await sshd.waitForLog(/Starting session/);
      const stream = await connection.openCommand(dial, signal);
      stream.end('there');
      expect(await text(stream)).toBe('there');
      await looking;
    });

    it('says that there are too many, where others of ours are open, and works again once they are closed', async () => {
      await using sshd = await running('cat', 'MaxSessions 1');
      await using connection = await connectWith(at(sshd));
      const first = await connection.openCommand(dial, signal);
      await expect(connection.openCommand(dial, signal)).rejects.toMatchObject({
        code: 'SESSIONS_EXHAUSTED',
        message: `sshd on 127.0.0.1:${sshd.port} opens no session beside the one that is open.`,
        details: { open: 1 },
      });
      await expect(connection.exec(registeredCommand('user-id', {}), signal)).rejects.toMatchObject({
        code: 'EXEC_FAILED',
        details: { open: 1, reason: expect.any(Number) },
      });
      first.destroy();
      await once(first, 'close');
      const next = await connection.openCommand(dial, signal);
      next.destroy();
    });

    it('says nothing of their number where none is open', async () => {
      await using sshd = await running('cat', 'MaxSessions 0');
      await using connection = await connectWith(at(sshd));
      await expect(connection.openCommand(dial, signal)).rejects.toMatchObject({
        code: 'EXEC_FAILED',
        message: `sshd on 127.0.0.1:${sshd.port} opens no session, so no command can be run there.`,
        hint: expect.stringContaining('MaxSessions'),
        details: { open: 0, reason: expect.any(Number) },
      });
    });
  });
});
