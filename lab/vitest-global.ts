import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type Lab, startLab } from './lab.ts';
import { missingForSshd, missingParts } from './requirements.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly lab: {
      /** Why the lab cannot run here; empty where it can. */
      readonly missing: readonly string[];
      /** The same for what needs sshd alone. */
      readonly missingForSshd: readonly string[];
      /** Whether a missing part fails the run instead of skipping tests. */
      readonly required: boolean;
      /** Abstract unix socket, which leaves no file behind: whoever connects is answered in JSON once the lab runs. */
      readonly door: string;
    };
  }
}

/**
 * One lab for all test files, started when the first of them asks for it: files that need sshd alone, and a run of one
 * such file, do not wait for 60 containers.
 * @throws Error where a part is missing and BINNACLE_LAB=required
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = missingParts();
  const required = process.env.BINNACLE_LAB === 'required';
  if (required && missing.length > 0) {
    throw new Error(`BINNACLE_LAB=required, and the lab cannot run here:\n${missing.join('\n')}`);
  }
  const door = `\0binnacle-lab-door-${randomUUID()}`;
  const stop = new AbortController();
  let lab: Promise<Lab> | undefined;
  const server = createServer((visitor) => {
    visitor.on('error', () => {});
    lab ??= startLab({ signal: stop.signal, onProgress: (line) => console.log(`lab: ${line}`) });
    lab.then(
      ({ access }) => visitor.end(JSON.stringify({ access })),
      (error: unknown) => visitor.end(JSON.stringify({ error: String(error) })),
    );
  });
  // Where the lab cannot run nobody will come, and on other systems than Linux there is no such socket.
  if (missing.length === 0) await once(server.listen(door), 'listening');
  project.provide('lab', { missing, missingForSshd: missingForSshd(), required, door });

  return async () => {
    server.close();
    stop.abort();
    // A lab that could not start has already been reported to the tests that asked for it.
    await (await lab?.catch(() => undefined))?.[Symbol.asyncDispose]();
  };
}
