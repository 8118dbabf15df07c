import { Duplex } from 'node:stream';
import type { Channels } from './channels.ts';

/** For tests: an engine without a socket. It writes down the head of each request that reaches it, byte by byte. */
export interface RecordingEngine {
  readonly channels: Channels;
  /** Heads as they came, up to the empty line; and whatever came that is no head. Empties the record. */
  take(): readonly string[];
  /** Channels opened so far. */
  opened(): number;
}

/** @param answer what is answered to a head; the next request on the channel is read after it */
export function startRecordingEngine(answer: (head: string) => string): RecordingEngine {
  let heads: string[] = [];
  let opened = 0;
  const unfinished = new Set<RecordingChannel>();
  return {
    channels: {
      open: async () => {
        opened += 1;
        const channel: RecordingChannel = new RecordingChannel((head) => {
          heads.push(head);
          return answer(head);
        });
        unfinished.add(channel);
        channel.once('close', () => {
          unfinished.delete(channel);
          if (channel.rest !== '') heads.push(channel.rest);
        });
        return channel;
      },
    },
    take() {
      const rests = [...unfinished].map(({ rest }) => rest).filter((rest) => rest !== '');
      const taken = [...heads, ...rests];
      heads = [];
      return taken;
    },
    opened: () => opened,
  };
}

const END = '\r\n\r\n';

class RecordingChannel extends Duplex {
  /** What came behind the last whole head. */
  rest = '';
  readonly #answer: (head: string) => string;

  constructor(answer: (head: string) => string) {
    super({ allowHalfOpen: false });
    this.#answer = answer;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.rest += chunk.toString('latin1');
    for (let end = this.rest.indexOf(END); end >= 0; end = this.rest.indexOf(END)) {
      const answer = this.#answer(this.rest.slice(0, end));
      this.rest = this.rest.slice(end + END.length);
      setImmediate(() => this.writable && this.push(answer, 'latin1'));
    }
    done();
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}
