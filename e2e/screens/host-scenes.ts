import type { HostState } from '#contract/fleet.ts';
import { type FakeServices, uuid } from '../../src-main/router/services.fixture.ts';
import { clicks, inOrder, opensHost, type Scene, sees, stagedScene } from './scene.ts';
import { aReport, connectedBy, exhausted, freshReport, localReport, twoHops } from './staged-connections.ts';
import { ago, atlas, HOUR, MINUTE, neverSeen, stagedHost, unseen } from './staged-fleet.ts';
import {
  blockedBy,
  codeQuestion,
  hostKeyQuestion,
  jumpKeyQuestion,
  noAnswer,
  offlineFor,
  passphraseQuestion,
  passwordQuestion,
  TROUBLES,
  wordyQuestion,
} from './staged-states.ts';

const TARGET = 'ssh://ops@atlas.example.org';
const SECOND = 1_000;

const hung: HostState = { ...TROUBLES.hung, state: 'degraded', since: ago(MINUTE) };
const denied: HostState = { ...TROUBLES.denied, state: 'degraded', since: ago(4 * MINUTE) };

/** How a host stands, one state each; and what its page tells of the way there. */
export const hostScenes: readonly Scene[] = [
  stagedScene('host-states', 'A host in each state: chips, rows and cards', inEachState, sees('Needs attention')),
  stateScene('host-connecting', 'A host that is being connected, for the third time', {
    state: 'connecting',
    attempt: 3,
    since: ago(4 * SECOND),
  }),
  stateScene('host-authenticating', 'A host that is being logged in to', {
    state: 'authenticating',
    attempt: 1,
    since: ago(SECOND),
  }),
  stagedScene(
    'host-asking',
    'A host that asks for a password',
    ({ fleet, questions }) => {
      fleet.put(
        unseen(atlas(), { state: 'asking', attempt: 1, since: ago(20 * SECOND), what: 'password', jump: null }, HOUR),
      );
      questions.waiting = [passwordQuestion({ hostId: uuid(1) })];
    },
    opensAtlas(sees('Password needed')),
  ),
  stagedScene(
    'host-asking-shared',
    'A host that waits for an answer another host was asked for, on the machine they share',
    ({ fleet, questions }) => {
      const jump = 'ops@bastion.example.org:22';
      const status = { state: 'asking', attempt: 1, since: ago(20 * SECOND), what: 'code', jump } as const;
      for (const [number, label] of ['atlas', 'borealis'].entries()) {
        fleet.put(neverSeen(number + 1, label, { status, problems: [] }));
      }
      questions.waiting = [codeQuestion({ hostId: uuid(2) })];
    },
    inOrder(
      clicks('Review… atlas'),
      sees('Verification code'),
      async (page) => await page.keyboard.press('Escape'),
      opensAtlas(
        sees('Code needed'),
        async (page) => await page.getByRole('button', { name: 'Review… atlas' }).waitFor(),
      ),
    ),
  ),
  stateScene(
    'host-stale',
    'A host after this machine slept for eight hours: nothing shows as fresh',
    { state: 'stale', since: ago(2 * SECOND) },
    aReport,
  ),
  stateScene('host-degraded', 'A host whose engine hangs behind a living sshd', hung, aReport),
  stateScene('host-denied', 'A host of which a policy denies what it is read by', denied, aReport),
  stateScene('host-offline', 'A host that is offline: why, since when, and when it is tried again', {
    ...offlineFor(noAnswer('atlas'), 9 * MINUTE),
  }),
  stagedScene(
    'host-blocked',
    'A host that let nobody in waits for a person',
    ({ fleet }) => {
      const login = {
        code: 'AUTH_FAILED' as const,
        message: 'atlas.example.org let ops in with none of 2 keys.',
        hint: 'Add your public key to ~ops/.ssh/authorized_keys there, or name another key file.',
      };
      fleet.put(neverSeen(1, 'atlas', blockedBy(login, TARGET)));
    },
    opensAtlas(sees('Not let in')),
  ),
  pageScene('host-direct', 'How a host is reached: one machine, and nothing weak', aReport, sees('ops@desk')),
  pageScene(
    'host-two-hops',
    'The same over a machine that others share, whose algorithms are weak',
    twoHops,
    sees('hmac-sha1'),
  ),
  pageScene(
    'host-exhausted',
    'An engine behind the docker command, with no channel left',
    exhausted,
    sees(/8 open of at most 8/),
  ),
  stagedScene(
    'host-local',
    'The engine of this machine',
    (services) => {
      const { host, containers } = atlas();
      services.fleet.put({ host: { ...host, label: 'this machine', target: 'local:' }, containers });
      connectedBy(localReport)(services);
    },
    inOrder(sees('All green'), opensHost('this machine'), sees(/without SSH/)),
  ),
  pageScene('host-fresh', 'A host that was connected just now', freshReport, sees('Nothing has been asked of it yet')),
  stagedScene(
    'host-loading',
    'The page before it is known how the host is connected',
    (services) => {
      services.fleet.put(atlas());
      // What takes long in a core.
      services.hosts.connection = () => new Promise(() => {}) as never;
    },
    opensAtlas(async (page) => await page.locator('section[aria-busy]').waitFor()),
  ),
  removedScene(),
  stagedScene(
    'question-host-key-jump',
    'The question about the host key of a machine on the way',
    asking((from) => jumpKeyQuestion(from), 'hostKey'),
    inOrder(clicks(/^Review/), sees('Is this the machine you mean?')),
  ),
  stagedScene(
    'question-key-compared',
    'A fingerprint that was pasted, and is another',
    asking((from) => hostKeyQuestion(from), 'hostKey'),
    inOrder(clicks(/^Review/), async (page) => {
      await page.getByLabel('Or paste the fingerprint you expect').fill(`SHA256:${'A'.repeat(43)}`);
      await page.getByText('It is another one.').waitFor();
    }),
  ),
  stagedScene(
    'question-remember',
    'A passphrase that is to be remembered in the keychain',
    asking((from) => passphraseQuestion(from, 1, true), 'passphrase'),
    inOrder(clicks(/^Review/), async (page) => await page.getByLabel('Remember in the keychain').check()),
  ),
  stagedScene(
    'question-password',
    'The question for a password, where there is no keychain',
    asking((from) => passwordQuestion(from), 'password'),
    inOrder(clicks(/^Review/), sees('Password of ops')),
  ),
  stagedScene(
    'question-code',
    'The question for a code of a machine on the way, which waits only so long',
    asking(codeQuestion, 'code'),
    inOrder(clicks(/^Review/), sees('Verification code')),
  ),
  stagedScene(
    'question-challenge',
    'Several questions at once, in the host’s own words',
    asking(wordyQuestion, 'code'),
    inOrder(clicks(/^Review/), sees('PIN and token')),
  ),
  stagedScene(
    'question-too-late',
    'A question whose time is up',
    asking((from) => {
      const question = codeQuestion(from);
      return question.kind === 'challenge' ? { ...question, until: ago(SECOND) } : question;
    }, 'code'),
    inOrder(clicks(/^Review/), sees('The host waits no longer.')),
  ),
];

function removedScene(): Scene {
  let remove = (): void => undefined;
  return stagedScene(
    'host-removed',
    'The page of a host that was removed meanwhile',
    ({ fleet }) => {
      fleet.put(atlas());
      remove = () => fleet.remove(uuid(1));
    },
    inOrder(opensAtlas(sees('Facts')), async () => remove(), sees('This host was removed')),
  );
}

type Asks = Parameters<typeof hostKeyQuestion>[0];

function asking(
  question: (from: Asks) => ReturnType<typeof hostKeyQuestion>,
  what: Extract<HostState, { state: 'asking' }>['what'],
) {
  return ({ fleet, questions }: FakeServices): void => {
    const asked = question({ hostId: uuid(1) });
    const jump = asked.isJump ? asked.machine : null;
    const status = { state: 'asking', attempt: 1, since: ago(3 * SECOND), what, jump } as const;
    fleet.put(neverSeen(1, 'atlas', { status, problems: [] }));
    questions.waiting = [asked];
  };
}

function stateScene(
  name: string,
  shows: string,
  status: HostState,
  report: Parameters<typeof connectedBy>[0] = () => null,
): Scene {
  return stagedScene(
    name,
    shows,
    (services) => {
      const forMs = status.state === 'stale' ? 8 * HOUR : 9 * MINUTE;
      services.fleet.put(unseen(atlas(), status, forMs));
      connectedBy(report)(services);
    },
    opensAtlas(async (page) => await page.getByRole('region', { name: 'Why it is not live' }).waitFor()),
  );
}

function pageScene(name: string, shows: string, report: Parameters<typeof connectedBy>[0], act: Scene['act']): Scene {
  return stagedScene(
    name,
    shows,
    (services) => {
      services.fleet.put(atlas());
      connectedBy(report)(services);
    },
    opensAtlas(act),
  );
}

function opensAtlas(...acts: readonly Scene['act'][]): Scene['act'] {
  return inOrder(opensHost('atlas'), ...acts);
}

/** Eight hosts, and nothing that is live but one. */
function inEachState({ fleet, questions }: FakeServices): void {
  const app = (name: string) => [
    { app: name, upMs: 9 * HOUR, containers: [{ service: 'web', image: 'nginx:1.29', cores: 0.1, mib: 80 }] },
  ];
  const put = (number: number, label: string, status: HostState, forMs: number) =>
    fleet.put(unseen(stagedHost(number, label, app(`${label}-web`)), status, forMs));
  fleet.put(stagedHost(1, 'atlas', app('shop')));
  put(2, 'borealis', { state: 'connecting', attempt: 3, since: ago(4 * SECOND) }, 2 * MINUTE);
  put(3, 'cinder', { state: 'authenticating', attempt: 1, since: ago(SECOND) }, 3 * MINUTE);
  put(
    4,
    'dune',
    { state: 'asking', attempt: 1, since: ago(9 * SECOND), what: 'code', jump: 'ops@bastion.example.org:22' },
    5 * MINUTE,
  );
  put(5, 'ember', { state: 'stale', since: ago(2 * SECOND) }, 8 * HOUR);
  put(6, 'fjord', hung, MINUTE);
  put(7, 'glade', offlineFor(noAnswer('glade'), 4 * MINUTE), 4 * MINUTE);
  const { status, problems } = blockedBy(TROUBLES.keyChanged, 'ssh://ops@haven.example.org');
  const haven = unseen(stagedHost(8, 'haven', app('haven-web')), status, 2 * HOUR);
  fleet.put({ ...haven, host: { ...haven.host, problems } });
  questions.waiting = [{ ...codeQuestion({ hostId: uuid(4) }), target: 'ssh://ops@dune.example.org' }];
}
