import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '#contract/contract.ts';

/** The contract as calls: what the window asks the core, whatever carries it. */
export type Client = ContractRouterClient<typeof contract>;

/** One connection to the core that has shaken hands. */
export interface Connection {
  readonly client: Client;
  /** Resolves when it has ended, however it did. */
  readonly closed: Promise<void>;
  close(): void;
}
