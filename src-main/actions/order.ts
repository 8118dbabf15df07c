import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { compareText } from './words.ts';

const DEPENDS_ON = 'com.docker.compose.depends_on';

/**
 * Services a container says it depends on: `db:service_healthy:false,cache:service_started:true`, as Compose v2 writes
 * them into a label; v1 writes none. Named as places name them.
 */
export function dependenciesOf(labels: Readonly<Record<string, string>>): string[] {
  const names = (labels[DEPENDS_ON] ?? '').split(',').map((part) => part.split(':', 1)[0]?.trim() ?? '');
  return [...new Set(names.filter((name) => name !== ''))].map((name) => visibleText(name, limits.text.labelChars));
}

export interface Orderable {
  readonly service: string;
  readonly number: number | null;
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/**
 * What others depend on before them; else by service, number and name. Where services depend on each other in a circle,
 * it is broken at the first by name. What is not among them is looked past.
 */
export function inOrder<T extends Orderable>(containers: readonly T[]): T[] {
  const services = new Map<string, T[]>();
  for (const one of [...containers].sort(compareNames)) {
    const same = services.get(one.service);
    if (same === undefined) services.set(one.service, [one]);
    else same.push(one);
  }
  const ordered: T[] = [];
  const visited = new Set<string>();
  const visit = (service: string) => {
    const members = services.get(service);
    if (members === undefined || visited.has(service)) return;
    visited.add(service);
    for (const needed of [...new Set(members.flatMap(({ dependsOn }) => dependsOn))].sort(compareText)) visit(needed);
    ordered.push(...members);
  };
  for (const service of services.keys()) visit(service);
  return ordered;
}

function compareNames(a: Orderable, b: Orderable): number {
  const byNumber = (a.number ?? Number.POSITIVE_INFINITY) - (b.number ?? Number.POSITIVE_INFINITY);
  // Infinity less itself is NaN: neither has a number.
  return compareText(a.service, b.service) || byNumber || compareText(a.name, b.name);
}
