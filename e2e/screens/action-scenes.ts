import type { Page } from 'playwright-core';
import type { Run } from '#contract/actions.ts';
import { AppError } from '../../src-main/kernel/errors.ts';
import { aSavedHost, type FakeServices, uuid } from '../../src-main/router/services.fixture.ts';
import { clicks, inOrder, opensHost, type Scene, sees, stagedScene } from './scene.ts';
import { ago, atlas, borealis } from './staged-fleet.ts';
import {
  appPlan,
  cancelled,
  cancelling,
  failed,
  lost,
  manyUnderWay,
  mesh,
  operatedAtlas,
  operatedBorealis,
  restartPlan,
  stopUnlock,
  succeeded,
  underWay,
} from './staged-runs.ts';

const operated = ({ fleet }: FakeServices): void => {
  fleet.put(operatedAtlas());
  fleet.put(borealis());
};

/** Buttons of actions and why they cannot be pressed, plans, unlocks, runs. */
export const actionScenes: readonly Scene[] = [
  stagedScene(
    'actions-observed',
    'An app on a host that is only observed: what can be done stands back, and says why',
    ({ fleet }) => fleet.put(atlas()),
    opensApp('shop'),
  ),
  stagedScene(
    'actions-operated',
    'The same where changes are allowed: a database is protected, and unlocked for one stop',
    (services) => {
      operated(services);
      services.actions.held = [stopUnlock()];
    },
    opensApp('shop'),
  ),
  stagedScene(
    'actions-menu',
    'What else can be done to a container, and why not',
    operated,
    inOrder(opensApp('shop'), clicks('More for postgres'), sees('Take its protection off')),
  ),
  stagedScene(
    'actions-policy',
    'A proxy in front of the engine has refused to restart: said why, when it is tried again',
    ({ fleet }) => fleet.put(operatedBorealis()),
    inOrder(opensApp('paperless'), pressesButton('Restart… webserver'), sees(/refuses to restart/)),
  ),
  stagedScene(
    'actions-planned',
    'A container that a run of ours restarts: what that causes is no trouble',
    (services) => {
      const { fleet, actions } = services;
      fleet.put(
        operatedAtlas((service, one) =>
          service === 'api'
            ? { ...one, verdict: 'green', health: 'starting', reason: 'restarting, planned', planned: 'restarting' }
            : one,
        ),
      );
      actions.underWay = [underWay()];
    },
    opensApp('shop'),
  ),
  stagedScene(
    'actions-fleet',
    'Rows and cards of the fleet with what can be done about them',
    operated,
    inOrder(sees('1 down'), async (page) => await page.locator('button[data-verdict]', { hasText: 'gitea' }).focus()),
  ),
  stagedScene(
    'allow-changes',
    'The question before anything can be changed on a host',
    ({ fleet }) => fleet.put(atlas()),
    inOrder(opensApp('shop'), pressesButton('Restart… api'), sees('Allow changes on atlas?')),
  ),
  stagedScene(
    'allow-refused',
    'The same, where the journal cannot be written',
    (services) => {
      services.fleet.put(atlas());
      services.hosts.setMode = async () => {
        throw journalUnusable();
      };
    },
    inOrder(
      sees('All green'),
      opensHost('atlas'),
      clicks('Allow changes…'),
      clicks('Allow changes on atlas'),
      sees('The journal cannot be written'),
    ),
  ),
  stagedScene(
    'host-operated',
    'A host on which changes are allowed',
    ({ fleet }) => fleet.put(operatedBorealis()),
    inOrder(sees('All green'), opensHost('borealis'), sees('Observe only')),
  ),
  stagedScene(
    'settings-modes',
    'Settings: one host may be changed, the others are observed',
    (services) => {
      operated(services);
      services.hosts.list = async () =>
        ['atlas', 'borealis'].map((name, index) => ({
          ...aSavedHost(uuid(index + 1)),
          name,
          target: `ssh://ops@${name}.example.org`,
          mode: name === 'atlas' ? ('operate' as const) : ('observe' as const),
        }));
    },
    inOrder(sees('1 down'), clicks('Settings'), sees('ssh://ops@borealis.example.org')),
  ),
  stagedScene('plan', 'The plan of a restart', withPlan(restartPlan), inOrder(opensApp('shop'), plans('Restart… api'))),
  stagedScene(
    'plan-app',
    'The plan of an app’s restart, which leaves its databases out',
    withPlan(appPlan),
    inOrder(opensApp('shop'), plans('Restart app… shop')),
  ),
  stagedScene(
    'plan-copied',
    'Its command was copied: short news, which leaves the buttons free',
    withPlan(restartPlan),
    inOrder(opensApp('shop'), plans('Restart… api'), clicks('Copy the command'), sees('Copied.')),
  ),
  stagedScene(
    'plan-unlocked',
    'The plan of a database’s stop, after it was unlocked',
    withPlan(() =>
      restartPlan({
        action: 'container.stop',
        title: 'Stop shop / postgres on atlas',
        steps: restartPlan()
          .steps.slice(0, 1)
          .map((step) => ({
            ...step,
            text: 'Stop postgres (SIGTERM, 60 s)',
            request: 'POST /containers/03ea…/stop?t=60',
          })),
        affects: ['api and web use the network shop_default with it', 'The volume shop_data is used by it alone'],
        took: null,
        command: 'ssh ops@atlas.example.org docker stop --time 60 shop-postgres-1',
        unlock: stopUnlock(),
      }),
    ),
    inOrder(opensApp('shop'), plans('Restart… api')),
  ),
  stagedScene(
    'plan-asking',
    'A plan that is being made',
    (services) => {
      operated(services);
      services.actions.plan = (_request, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new AppError('CANCELLED', 'Left.'))));
    },
    inOrder(opensApp('shop'), clicks('Restart… api'), sees('Looking at what it would do')),
  ),
  stagedScene(
    'plan-expired',
    'A plan whose time is up',
    withPlan(() => restartPlan({ expiresAt: ago(1_000) })),
    inOrder(opensApp('shop'), plans('Restart… api'), sees('This plan has expired')),
  ),
  stagedScene(
    'plan-refused',
    'A plan that is refused: another window took the host back to observing',
    (services) => {
      operated(services);
      services.actions.plan = async () => {
        throw new AppError('OBSERVE_ONLY', 'atlas is only observed: nothing is changed there.', {
          hint: 'Allow changes on it first.',
        });
      };
    },
    inOrder(opensApp('shop'), clicks('Restart… api'), sees('Changes are not allowed there')),
  ),
  stagedScene(
    'plan-too-many',
    'A plan that is refused when it is confirmed: too many in a minute',
    (services) => {
      withPlan(restartPlan)(services);
      services.actions.run = async () => {
        throw new AppError('RATE_LIMITED', 'No more than 10 changes a minute are begun on atlas: again in 23 s.', {
          hint: 'Nothing was done. What is under way goes on.',
        });
      };
    },
    inOrder(opensApp('shop'), plans('Restart… api'), clicks('Restart'), sees('Too many changes')),
  ),
  stagedScene(
    'unlock',
    'A protected database, before it is unlocked for one action',
    operated,
    inOrder(opensApp('shop'), pressesButton('Restart… postgres'), async (page) =>
      page.getByLabel('Reason').fill('copying its volume before the upgrade'),
    ),
  ),
  runsScene('runs-none', 'Nothing was done yet', () => [], sees('Nothing has been done lately')),
  runsScene(
    'runs-under-way',
    'A restart that is under way, and one that went well before',
    () => [succeeded(), underWay()],
    async (page) => await page.getByRole('button', { name: /Done in/ }).click(),
  ),
  stagedScene(
    'runs-many',
    'An app of forty containers that is restarted one after the other',
    ({ fleet, actions }) => {
      const { host, containers } = operatedAtlas((_service, one) => ({ ...one, verdict: 'green' }));
      fleet.put({ host: { ...host, verdict: 'green' }, containers: [...containers, ...mesh()] });
      actions.underWay = [manyUnderWay()];
    },
    inOrder(
      sees('All green'),
      async (page) => await page.getByRole('button', { name: /^Runs/ }).click(),
      sees('7 of 40'),
    ),
  ),
  runsScene('runs-cancelling', 'An app’s restart that is being cancelled', () => [cancelling()], sees('Cancelling')),
  runsScene(
    'runs-failed',
    'A restart that did not come out as was meant',
    () => [cancelled(), failed()],
    sees('Failed'),
  ),
  runsScene(
    'runs-unknown',
    'A stop whose connection was lost, and what was found since',
    () => [lost('postgres is stopped: exit 0.')],
    sees('Found since:'),
  ),
  runsScene('runs-unknown-yet', 'The same before its host is reached again', () => [lost(null)], sees('nothing yet')),
  runsScene('runs-cancelled', 'A restart that was cancelled', () => [cancelled()], sees('left as it was')),
  newsScene(),
];

function withPlan(plan: typeof restartPlan) {
  return (services: FakeServices): void => {
    operated(services);
    services.actions.plan = async () => plan();
  };
}

/** Their times count from when it is shown. */
function runsScene(name: string, shows: string, runs: () => readonly Run[], act: Scene['act']): Scene {
  return stagedScene(
    name,
    shows,
    (services) => {
      operated(services);
      services.actions.underWay = [...runs()];
    },
    inOrder(sees('1 down'), async (page) => await page.getByRole('button', { name: /^Runs/ }).click(), act),
  );
}

/** Its run ends after the page has seen it running. */
function newsScene(): Scene {
  let end = (): void => undefined;
  return stagedScene(
    'runs-news',
    'A run that ended badly while nobody looked: said once, and marked until it is looked at',
    (services) => {
      operated(services);
      const { actions } = services;
      actions.underWay = [{ ...failed(), state: 'running', endedAt: null, message: null }];
      end = () => {
        actions.underWay = [failed()];
        actions.changed();
      };
    },
    inOrder(
      sees('1 down'),
      async (page) => {
        await page.getByRole('button', { name: 'Runs, 1 under way' }).waitFor();
        end();
      },
      sees('Could not restart shop / api on atlas.'),
    ),
  );
}

function opensApp(name: string): Scene['act'] {
  return async (page) => {
    await page.locator('button[data-verdict]', { hasText: name }).first().click();
    await page.getByRole('tab', { name: 'Containers' }).waitFor();
  };
}

/** One that cannot be pressed now answers all the same. */
function pressesButton(name: string): Scene['act'] {
  return async (page) => await page.getByRole('button', { name, exact: true }).press('Enter');
}

function plans(button: string): Scene['act'] {
  return inOrder(clicks(button), async (page: Page) => {
    await page.getByRole('heading', { name: 'What will happen' }).waitFor();
  });
}

function journalUnusable(): AppError {
  return new AppError(
    'JOURNAL_UNUSABLE',
    'The journal in /home/ops/.binnacle/journal cannot be written: no space left.',
    {
      hint: 'Make room on the disk; nothing is changed on any host until then.',
    },
  );
}
