import type { Page } from 'playwright-core';
import type { TrialEvent } from '#contract/hosts.ts';
import type { Question } from '#contract/questions.ts';
import { AppError } from '../../src-main/kernel/errors.ts';
import { aSavedHost, type FakeServices, uuid } from '../../src-main/router/services.fixture.ts';
import { clicks, inOrder, opensHost, presses, type Scene, sees, stagedScene } from './scene.ts';
import { aReport, connectedBy } from './staged-connections.ts';
import { atlas } from './staged-fleet.ts';
import {
  codeQuestion,
  hostKeyQuestion,
  jumpKeyQuestion,
  passphraseQuestion,
  passwordQuestion,
  wordyQuestion,
} from './staged-states.ts';
import {
  ALIASES,
  ALL_PASSED,
  JUMP,
  overJump,
  REACHED_BY_COMMAND,
  REACHED_LOCALLY,
  reached,
  STOPPED,
  staysAt,
  TARGET,
  tells,
  upTo,
} from './staged-trials.ts';

/** The dialog in which a host is added, all the way through; and the test of one that is there. */
export const addHostScenes: readonly Scene[] = [
  scene('add-host', 'Add a host: what ssh_config names, and this machine, to choose from', () => {}, opens),
  scene(
    'add-host-narrowed',
    'The same narrowed by typing; the arrow keys choose',
    () => {},
    inOrder(opens, types('st'), presses('ArrowDown'), presses('ArrowDown')),
  ),
  scene(
    'add-host-broken-alias',
    'One whose lines cannot be followed: why, and not to be chosen',
    () => {},
    inOrder(opens, types('leg'), sees(/has a ProxyCommand/)),
  ),
  scene(
    'add-host-alias',
    'One of them chosen: what it comes to',
    () => {},
    inOrder(opens, types('cin'), presses('ArrowDown'), presses('Enter'), sees(/^ssh_config/)),
  ),
  scene(
    'add-host-local',
    'This machine chosen: nobody has to log in',
    () => {},
    inOrder(opens, types('this'), presses('ArrowDown'), presses('Enter'), sees(/engine of this machine/)),
  ),
  scene(
    'add-host-no-config',
    'The same where there is no ssh_config',
    ({ hosts }) => {
      hosts.aliases = async () => [];
    },
    opens,
  ),
  scene(
    'add-host-parts',
    'Part by part, with how its engine is reached',
    () => {},
    inOrder(opens, clicks('Port, engine…'), sees('Engine’s socket')),
  ),
  scene(
    'add-host-port',
    'An engine behind a port, such as that of docker-socket-proxy',
    () => {},
    inOrder(
      opens,
      types('ops@atlas.example.org'),
      clicks('Port, engine…'),
      async (page) => await page.getByRole('radio', { name: /A port on the host/ }).check(),
      async (page) => await page.getByLabel('Address and port').fill('127.0.0.1:2375'),
    ),
  ),
  scene(
    'add-host-invalid',
    'A target nobody can understand',
    () => {},
    inOrder(opens, types('http://atlas'), sees(/over http/)),
  ),
  scene(
    'add-host-testing',
    'A test under way, over a machine that has let us in',
    staysAt(overJump('authenticate')),
    inOrder(tests, sees('Cancel the test')),
  ),
  scene(
    'add-host-fingerprint',
    'The test asks whether this is the machine that is meant',
    asks(upTo('host-key'), hostKeyQuestion),
    inOrder(tests, sees('Is this the machine you mean?')),
  ),
  scene(
    'add-host-fingerprint-jump',
    'The same of a machine on the way',
    asks(upTo('host-key', JUMP), jumpKeyQuestion),
    inOrder(tests, sees('Is this the machine you mean?')),
  ),
  scene(
    'add-host-passphrase',
    'The test asks for the passphrase of a key',
    asks(upTo('authenticate'), (from) => passphraseQuestion(from, 1, true)),
    inOrder(tests, sees('Unlock')),
  ),
  scene(
    'add-host-password',
    'The test asks for a password',
    asks(upTo('authenticate'), (from) => passwordQuestion(from, true)),
    inOrder(tests, sees('Password of ops')),
  ),
  scene(
    'add-host-code',
    'A machine on the way asks for a code',
    asks(upTo('authenticate', JUMP), codeQuestion),
    inOrder(tests, sees('Verification code')),
  ),
  scene(
    'add-host-shared-answer',
    'A machine on the way asks for a code, which another host has put to you already',
    staysAt([...upTo('authenticate', JUMP), { kind: 'asking', step: 'authenticate', jump: JUMP, what: 'code' }]),
    inOrder(tests, sees('what another host asks')),
  ),
  scene(
    'add-host-challenge',
    'A host that asks more than one thing, in words of its own',
    asks(upTo('authenticate'), wordyQuestion),
    inOrder(tests, sees('PIN and token')),
  ),
  scene(
    'add-host-reached',
    'The host was reached: each step, and what was found',
    tells([...ALL_PASSED, reached()]),
    inOrder(tests, sees('Reached, and its engine answers')),
  ),
  scene(
    'add-host-reached-otherwise',
    'Reached by another way than the usual: what holds in spite of it, and what else there is',
    tells(REACHED_BY_COMMAND),
    inOrder(tests, sees('Reached, and its engine answers')),
  ),
  scene(
    'add-host-reached-local',
    'The engine of this machine was reached',
    tells(REACHED_LOCALLY),
    inOrder(opens, types('local:'), clicks('Test connection'), sees('Reached, and its engine answers')),
  ),
  failing('add-host-failed-resolve', 'Not reached: its name has no address', STOPPED.resolve),
  failing('add-host-failed-reach', 'Not reached: nothing listens there', STOPPED.reach),
  failing('add-host-failed-jump', 'Not reached: a machine on the way lets nobody through', STOPPED.jump),
  failing('add-host-failed-key', 'Not reached: another host key than the known one', STOPPED['host-key']),
  failing('add-host-failed-login', 'Not reached: no key was accepted', STOPPED.authenticate),
  failing('add-host-failed-forward', 'Not reached: no tunnel, and the way that is offered instead', STOPPED.forward),
  failing('add-host-failed-socket', 'Not reached: no right to use the socket, and two other ways', STOPPED.socket),
  failing('add-host-failed-engine', 'Not reached: the engine hangs', STOPPED.engine),
  failing('add-host-failed-permissions', 'Not reached: a policy denies what a host is read by', STOPPED.permissions),
  failing('add-host-undetermined', 'Not reached, and the cause cannot be told: what was seen', STOPPED.undetermined),
  scene(
    'add-host-cause-opened',
    'What a cause rests on',
    tells(STOPPED.authenticate),
    inOrder(tests, async (page) => await page.getByText('What was seen').click()),
  ),
  scene(
    'add-host-not-tried',
    'A test that could not be begun',
    ({ hosts }) => {
      // biome-ignore lint/correctness/useYield: it ends before it has told anything
      hosts.test = async function* () {
        throw new AppError('TOO_MANY', 'No more than 4 tests at once.', { hint: 'Wait until one of them has ended.' });
      };
    },
    inOrder(tests, sees('No more than 4 tests at once.')),
  ),
  stagedScene(
    'test-host',
    'A host that is there already, tried step by step',
    (services) => {
      services.fleet.put(atlas());
      connectedBy(aReport)(services);
      services.hosts.list = async () => [
        { ...aSavedHost(uuid(1)), target: TARGET, identityFiles: ['/home/ops/.ssh/id_ed25519'] },
      ];
      tells([...ALL_PASSED, reached()])(services);
    },
    inOrder(sees('All green'), opensHost('atlas'), clicks('Test connection'), sees('Reached, and its engine answers')),
  ),
];

function scene(name: string, shows: string, core: (services: FakeServices) => void, act: Scene['act']): Scene {
  return stagedScene(
    name,
    shows,
    (services) => {
      services.hosts.identities = async () => ({
        agent: true,
        files: ['/home/ops/.ssh/id_ed25519', '/home/ops/.ssh/id_rsa'],
      });
      services.hosts.aliases = async () => [...ALIASES];
      core(services);
    },
    act,
  );
}

function failing(name: string, shows: string, events: readonly TrialEvent[]): Scene {
  const last = events.at(-1);
  const message = last?.kind === 'stopped' ? last.message.replace(/(?<=\.) .*/, '') : '';
  return scene(name, shows, tells(events), inOrder(tests, sees(message)));
}

function asks(events: readonly TrialEvent[], question: (from: { readonly trial: string }) => Question) {
  const last = events.at(-1);
  const { kind } = question({ trial: '' });
  const what = kind === 'challenge' ? 'code' : kind;
  const asking: readonly TrialEvent[] = last?.kind === 'begun' ? [{ ...last, kind: 'asking', what }] : [];
  return staysAt([...events, ...asking], ({ questions }, trial) => {
    questions.waiting = [question({ trial })];
    questions.changed();
  });
}

async function opens(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add a host' }).click();
  await page.getByText('An agent is running.').waitFor();
}

function types(text: string): Scene['act'] {
  return async (page) => {
    await page.getByLabel('Where is it?').fill(text);
    await page.getByLabel('Where is it?').focus();
  };
}

async function tests(page: Page): Promise<void> {
  await opens(page);
  await page.getByLabel('Where is it?').fill('ops@atlas.example.org');
  await page.getByRole('button', { name: 'Test connection' }).click();
}
