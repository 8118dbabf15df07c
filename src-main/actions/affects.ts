import type { EngineChange } from '#contract/actions.ts';
import type { Port } from '#contract/fleet.ts';
import type { KnownContainer } from '../fleet/host-access.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { isRunning } from './catalogue.ts';
import { dependenciesOf } from './order.ts';
import type { Subjects } from './subjects.ts';
import { compareText, fullWord, inWords, wordOf } from './words.ts';

/**
 * What else feels it, a sentence each, the nearest first: what depends on it, what is served through it, what uses the
 * same volumes, which other apps are in its networks. Of containers that are not acted upon. An app's own network says
 * nothing that its name does not.
 * @param known all of the host
 */
export function affectsOf(what: EngineChange, subjects: Subjects, known: readonly KnownContainer[]): string[] {
  const acted = new Set(subjects.acted.map(({ id }) => id));
  const others = known.filter(({ id }) => !acted.has(id));
  const named = namer(subjects.app, known);
  // Nobody loses anything by a start; two that write to one volume may.
  const sentences =
    what === 'start'
      ? sharedVolumes(subjects, others, named)
      : [
          ...dependents(subjects, others, named),
          ...served(subjects),
          ...sharedVolumes(subjects, others, named),
          ...sharedNetworks(subjects, others, named),
        ];
  const most = limits.actions.affects;
  if (sentences.length <= most) return sentences;
  return [...sentences.slice(0, most - 1), `And ${sentences.length - most + 1} more.`];
}

type Namer = (container: KnownContainer) => string;

/** `web` within the app, `blog / web` elsewhere. */
function namer(app: string, known: readonly KnownContainer[]): Namer {
  const byApp = Map.groupBy(known, ({ place }) => place.app);
  return (container) => {
    const members = byApp.get(container.place.app) ?? [];
    const word = wordOf(container, members);
    return container.place.app === app ? word : fullWord(container.place.app, word, members);
  };
}

function dependents({ app, acted }: Subjects, others: readonly KnownContainer[], named: Namer): string[] {
  const services = new Set(acted.map(({ place }) => place.service));
  const byService = new Map<string, Set<string>>();
  for (const other of others) {
    if (other.place.app !== app || !isUsing(other)) continue;
    for (const needed of dependenciesOf(other.labels)) {
      // The service's other containers are there meanwhile, but nobody promises that they are enough.
      if (services.has(needed)) add(byService, needed, named(other));
    }
  }
  return [...byService]
    .sort(([a], [b]) => compareText(a, b))
    .map(([service, names]) => `${sortedWords(names)} ${names.size === 1 ? 'depends' : 'depend'} on ${service}.`);
}

function served({ acted }: Subjects): string[] {
  return acted.flatMap(({ word, detail }) => {
    const ports = [...new Set(detail.ports.flatMap(portText))];
    if (ports.length === 0) return [];
    const [noun, verb] = ports.length === 1 ? ['Port', 'is'] : ['Ports', 'are'];
    return [`${noun} ${inWords(ports)} ${verb} served through ${acted.length > 1 ? word : 'it'}.`];
  });
}

/** As published on the host, once for both kinds of address. */
function portText({ hostPort, protocol }: Port): string[] {
  if (hostPort === null || hostPort === 0) return [];
  return [protocol === 'tcp' ? String(hostPort) : `${hostPort}/${protocol}`];
}

function sharedVolumes({ acted }: Subjects, others: readonly KnownContainer[], named: Namer): string[] {
  const own = new Set(acted.flatMap(({ detail }) => detail.volumes).filter((volume) => !SYSTEM_PATH.test(volume)));
  const users = new Map<string, Set<string>>();
  for (const other of others) {
    if (!isUsing(other)) continue;
    for (const volume of other.volumes) if (own.has(volume)) add(users, volume, named(other));
  }
  return sharing(users, (name) => (name.startsWith('/') ? 'folder' : 'volume'));
}

/** What half of all containers mount of their host: sockets, clocks, name resolution. */
const SYSTEM_PATH = /^\/(?:(?:dev|etc|proc|run|sys|tmp|usr\/share\/zoneinfo|var\/run)(?:\/|$)|$)/;

function sharedNetworks({ app, acted }: Subjects, others: readonly KnownContainer[], named: Namer): string[] {
  const own = new Set(
    acted.flatMap(({ detail }) => detail.networks).flatMap(({ name }) => (COMMON_NETWORKS.has(name) ? [] : name)),
  );
  const users = new Map<string, Set<string>>();
  for (const other of others) {
    if (other.place.app === app || !isUsing(other)) continue;
    for (const { name } of other.networks) if (own.has(name)) add(users, name, named(other));
  }
  return sharing(users, () => 'network');
}

/** There on every engine: to be in one says nothing of who talks to whom. */
const COMMON_NETWORKS: ReadonlySet<string> = new Set(['bridge', 'host', 'none', 'podman']);

function sharing(users: ReadonlyMap<string, ReadonlySet<string>>, noun: (name: string) => string): string[] {
  return [...users]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, names]) => {
      const shown = visibleText(name, limits.text.labelChars);
      return `${sortedWords(names)} ${names.size === 1 ? 'shares' : 'share'} the ${noun(name)} ${shown}.`;
    });
}

/** What has ended feels nothing. */
function isUsing({ state }: KnownContainer): boolean {
  return isRunning(state) || state === 'paused';
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

function sortedWords(names: ReadonlySet<string>): string {
  return inWords([...names].sort(compareText));
}
