import type { Page } from 'playwright-core';
import type { TrialEvent, TrialStep } from '#contract/hosts.ts';
import { AppError } from '../../src-main/kernel/errors.ts';
import type { FakeServices } from '../../src-main/router/services.fixture.ts';
import { clicks, inOrder, type Scene, sees, stagedScene } from './scene.ts';
import { FINGERPRINT, hostKeyQuestion, passphraseQuestion, TROUBLES } from './staged-states.ts';

const TARGET = 'ssh://ops@atlas.example.org';
const STEPS: readonly TrialStep[] = ['connecting', 'checking-host-key', 'authenticating', 'asking-engine'];
const REACHED: TrialEvent = {
  kind: 'reached',
  target: TARGET,
  engine: { name: 'docker', version: '28.3.2', apiVersion: '1.51' },
  containers: 31,
  latencyMs: 11,
  fingerprint: FINGERPRINT,
};

/** The dialog in which a host is added, all the way through. */
export const addHostScenes: readonly Scene[] = [
  scene('add-host', 'Add a host', () => {}, opens),
  scene(
    'add-host-parts',
    'The same, part by part',
    () => {},
    inOrder(opens, clicks('Port, socket…'), sees('Engine’s socket')),
  ),
  scene(
    'add-host-invalid',
    'A target nobody can understand',
    () => {},
    inOrder(opens, (page) => page.getByLabel('Where is it?').fill('http://atlas'), sees(/ssh/)),
  ),
  scene('add-host-testing', 'A test under way', stops('authenticating'), inOrder(tests, sees('Cancel the test'))),
  scene(
    'add-host-fingerprint',
    'The test asks whether this is the machine that is meant',
    asks('checking-host-key', hostKeyQuestion),
    inOrder(tests, sees('Is this the machine you mean?')),
  ),
  scene(
    'add-host-passphrase',
    'The test asks for the passphrase of a key',
    asks('authenticating', (from) => passphraseQuestion(from, 1)),
    inOrder(tests, sees('Unlock')),
  ),
  scene(
    'add-host-reached',
    'The host was reached: what was found',
    ({ hosts }) => {
      hosts.test = async function* () {
        yield* steps('asking-engine');
        yield REACHED;
      };
    },
    inOrder(tests, sees('Reached, and its engine answers')),
  ),
  scene(
    'add-host-failed',
    'The host was not reached as far as it had to be: where, why, and the next step',
    ({ hosts }) => {
      hosts.test = async function* () {
        yield* steps('asking-engine');
        const { code, message, hint } = TROUBLES.socketDenied;
        throw new AppError(code, message, { hint });
      };
    },
    inOrder(tests, sees(TROUBLES.socketDenied.message)),
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
      core(services);
    },
    act,
  );
}

function* steps(last: TrialStep): Generator<TrialEvent> {
  for (const step of STEPS.slice(0, STEPS.indexOf(last) + 1)) yield { kind: 'step', step };
}

/** The test comes so far, and stays there until it is left. */
function stops(at: TrialStep, when: (services: FakeServices, trial: string) => void = () => {}) {
  return (services: FakeServices) => {
    services.hosts.test = async function* ({ trial }, signal) {
      yield* steps(at);
      when(services, trial);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    };
  };
}

function asks(at: TrialStep, question: (from: { readonly trial: string }) => ReturnType<typeof hostKeyQuestion>) {
  return stops(at, ({ questions }, trial) => {
    questions.waiting = [question({ trial })];
    questions.changed();
  });
}

async function opens(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add a host' }).click();
  await page.getByText('An agent is running.').waitFor();
}

async function tests(page: Page): Promise<void> {
  await opens(page);
  await page.getByLabel('Where is it?').fill('ops@atlas.example.org');
  await page.getByRole('button', { name: 'Test connection' }).click();
}
