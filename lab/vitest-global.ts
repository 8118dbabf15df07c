import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { TestProject } from 'vitest/node';
import { startLab } from './lab.ts';
import type { LabAccess } from './lab-access.ts';
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
 * such file, do not wait for 60 containers. `BINNACLE_LAB_ACCESS` names the file that `npm run lab -- --access` wrote:
 * that lab is used instead, and left as it was.
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
  let lab: Promise<StartedLab> | undefined;
  const server = createServer((visitor) => {
    visitor.on('error', () => {});
    lab ??= findLab(process.env.BINNACLE_LAB_ACCESS, stop.signal);
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

interface StartedLab extends AsyncDisposable {
  readonly access: LabAccess;
}

async function findLab(file: string | undefined, signal: AbortSignal): Promise<StartedLab> {
  if (!file) return await startLab({ signal, onProgress: (line) => console.log(`lab: ${line}`) });
  const access = JSON.parse(await readFile(file, 'utf8')) as LabAccess;
  return { access, [Symbol.asyncDispose]: async () => {} };
}
