import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

/** Where a container belongs. */
export interface Place {
  readonly app: string;
  readonly service: string;
  /** Which of the service's containers it is; null where nothing says so. */
  readonly number: number | null;
  /** Started by `compose run`: in the app, but not the service itself. */
  readonly oneOff: boolean;
}

type Labels = Readonly<Record<string, string>>;

// Docker Compose and podman-compose, podman-compose's own, docker stack deploy.
const APP_LABELS = ['com.docker.compose.project', 'io.podman.compose.project', 'com.docker.stack.namespace'] as const;
const SERVICE_LABELS = ['com.docker.compose.service', 'io.podman.compose.service'] as const;
const SWARM_SERVICE = 'com.docker.swarm.service.name';
const SWARM_TASK = 'com.docker.swarm.task.name';

/**
 * The app, service and number of a container: the operator's own mapping first (by the container's name, else its
 * service's), then what the tool that made it wrote into its labels, else its name. Labels are the host's text: what
 * comes back is visible and bounded.
 */
export function placeOf(name: string, labels: Labels, mapping: Readonly<Record<string, string>>): Place {
  const service = firstText(labels, SERVICE_LABELS) ?? swarmService(labels) ?? visibleLabel(name);
  const app = own(mapping, name) ?? own(mapping, service) ?? firstText(labels, APP_LABELS) ?? visibleLabel(name);
  return {
    app,
    service,
    number: positive(labels['com.docker.compose.container-number']) ?? swarmNumber(labels),
    oneOff: labels['com.docker.compose.oneoff']?.toLowerCase() === 'true',
  };
}

/** `stack_web` is the service `web` of the stack `stack`. */
function swarmService(labels: Labels): string | null {
  const name = text(labels[SWARM_SERVICE]);
  const stack = text(labels['com.docker.stack.namespace']);
  if (name === null || stack === null) return name;
  return name.startsWith(`${stack}_`) && name.length > stack.length + 1 ? name.slice(stack.length + 1) : name;
}

/** A task is named `service.number.id`. */
function swarmNumber(labels: Labels): number | null {
  return positive(labels[SWARM_TASK]?.split('.').at(-2));
}

function positive(value: string | undefined): number | null {
  return value !== undefined && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : null;
}

function firstText(labels: Labels, names: readonly string[]): string | null {
  for (const name of names) {
    const found = text(labels[name]);
    if (found !== null) return found;
  }
  return null;
}

function text(value: string | undefined): string | null {
  const shown = value?.trim();
  return shown ? visibleLabel(shown) : null;
}

function visibleLabel(value: string): string {
  return visibleText(value, limits.text.labelChars);
}

/** `mapping` is keyed by names that hosts choose: `constructor` is one like any other. */
function own(mapping: Readonly<Record<string, string>>, key: string): string | null {
  return Object.hasOwn(mapping, key) ? (mapping[key] ?? null) : null;
}
