import type { Duplex } from 'node:stream';

/** How the engine's socket is reached: through an SSH connection, or directly. The tunnel agent opens its channels here. */
export interface Channels {
  /** One byte stream to the engine's socket. Rejects with an AppError. */
  open(signal: AbortSignal): Promise<Duplex>;
}
