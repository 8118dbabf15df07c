import { databaseRoot } from './database-root.ts';
import { type Dockerd, startDockerd } from './dockerd.ts';
import { createNetworks, type Steps, settle, startContainers } from './fleet.ts';
import { fleetPlan, isDatabase, type PlannedContainer } from './fleet-plan.ts';
import { busyboxImage, importBusybox, importImage, tagImage } from './images.ts';
import { type LabAccess, type LabTools, labTools } from './lab-access.ts';
import { missingParts } from './requirements.ts';
import { type Sshd, startSshd } from './sshd.ts';

interface LabOptions {
  /** How many run. Default 60. */
  readonly containers?: number;
  /** Whether real PostgreSQL and Redis are among them; without, none is in the plan. Default true. */
  readonly databases?: boolean;
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A real server: an engine with a fleet, and sshd in front of it. */
export interface Lab extends LabTools, AsyncDisposable {
  readonly access: LabAccess;
  readonly dockerd: Dockerd;
  readonly sshd: Sshd;
}

/**
 * Starts a lab and resolves once every container is what the plan says. Leaves nothing behind when it fails, is
 * cancelled, is disposed, or when this process is killed. Any number of labs may stand side by side.
 * @throws Error where a part is missing, or something did not start
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { containers = 60, databases = true, onProgress = () => {} } = options;
  const missing = missingParts({ databases });
  if (missing.length > 0) throw new Error(`The lab cannot run here:\n${missing.join('\n')}`);
  const signal = options.signal ?? new AbortController().signal;

  await using undo = new AsyncDisposableStack();
  const dockerd = undo.use(await startDockerd({ signal }));
  // `docker -H ssh://` runs the client on the host, which asks the machine's own engine unless it is told of another.
  const env = { DOCKER_HOST: `unix://${dockerd.socketPath}` };
  const sshd = undo.use(await startSshd({ folder: dockerd.folder, env }));
  onProgress('dockerd and sshd are up');

  const plan = fleetPlan({ containers, databases });
  await createNetworks(dockerd.api, plan.networks);
  await together(signal, [
    (steps) => startOthers(dockerd, plan.containers.filter(isNoDatabase), { onProgress, signal: steps }),
    (steps) => startDatabases(dockerd, plan.containers.filter(isDatabase), { onProgress, signal: steps }),
  ]);
  await settle(dockerd.api, plan.containers, { onProgress, signal });

  const access: LabAccess = {
    target: sshd.target(dockerd.socketPath),
    host: sshd.host,
    port: sshd.port,
    user: sshd.user,
    socketPath: dockerd.socketPath,
    clientKeyFile: sshd.clientKeyFile,
    knownHostsFile: sshd.knownHostsFile,
    hostKeyFingerprint: sshd.hostKeys[0]?.fingerprint ?? '',
    dockerdPid: dockerd.pid,
    folder: dockerd.folder,
    containers,
    databases,
  };
  const started = undo.move();
  return {
    ...labTools(access, dockerd.api),
    access,
    dockerd,
    sshd,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

const isNoDatabase = (planned: PlannedContainer) => !isDatabase(planned);

async function startOthers(dockerd: Dockerd, planned: readonly PlannedContainer[], steps: Steps): Promise<void> {
  await importBusybox(dockerd.api, dockerd.folder);
  const names = new Set(planned.map(({ spec }) => spec.image ?? busyboxImage));
  for (const name of names) await tagImage(dockerd.api, busyboxImage, name);
  // Those that have to be checked first, so that their first check comes while the others are being started.
  const checkedFirst = planned.toSorted(
    (a, b) => Number(a.spec.health === undefined) - Number(b.spec.health === undefined),
  );
  await startContainers(dockerd.api, checkedFirst, steps);
}

async function startDatabases(dockerd: Dockerd, planned: readonly PlannedContainer[], steps: Steps): Promise<void> {
  const [first, ...others] = new Set(planned.map(({ spec }) => spec.image ?? ''));
  if (first === undefined) return;
  const tar = await databaseRoot({ folder: dockerd.folder, ...steps });
  await importImage(dockerd.api, tar, first);
  for (const name of others) await tagImage(dockerd.api, first, name);
  await startContainers(dockerd.api, planned, steps);
}

/**
 * Runs all side by side. When one fails the others are told to end, and waited for: they must not be at work on what
 * is then taken away. @throws what the first that failed threw
 */
async function together(
  signal: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const guarded = tasks.map((task) => task(either).catch((error: unknown) => failed.abort(error)));
  await Promise.all(guarded);
  either.throwIfAborted();
}
