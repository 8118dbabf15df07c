import type { Page } from 'playwright-core';
import { AppError } from '../../src-main/kernel/errors.ts';
import type { FakeServices } from '../../src-main/router/services.fixture.ts';
import { clicks, inOrder, presses, type Scene, sees, stagedScene } from './scene.ts';
import { ago, HOUR } from './staged-fleet.ts';
import { broken, live, status, unusable, withEntries, withTimeline, withTimelineAfterSleep } from './staged-journal.ts';

/** The record of what was done, in all its states; and what an app's timeline tells beside it. */
export const journalScenes: readonly Scene[] = [
  stagedScene('journal', 'The journal: what was done, by whom, why, and what came of it', withEntries, opens()),
  stagedScene(
    'journal-entry',
    'An entry opened to all that was recorded of it',
    withEntries,
    inOrder(opens(), clicks(/Restart shop \/ api on atlas.*exhausted/), sees('Login key')),
  ),
  stagedScene(
    'journal-keyboard',
    'An entry the keyboard stands on',
    withEntries,
    inOrder(opens(), ...Array(5).fill(presses('j'))),
  ),
  stagedScene('journal-filter', 'What failed between two days', withEntries, inOrder(opens(), filters)),
  stagedScene(
    'journal-filter-nothing',
    'A filter that leaves nothing',
    withEntries,
    inOrder(opens(), choose('Outcome', 'Cancelled'), choose('App', 'gitea'), sees('No record matches the filter')),
  ),
  growing(),
  stagedScene(
    'journal-verified',
    'Verified: it is what was written',
    withEntries,
    inOrder(opens(), clicks('Verify'), sees('are as they were written')),
  ),
  stagedScene(
    'journal-verifying',
    'It is being verified',
    (services) => {
      withEntries(services);
      services.journal.verify = (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new AppError('CANCELLED', 'It was left.'))),
        );
    },
    inOrder(opens(), clicks('Verify'), sees('Checking 212 records')),
  ),
  stagedScene(
    'journal-exported',
    'Exported to a file',
    withEntries,
    inOrder(opens(), clicks('Export JSON Lines'), sees('212 records exported')),
  ),
  stagedScene(
    'journal-broken',
    'Somebody changed it: nothing is done until it is put aside',
    broken,
    opens('not as they were written'),
  ),
  stagedScene(
    'journal-tampered',
    'The same, verified: what does not fit, and where',
    broken,
    inOrder(opens('not as they were written'), clicks('Verify'), sees('5 findings')),
  ),
  stagedScene(
    'journal-put-aside',
    'What putting it aside does, before it is done',
    broken,
    inOrder(opens('not as they were written'), clicks(/^Put it aside/), sees('Put this journal aside?')),
  ),
  stagedScene(
    'journal-begun-anew',
    'It was put aside, and a new one has begun',
    broken,
    inOrder(
      opens('not as they were written'),
      clicks(/^Put it aside/),
      clicks('Put it aside'),
      sees('The old journal is kept'),
    ),
  ),
  stagedScene('journal-unusable', 'It cannot be read', unusable, opens('No record can be shown')),
  stagedScene(
    'journal-empty',
    'Nothing was done yet',
    (services) => live(services, status('sound', 0)),
    opens('Nothing has been done yet'),
  ),
  stagedScene(
    'journal-loading',
    'It is being read',
    (services) => {
      live(services, status('sound', 212));
      services.journal.read = () => new Promise(() => {});
    },
    opens('212 records, sound'),
  ),
  stagedScene(
    'timeline',
    'What happened to an app, and whether it was done from here',
    withTimeline,
    opensTimeline('Killed with SIGKILL'),
  ),
  stagedScene(
    'timeline-afterwards',
    'After a night’s sleep: what was found when the host was read again is marked',
    withTimelineAfterSleep,
    opensTimeline('Created anew'),
  ),
  stagedScene(
    'timeline-empty',
    'Nothing happened to an app',
    (services) => live(services, status('sound', 0)),
    opensTimeline('Nothing has happened'),
  ),
];

function opens(text: string | RegExp = 'Restart paperless / webserver on borealis'): Scene['act'] {
  return inOrder(sees('All green'), clicks('Journal'), sees(text));
}

function choose(label: string, option: string): Scene['act'] {
  return async (page) => void (await page.getByLabel(label, { exact: true }).selectOption({ label: option }));
}

async function filters(page: Page): Promise<void> {
  await page.getByLabel('Outcome').selectOption({ label: 'Failed' });
  await page.getByRole('radio', { name: 'From – to' }).check();
  await page.getByLabel('From, first day').fill(dayBefore(20));
  await page.getByLabel('To, last day').fill(dayBefore(0));
  await page.getByText('Restart shop on atlas').waitFor();
}

function dayBefore(days: number): string {
  return ago(days * 24 * HOUR).slice(0, 10);
}

/** Three more are done while an entry stands open. */
function growing(): Scene {
  let journal: FakeServices['journal'] | null = null;
  return stagedScene(
    'journal-new',
    'What came while an entry is read waits above',
    (services) => {
      withEntries(services);
      ({ journal } = services);
    },
    inOrder(opens(), clicks(/Restart shop \/ api on atlas.*exhausted/), async (page) => {
      if (journal === null) throw new Error('It was not staged.');
      journal.standing = status('sound', 215);
      journal.changed();
      await page.getByText('3 new').waitFor();
    }),
  );
}

function opensTimeline(text: string): Scene['act'] {
  return async (page) => {
    await page.locator('button:has-text("shop")[data-verdict]').first().click();
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByText(text).first().waitFor();
  };
}
