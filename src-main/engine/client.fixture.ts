import type { IncomingMessage, ServerResponse } from 'node:http';
import { openEngine } from './client.ts';
import { likeDocker, startFakeEngine } from './fake-engine.fixture.ts';
import type { HostMode } from './gate.ts';
import type { EngineClient } from './model.ts';

export const never = new AbortController().signal;

/** Answers what is neither `/_ping` nor `/version`. */
export type Others = (question: IncomingMessage, answer: ServerResponse) => void;

/** Opens a client, over channels like ssh2's, on an engine that greets as Docker does. */
export async function withEngine<T>(
  others: Others,
  use: (client: EngineClient, opened: () => number) => Promise<T>,
  mode: () => HostMode = () => 'observe',
): Promise<T> {
  await using engine = await startFakeEngine(likeDocker(others));
  await using client = await openEngine(engine.sshChannels, { signal: never, mode });
  return await use(client, engine.opened);
}
