import type { Duplex } from 'node:stream';
import { AppError } from '../kernel/errors.ts';
import type { Channels } from './channels.ts';
import type { Lanes } from './lanes.ts';

export interface ChannelCounts {
  readonly open: number;
  readonly opened: number;
  readonly refused: number;
}

interface CountedChannelsOptions {
  /** Learns how many sessions sshd opens at once. */
  readonly lanes: Lanes;
  /** Called once, when the first one is open. */
  readonly onFirst?: () => void;
}

/** Channels that are counted. One is open until the other side has closed it too. */
export class CountedChannels implements Channels {
  readonly #channels: Channels;
  readonly #options: CountedChannelsOptions;
  #open = 0;
  #opening = 0;
  #opened = 0;
  #refused = 0;

  constructor(channels: Channels, options: CountedChannelsOptions) {
    this.#channels = channels;
    this.#options = options;
  }

  counts(): ChannelCounts {
    return { open: this.#open, opened: this.#opened, refused: this.#refused };
  }

  async open(signal: AbortSignal): Promise<Duplex> {
    const { lanes, onFirst } = this.#options;
    this.#opening += 1;
    try {
      const channel = await this.#channels.open(signal);
      this.#opened += 1;
      this.#open += 1;
      channel.once('close', () => {
        this.#open -= 1;
      });
      if (this.#opened === 1) onFirst?.();
      return channel;
    } catch (error) {
      if (!signal.aborted && error instanceof AppError && error.code !== 'CONNECTION_LOST') this.#refused += 1;
      if (error instanceof AppError && error.code === 'SESSIONS_EXHAUSTED') lanes.narrow(this.#besides(error));
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  /**
   * How many there were beside one that was refused. Rather too many than too few: then the next is refused as well, and
   * tells of fewer. So those count that were being opened with it, and those that sshd had not closed yet on its side.
   */
  #besides({ details: { open } }: AppError): number {
    return Math.max(this.#open + this.#opening - 1, typeof open === 'number' ? open : 0);
  }
}
