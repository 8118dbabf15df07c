import { uuid } from '../../src-main/router/services.fixture.ts';
import { clicks, inOrder, opensHost, type Scene, sees, stagedScene } from './scene.ts';
import { ago, atlas, borealis, cinder, HOUR, MINUTE, neverSeen, stagedHost, unseen } from './staged-fleet.ts';
import { blockedBy, hostKeyQuestion, noAnswer, offlineFor, passphraseQuestion, TROUBLES } from './staged-states.ts';

const TARGET = 'ssh://ops@atlas.example.org';

/** States of hosts that everyone meets, and those one hopes never to meet. */
export const fleetScenes: readonly Scene[] = [
  stagedScene('first-run', 'No host yet', () => {}, sees('Add your first host')),
  stagedScene(
    'connecting',
    'Hosts that are being reached for the first time',
    ({ fleet }) => {
      for (const [index, label] of ['atlas', 'borealis'].entries()) {
        fleet.put(
          neverSeen(index + 1, label, { status: { state: 'connecting', attempt: 1, since: ago(2_000) }, problems: [] }),
        );
      }
    },
    sees('Connecting'),
  ),
  stagedScene(
    'all-green',
    'All green, with what green hides',
    ({ fleet }) => [atlas(), borealis(), cinder()].forEach((host) => void fleet.put(host)),
    sees('All green'),
  ),
  stagedScene(
    'empty-host',
    'A host that is live and has no containers',
    ({ fleet }) => fleet.put(stagedHost(1, 'atlas', [])),
    sees('atlas has no containers'),
  ),
  stagedScene(
    'one-unknown',
    'One host of three is not seen: one row, and its cards dashed, faded and last',
    ({ fleet }) => {
      fleet.put(atlas());
      fleet.put(borealis());
      fleet.put(unseen(cinder(), offlineFor(noAnswer('cinder'), 4 * MINUTE), 4 * MINUTE));
    },
    sees('1 host unknown'),
  ),
  stagedScene(
    'offline',
    'The only host is offline: its last facts fade, and say how old they are',
    ({ fleet }) => fleet.put(unseen(atlas(), offlineFor(noAnswer('atlas'), 9 * MINUTE), 9 * MINUTE)),
    sees('Nothing is known'),
  ),
  stagedScene(
    'stale',
    'A host whose engine hangs: reached, and its facts grow old',
    ({ fleet }) => {
      const { code, message } = TROUBLES.hung;
      fleet.put(unseen(atlas(), { state: 'degraded', since: ago(MINUTE), code, message }, MINUTE));
      fleet.put(borealis());
    },
    sees('1 host unknown'),
  ),
  stagedScene(
    'key-unknown',
    'First contact: the host key waits for a person',
    ({ fleet, questions }) => {
      fleet.put(neverSeen(1, 'atlas', blockedBy(TROUBLES.keyUnknown, TARGET)));
      questions.waiting = [hostKeyQuestion({ hostId: uuid(1) })];
    },
    sees('First contact'),
  ),
  stagedScene(
    'question-host-key',
    'The question about the host key of a followed host',
    ({ fleet, questions }) => {
      fleet.put(neverSeen(1, 'atlas', blockedBy(TROUBLES.keyUnknown, TARGET)));
      questions.waiting = [hostKeyQuestion({ hostId: uuid(1) })];
    },
    inOrder(clicks(/^Review/), sees('Is this the machine you mean?')),
  ),
  stagedScene(
    'key-changed',
    'The host shows another key than the known one',
    ({ fleet }) => {
      fleet.put(atlasWithChangedKey());
      fleet.put(borealis());
    },
    sees('Host key changed'),
  ),
  stagedScene(
    'key-changed-host',
    'The same host opened: which key was offered, which is known, and where',
    ({ fleet }) => {
      fleet.put(atlasWithChangedKey());
      fleet.put(borealis());
    },
    inOrder(sees('Host key changed'), opensHost('atlas'), sees(/is not the one known for it/)),
  ),
  stagedScene(
    'passphrase',
    'A key that is locked waits for its passphrase',
    ({ fleet, questions }) => {
      fleet.put(neverSeen(1, 'atlas', blockedBy(TROUBLES.passphrase, TARGET)));
      questions.waiting = [passphraseQuestion({ hostId: uuid(1) }, 1)];
    },
    sees('Key is locked'),
  ),
  stagedScene(
    'question-passphrase',
    'The question for a passphrase, after one that was wrong',
    ({ fleet, questions }) => {
      fleet.put(neverSeen(1, 'atlas', blockedBy(TROUBLES.passphrase, TARGET)));
      questions.waiting = [passphraseQuestion({ hostId: uuid(1) }, 2)];
    },
    inOrder(clicks(/^Review/), sees('That was not it')),
  ),
  ...(
    [
      ['socket-denied', 'The account may not use the engine’s socket', TROUBLES.socketDenied, 'No right to use Docker'],
      ['socket-missing', 'No Docker on the host', TROUBLES.socketMissing, 'No Docker there'],
      ['api-too-old', 'A Docker that is too old', TROUBLES.apiTooOld, 'Docker too old'],
      ['policy', 'A proxy in front of the engine forbids the list (403)', TROUBLES.denied, 'Forbidden by a policy'],
    ] as const
  ).map(([name, shows, trouble, title]) =>
    stagedScene(name, shows, ({ fleet }) => fleet.put(neverSeen(1, 'atlas', blockedBy(trouble, TARGET))), sees(title)),
  ),
  stagedScene(
    'policy-in-part',
    'A live host of which a policy forbids some facts',
    ({ fleet }) => {
      const { host, containers } = atlas();
      const message = TROUBLES.denied.message.replace('list containers', 'sample load');
      const problems = [{ ...TROUBLES.denied, where: TARGET, message }];
      const unsampled = containers.map(({ app, container }) => ({
        app,
        container: { ...container, cpuPercent: null, memoryBytes: null },
      }));
      fleet.put({ host: { ...host, problems }, containers: unsampled });
    },
    inOrder(sees('All green'), opensHost('atlas'), sees('Not everything could be read')),
  ),
];

function atlasWithChangedKey() {
  const { status, problems } = blockedBy(TROUBLES.keyChanged, TARGET);
  const { host, containers } = unseen(atlas(), status, 2 * HOUR);
  return { host: { ...host, problems }, containers };
}
