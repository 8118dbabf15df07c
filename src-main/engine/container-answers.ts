import { z } from 'zod';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { engineTime, shaped } from './answers.ts';
import type { Attachment, ContainerDetail, ContainerSummary, RestartPolicy } from './model.ts';
import { ListedPort, PortMap, portsOfList, portsOfMap } from './port-answers.ts';
import { containerState, readStatusText } from './status-text.ts';

const Labels = z.record(z.string(), z.string()).nullish();
const Networks = z
  .record(z.string(), z.object({ NetworkID: z.string().nullish(), IPAddress: z.string().nullish() }).nullable())
  .nullish();
const Mounts = z.array(z.object({ Destination: z.string().nullish() })).nullish();

const Summary = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish(),
  Image: z.string(),
  ImageID: z.string().nullish(),
  Created: z.number(),
  State: z.string().nullish(),
  Status: z.string().nullish(),
  Labels,
  Ports: z.array(ListedPort).nullish(),
  NetworkSettings: z.object({ Networks }).nullish(),
  Mounts,
});

/** `GET /containers/json?all=1`. */
export function summariesFrom(json: unknown): ContainerSummary[] {
  return shaped('list containers', json, z.array(Summary)).map((container) => ({
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
  }));
}

const Health = z.object({
  Status: z.string().nullish(),
  Log: z.array(z.object({ ExitCode: z.number().nullish(), Output: z.string().nullish() })).nullish(),
});

const Detail = z.object({
  Id: z.string(),
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
  Config: z.object({ Image: z.string(), Labels, Tty: z.boolean().nullish() }),
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
    health: healthOf(State.Health?.Status),
    healthOutput: lastFailure(State.Health?.Log ?? []),
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
  };
}

/** Its own name has one slash; `/web/db` is what a legacy link of `web` calls it. */
function ownName(names: readonly string[], id: string): string {
  const own = names.find((name) => name.lastIndexOf('/') <= 0) ?? names[0];
  return own?.replace(/^\//, '') || id.slice(0, 12);
}

function attachments(networks: z.infer<typeof Networks>): Attachment[] {
  return Object.entries(networks ?? {})
    .map(([name, network]) => ({ name, networkId: network?.NetworkID ?? '', ip: network?.IPAddress || null }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function mountPaths(mounts: z.infer<typeof Mounts>): string[] {
  return (mounts ?? []).flatMap(({ Destination }) => (Destination ? [Destination] : []));
}

/** `none` for no healthcheck: Docker leaves `Health` out, or says `none`; Podman has an empty status. */
function healthOf(status: string | null | undefined): ContainerDetail['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

function lastFailure(log: readonly { ExitCode?: number | null | undefined; Output?: string | null | undefined }[]) {
  const output = log.findLast(({ ExitCode }) => ExitCode !== 0)?.Output ?? '';
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
