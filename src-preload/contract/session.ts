import { z } from 'zod';
import { procedure } from './procedures.ts';

/** What the window learns of the core it has reached. */
export const Welcome = z.object({
  contractVersion: z.int(),
  /** Version of Binnacle itself, as in `0.1.0`. */
  appVersion: z.string(),
  /** What the core runs in. */
  shell: z.enum(['desktop', 'browser']),
  /** True: the hosts are made up, and nothing is kept. */
  demo: z.boolean(),
});
export type Welcome = z.infer<typeof Welcome>;

export const session = {
  /**
   * The handshake, and the first call of every connection: all others are refused before it.
   * Fails with CONTRACT_MISMATCH where the versions differ; the window then has to be loaded anew.
   */
  hello: procedure.input(z.object({ contractVersion: z.int() })).output(Welcome),
};
