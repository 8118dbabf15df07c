import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/**
 * Makes an ssh2 channel behave as a stream should. As it comes it stays half open for ever once the other side has ended
 * (FACTS, tunnel 3), its `destroy()` goes on delivering data and never marks it destroyed, and its errors need a listener.
 */
export function adoptChannel(channel: ClientChannel): void {
  channel.on('error', () => {});
  channel.on('end', () => channel.end());
  const close = channel.destroy.bind(channel);
  channel.destroy = (error?: Error) => {
    if (!channel.destroyed) {
      close(); // sends EOF and CLOSE; ssh2 emits 'close' when the other side has closed too
      Duplex.prototype.destroy.call(channel, error);
    }
    return channel;
  };
}

/**
 * Ends a channel whose connection is gone. ssh2 would end it as if all had been read; an answer cut in the middle would
 * pass for a whole one.
 */
export function failChannel(channel: ClientChannel, error: Error): void {
  if (channel.destroyed) return;
  // At once, because ssh2 emits 'close' in this same tick, and readers go by what they see first.
  channel.emit('error', error);
  Duplex.prototype.destroy.call(channel);
}
