import type { ContainerSpec } from './container-spec.ts';
import { composeApps, labelled, looseContainers, replica } from './fleet-apps.ts';

/** What a container of the fleet is once the fleet stands. */
export type PlannedState = 'healthy' | 'unchecked' | 'unhealthy' | 'restarting' | 'stopped' | 'finished';

export interface PlannedContainer {
  readonly spec: ContainerSpec;
  readonly state: PlannedState;
  /** Compose project; null for one without Compose labels. */
  readonly app: string | null;
}

export interface FleetPlan {
  readonly networks: readonly string[];
  readonly containers: readonly PlannedContainer[];
}

/** Running, whatever their health. */
export const isRunning = ({ state }: PlannedContainer) =>
  state === 'healthy' || state === 'unchecked' || state === 'unhealthy';

/**
 * The fleet of `containers` running containers, beside which there are always the one in a restart loop, the one that
 * was stopped and the one that has finished. With 60 there are 12 apps; fewer leave out the last of the list, more add
 * replicas. Pure: the same question has the same answer.
 */
export function fleetPlan(options: { readonly containers: number; readonly databases: boolean }): FleetPlan {
  const all = [...composeApps.flatMap(labelled), ...looseContainers].filter(
    ({ spec }) => options.databases || !isDatabase({ spec }),
  );
  const running = all.filter(isRunning).slice(0, options.containers);
  const replicas = Array.from({ length: options.containers - running.length }, (_, index) => replica(index));
  const containers = [...running, ...replicas, ...all.filter((each) => !isRunning(each))];
  const networks = new Set(containers.flatMap(({ spec }) => spec.networks ?? []));
  return { networks: [...networks], containers };
}

/** A real PostgreSQL or Redis. */
export const isDatabase = ({ spec }: Pick<PlannedContainer, 'spec'>) => /^(postgres|redis):/.test(spec.image ?? '');
