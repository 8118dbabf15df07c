import { uuid } from './services.fixture.ts';
import type { Services } from './services.ts';

/** One call that reached a domain. */
export interface DomainCall {
  /** Entry of the contract that leads there, as in `hosts.remove`. */
  readonly path: string;
  /** The input the entry must have been given. */
  readonly input: unknown;
}

/** What the core asks by itself, and no input gets to. */
const BY_ITSELF: ReadonlySet<string> = new Set([
  'fleet.subscribe',
  'fleet.host',
  'fleet.summary',
  'questions.subscribe',
  'questions.open',
  'settings.subscribe',
  'settings.current',
  'settings.problems',
  'actions.subscribe',
  'actions.runs',
  'actions.unlocks',
  'journal.subscribe',
  'journal.status',
]);

type Origin = readonly [path: string, input: (...given: never[]) => unknown];
const all = (path: string): Origin => [path, (request: unknown) => request];
const none = (path: string): Origin => [path, () => undefined];

/** From what a domain was given, back to the input of the entry; what a domain is not told stands as anything valid. */
const ORIGINS: Readonly<Record<string, Origin>> = {
  'fleet.logs': ['logs.read', (request: object) => ({ ...request, stream: uuid(1), credit: 1 })],
  'fleet.watchLoadOf': [
    'updates.interest',
    (hosts: ReadonlySet<string> | null) => ({ subscription: uuid(1), visible: true, hosts: hosts && [...hosts] }),
  ],
  'hosts.list': none('hosts.list'),
  'hosts.identities': none('hosts.identities'),
  'hosts.aliases': none('hosts.aliases'),
  'hosts.connection': ['hosts.connection', (id: string) => ({ id })],
  'hosts.test': all('hosts.test'),
  'hosts.add': all('hosts.add'),
  'hosts.rename': all('hosts.rename'),
  'hosts.remove': ['hosts.remove', (id: string) => ({ id })],
  'hosts.restore': ['hosts.restore', (id: string) => ({ id })],
  'hosts.setMode': all('hosts.setMode'),
  'hosts.retry': ['hosts.retry', (id: string) => ({ id })],
  'questions.answer': ['questions.answer', (id: string, answer: object) => ({ id, answer })],
  'settings.change': all('settings.change'),
  'settings.places': none('settings.places'),
  'settings.forgetSecrets': none('settings.forgetSecrets'),
  'actions.plan': all('actions.plan'),
  'actions.run': all('actions.run'),
  'actions.cancel': ['actions.cancel', (run: string) => ({ run })],
  'actions.unlock': all('actions.unlock'),
  'actions.lock': all('actions.lock'),
  'actions.protect': all('actions.protect'),
  'actions.timeline': all('timeline.read'),
  'journal.read': all('journal.read'),
  'journal.verify': none('journal.verify'),
  'journal.export': ['journal.export', (filter: object) => ({ filter })],
  'journal.setAside': none('journal.setAside'),
};

/** The same services; every call that input can lead to is told of. What is called and not listed here fails. */
export function recorded(services: Services, told: (call: DomainCall) => void): Services {
  const watch = <T extends object>(domain: string, port: T): T =>
    new Proxy(port, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        const name = `${domain}.${String(key)}`;
        if (typeof member !== 'function') return member;
        return (...given: never[]) => {
          if (!BY_ITSELF.has(name)) told(originOf(name, given));
          return member.apply(target, given);
        };
      },
    });
  return {
    ...services,
    fleet: watch('fleet', services.fleet),
    hosts: watch('hosts', services.hosts),
    questions: watch('questions', services.questions),
    settings: watch('settings', services.settings),
    actions: watch('actions', services.actions),
    journal: watch('journal', services.journal),
  };
}

function originOf(name: string, given: never[]): DomainCall {
  const origin = ORIGINS[name];
  if (origin === undefined) throw new Error(`Nobody has said which entry of the contract leads to ${name}.`);
  const [path, input] = origin;
  return { path, input: input(...given) };
}
