import { z } from 'zod';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { engineTime, ipAddress, shaped, shapedList } from './answers.ts';
import { Healthcheck, healthWaitMs, isChecked } from './health-check.ts';
import { listOf, recordOf } from './json-collections.ts';
import type { Attachment, ContainerDetail, ContainerSummary, RestartPolicy } from './model.ts';
import { ListedPort, PortMap, portsOfList, portsOfMap } from './port-answers.ts';
import { containerState, readStatusText } from './status-text.ts';
import { stopSignalName } from './stop-signal.ts';

/** 64 hexadecimal digits. Anything else could not be asked about: the gate takes it for no id. */
const Id = z.string().regex(/^[0-9a-f]{64}$/, 'it is no id');
/** Seconds since the epoch, within what a Date holds. */
const Seconds = z.number().min(-8.64e12).max(8.64e12);
const Labels = recordOf(z.string()).nullish();
const Networks = recordOf(
  z.object({ NetworkID: z.string().nullish(), IPAddress: z.string().nullish() }).nullable(),
).nullish();
const Mounts = listOf(
  z.object({ Destination: z.string().nullish(), Name: z.string().nullish(), Source: z.string().nullish() }),
).nullish();

const Summary = z.object({
  Id,
  Names: listOf(z.string()).nullish(),
  Image: z.string(),
  ImageID: z.string().nullish(),
  Created: Seconds,
  State: z.string().nullish(),
  Status: z.string().nullish(),
  Labels,
  Ports: listOf(ListedPort).nullish(),
  NetworkSettings: z.object({ Networks }).nullish(),
  Mounts,
});

/** `GET /containers/json?all=1`. @throws AppError ENGINE_ANSWER_INVALID, ENGINE_ANSWER_TOO_LARGE */
export function summariesFrom(json: unknown): ContainerSummary[] {
  const { containers: most } = limits.engine;
  return shapedList('list containers', json, Summary, 'containers', most).map((container) => ({
    id: container.Id,
    name: ownName(container.Names ?? [], container.Id),
    image: container.Image,
    imageId: container.ImageID ?? '',
    labels: container.Labels ?? {},
    createdAt: container.Created * 1000,
    state: containerState(container.State),
    ...readStatusText(container.Status ?? ''),
    ports: portsOfList(container.Ports ?? []),
    networks: attachments(container.NetworkSettings?.Networks),
    mountPaths: mountPaths(container.Mounts),
    volumes: volumes(container.Mounts),
  }));
}

const Health = z.object({
  Status: z.string().nullish(),
  Log: listOf(
    z.object({ Start: z.string().nullish(), ExitCode: z.number().nullish(), Output: z.string().nullish() }),
  ).nullish(),
});

const Detail = z.object({
  Id,
  Name: z.string(),
  Image: z.string(),
  Created: z.string(),
  RestartCount: z.int(),
  State: z.object({
    Status: z.string(),
    ExitCode: z.int().nullish(),
    OOMKilled: z.boolean().nullish(),
    Error: z.string().nullish(),
    StartedAt: z.string().nullish(),
    FinishedAt: z.string().nullish(),
    Health: Health.nullish(),
  }),
  Config: z.object({
    Image: z.string(),
    Labels,
    Tty: z.boolean().nullish(),
    StopSignal: z.union([z.string(), z.number()]).nullish(),
    StopTimeout: z.number().nullish(),
    Healthcheck,
  }),
  HostConfig: z
    .object({
      Memory: z.number().nullish(),
      RestartPolicy: z.object({ Name: z.string().nullish(), MaximumRetryCount: z.int().nullish() }).nullish(),
    })
    .nullish(),
  NetworkSettings: z.object({ Ports: PortMap.nullish(), Networks }).nullish(),
  Mounts,
});

/** `GET /containers/{id}/json`. */
export function detailFrom(json: unknown): ContainerDetail {
  const { State, Config, HostConfig, NetworkSettings, ...container } = shaped('inspect container', json, Detail);
  const startedAt = engineTime(State.StartedAt);
  const health = healthOf(State.Health?.Status);
  return {
    id: container.Id,
    name: ownName([container.Name], container.Id),
    image: Config.Image,
    imageId: container.Image,
    labels: Config.Labels ?? {},
    createdAt: engineTime(container.Created) ?? 0,
    state: containerState(State.Status),
    ports: portsOfMap(NetworkSettings?.Ports ?? {}),
    networks: attachments(NetworkSettings?.Networks),
    mountPaths: mountPaths(container.Mounts),
    volumes: volumes(container.Mounts),
    health,
    healthOutput: lastFailure(State.Health?.Log ?? [], startedAt),
    exitCode: lastExitCode(State.Status, State.ExitCode ?? null),
    oomKilled: State.OOMKilled ?? false,
    error: shownOrNull(State.Error ?? ''),
    restartCount: container.RestartCount,
    restartPolicy: restartPolicy(HostConfig?.RestartPolicy),
    startedAt,
    finishedAt: engineTime(State.FinishedAt),
    startedAtText: startedAt === null ? null : shownOrNull(State.StartedAt ?? ''),
    memoryLimitBytes: HostConfig?.Memory || null,
    tty: Config.Tty ?? false,
    stopSignal: stopSignalName(Config.StopSignal),
    stopTimeoutSeconds: stopTimeout(Config.StopTimeout),
    healthWaitMs: isChecked(Config.Healthcheck) || health !== 'none' ? healthWaitMs(Config.Healthcheck) : null,
  };
}

/** Its own name has one slash; `/web/db` is what a legacy link of `web` calls it. */
function ownName(names: readonly string[], id: string): string {
  const own = names.find((name) => name.lastIndexOf('/') <= 0) ?? names[0];
  return own?.replace(/^\//, '') || id.slice(0, 12);
}

function attachments(networks: z.infer<typeof Networks>): Attachment[] {
  return Object.entries(networks ?? {})
    .map(([name, network]) => ({ name, networkId: network?.NetworkID ?? '', ip: ipAddress(network?.IPAddress) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function mountPaths(mounts: z.infer<typeof Mounts>): string[] {
  return (mounts ?? []).flatMap(({ Destination }) => (Destination ? [Destination] : []));
}

/** A volume by its name, a folder by its path on the host; each once. */
function volumes(mounts: z.infer<typeof Mounts>): string[] {
  return [...new Set((mounts ?? []).flatMap(({ Name, Source }) => Name || Source || []))];
}

/** Seconds; null for the engine's default. A container that would wait for ever (-1) gets as long as we ever give. */
function stopTimeout(seconds: number | null | undefined): number | null {
  if (seconds === null || seconds === undefined) return null;
  return seconds < 0 ? limits.actions.mostGraceSeconds : Math.ceil(seconds);
}

/** `none` for no healthcheck: Docker leaves `Health` out, or says `none`; Podman has an empty status. */
function healthOf(status: string | null | undefined): ContainerDetail['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

/** Engines keep the checks of the run before: what those printed says nothing of this one. */
function lastFailure(log: NonNullable<z.infer<typeof Health>['Log']>, startedAt: number | null): string | null {
  const isOfThisRun = (start: string | null | undefined) => (engineTime(start) ?? startedAt ?? 0) >= (startedAt ?? 0);
  const output = log.findLast(({ Start, ExitCode }) => ExitCode !== 0 && isOfThisRun(Start))?.Output ?? '';
  return shownOrNull(
    output
      .split(/[\r\n]+/)
      .find((line) => line.trim() !== '')
      ?.trim() ?? '',
  );
}

function shownOrNull(text: string): string | null {
  return visibleText(text, limits.text.reasonChars) || null;
}

/** The engine clears the code when a container starts, and a new one has 0 without having run: neither is an exit. */
function lastExitCode(status: string, code: number | null): number | null {
  const state = containerState(status);
  if (state === 'running' || state === 'paused') return null;
  return state === 'created' && code === 0 ? null : code;
}

function restartPolicy(
  policy: { Name?: string | null | undefined; MaximumRetryCount?: number | null | undefined } | null | undefined,
): RestartPolicy {
  const name = policy?.Name;
  return {
    name: name === 'always' || name === 'unless-stopped' || name === 'on-failure' ? name : 'no',
    maximumRetries: policy?.MaximumRetryCount ?? 0,
  };
}
