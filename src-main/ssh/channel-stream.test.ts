import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { ChannelStream } from './channel-stream.ts';

/** A channel as ssh2 makes them: what was written to it, and a 'close' that comes only from the other side. */
class Channel extends Duplex {
  readonly written: string[] = [];
  blocked = false;
  ended = false;

  constructor() {
    super({ emitClose: false, highWaterMark: 16 });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(chunk.toString());
    if (!this.blocked) done();
  }

  override _final(done: () => void): void {
    this.ended = true;
    done();
  }

  say(bytes: string): void {
    this.push(bytes);
  }

  /** The other side closes it; a command says how it ended. */
  async closeWith(...end: readonly (number | string | null)[]): Promise<void> {
    this.push(null);
    await settled();
    this.emit('close', ...end);
  }
}

it('carries both ways, and counts', async () => {
  const channel = new Channel();
  const stream = new ChannelStream(channel);
  stream.write('over');
  channel.say('there and back');
  await channel.closeWith();
  expect(await text(stream)).toBe('there and back');
  expect([channel.written, stream.bytesRead, stream.bytesWritten]).toEqual([['over'], 14, 4]);
});

it('holds the other side back while nobody reads', async () => {
  const channel = new Channel();
  const stream = new ChannelStream(channel);
  const chunk = 'x'.repeat(1024);
  for (let count = 0; count < 1_000; count += 1) channel.say(chunk);
  await settled();
  expect(stream.bytesRead).toBeLessThan(200 * 1024);
  void channel.closeWith();
  expect((await text(stream)).length).toBe(1_000 * 1024);
});

it('is closed as soon as it is destroyed, though the other side never answers', async () => {
  const channel = new Channel();
  const stream = new ChannelStream(channel);
  stream.destroy();
  await once(stream, 'close');
  expect(channel.destroyed).toBe(true);
});

it('is written to after a command has ended: how that ended is what it fails with', async () => {
  const channel = new Channel();
  // As `adoptChannel` does.
  channel.on('end', () => channel.end());
  const stream = new ChannelStream(channel, ({ exitCode }) => new Error(`ended with ${exitCode}`));
  const reading = text(stream);
  channel.push(null);
  await settled();
  stream.write('GET /_ping');
  await settled();
  channel.emit('close', 127);
  await expect(reading).rejects.toThrow('ended with 127');
  expect([channel.written, stream.bytesWritten]).toEqual([[], 0]);
});

it('fails as the channel does, and is not taken for whole', async () => {
  const channel = new Channel();
  const stream = new ChannelStream(channel);
  channel.say('half');
  const reading = text(stream);
  await settled();
  channel.destroy(new Error('gone'));
  await expect(reading).rejects.toThrow('gone');
});

it('is closed with the channel, though what was written was never taken', async () => {
  const channel = new Channel();
  channel.blocked = true;
  const stream = new ChannelStream(channel);
  stream.write('more than the channel holds');
  stream.resume();
  const closed = once(stream, 'close');
  await channel.closeWith();
  await closed;
});

describe('of a command', () => {
  const judged = () => {
    const channel = new Channel();
    const stream = new ChannelStream(channel, ({ exitCode, signal }) =>
      exitCode === 0 ? null : new Error(`it ended with ${exitCode ?? signal}`),
    );
    return { channel, stream };
  };

  it('ends only once it is known how it ended', async () => {
    const { channel, stream } = judged();
    channel.say('answer');
    let ended = false;
    stream.on('end', () => {
      ended = true;
    });
    stream.resume();
    channel.push(null);
    await settled();
    expect(ended).toBe(false);
    channel.emit('close', 0);
    await once(stream, 'close');
    expect(ended).toBe(true);
  });

  it.each([
    [[127], 'it ended with 127'],
    [[null, 'SIGKILL'], 'it ended with SIGKILL'],
    [[], 'it ended with null'],
  ])('fails where it ended with %j', async (end, message) => {
    const { channel, stream } = judged();
    channel.say('half an answer');
    const reading = text(stream);
    await channel.closeWith(...end);
    await expect(reading).rejects.toThrow(message);
  });

  it('concerns nobody any more where it is destroyed before', async () => {
    const { channel, stream } = judged();
    const errors: unknown[] = [];
    stream.on('error', (error) => errors.push(error));
    stream.destroy();
    await channel.closeWith(1);
    expect(errors).toEqual([]);
  });
});
