import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Answer } from '#contract/questions.ts';
import { type FakeServices, uuid } from '../src-main/router/services.fixture.ts';
import { describeChromium } from './chromium.ts';
import { opensHost, type Scene, stagedScene } from './screens/scene.ts';
import { openStage, type Stage } from './screens/stage.ts';
import { aReport } from './screens/staged-connections.ts';
import { ago, atlas, borealis, MINUTE, neverSeen, unseen } from './screens/staged-fleet.ts';
import { noAnswer, offlineFor, passphraseQuestion } from './screens/staged-states.ts';
import { ALIASES, ALL_PASSED, reached, STOPPED, TARGET, tells } from './screens/staged-trials.ts';

/** What has the focus: its name, as a screen reader would begin. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
  });
}

async function focusedEventually(page: Page, name: RegExp): Promise<void> {
  await expect.poll(() => focused(page)).toMatch(name);
}

describeChromium('hosts in the window', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  const on = async (core: (services: FakeServices) => void, act: Scene['act'], look: (page: Page) => Promise<void>) =>
    await stage.show(stagedScene('test', '', core, act), look);

  it('opens a host’s page from its chip and its row, and Escape leads back to where one was', async () => {
    const core = (services: FakeServices) => {
      services.fleet.put(atlas());
      services.fleet.put(unseen(borealis(), offlineFor(noAnswer('borealis'), 4 * MINUTE), 4 * MINUTE));
      services.hosts.connection = (id) => (id === uuid(1) ? aReport() : null);
    };
    await on(core, opensHost('atlas'), async (page) => {
      await focusedEventually(page, /^atlas$/);
      await page.getByText('aes256-gcm@openssh.com').waitFor();
      await page.keyboard.press('Escape');
      await focusedEventually(page, /^atlas/);
      expect(await page.getByRole('list', { name: 'Hosts' }).locator(':focus').count()).toBe(1);

      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await focusedEventually(page, /^borealis$/);
      await page.getByText('It is not connected.').waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => page.getByRole('region', { name: 'Needs attention' }).locator(':focus').count()).toBe(1);

      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Go to' }).fill('atlas');
      await page.keyboard.press('Enter');
      await focusedEventually(page, /^atlas$/);
    });
  });

  it('asks how a host is connected only while its page is in view', async () => {
    let asked = 0;
    const core = (services: FakeServices) => {
      services.fleet.put(atlas());
      services.hosts.connection = () => {
        asked += 1;
        return aReport({ channels: { open: asked, opened: asked, refused: 0, most: null } });
      };
    };
    await on(core, opensHost('atlas'), async (page) => {
      await page.getByText('2 open; 2 opened so far').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('heading', { name: 'All green' }).waitFor();
      const before = asked;
      await page.waitForTimeout(2_500);
      expect(asked).toBe(before);
    });
  });

  it('chooses an alias with the arrow keys, and tries what it is', async () => {
    const tried: string[] = [];
    const core = (services: FakeServices) => {
      services.hosts.aliases = async () => [...ALIASES];
      tells(STOPPED.forward)(services);
      const told = services.hosts.test;
      services.hosts.test = (request, signal) => {
        tried.push(request.target);
        return told(request, signal);
      };
    };
    const opens: Scene['act'] = async (page) => {
      await page.getByRole('button', { name: 'Add a host' }).click();
      await page.getByRole('option', { name: /^cinder/ }).waitFor();
    };
    await on(core, opens, async (page) => {
      const field = page.getByLabel('Where is it?');
      await field.fill('leg');
      await page.keyboard.press('ArrowDown');
      await page.getByRole('option', { name: /^legacy/ }).click({ force: true });
      expect(await field.inputValue()).toBe('leg');
      await field.fill('ana@cin');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      expect([await field.inputValue(), tried]).toEqual(['ana@cinder', []]);
      await page.keyboard.press('Enter');
      await page.getByText('FORWARD_REFUSED').waitFor();
      await page.getByRole('button', { name: 'Use docker system dial-stdio' }).click();
      await page.getByText('FORWARD_REFUSED').waitFor();
      expect(tried).toEqual(['ssh://ana@cinder', `${TARGET}?via=dial-stdio`]);
    });
  });

  it('tries a saved host, and takes what is offered to the dialog', async () => {
    const core = (services: FakeServices) => {
      services.fleet.put(atlas());
      services.hosts.test = async function* ({ target }) {
        yield* target.includes('?') ? [...ALL_PASSED, reached({ target })] : STOPPED.forward;
      };
    };
    await on(core, opensHost('atlas'), async (page) => {
      await page.getByRole('button', { name: 'Test connection' }).click();
      await page.getByRole('dialog', { name: 'Test of atlas' }).getByText('FORWARD_REFUSED').waitFor();
      await page.getByRole('button', { name: 'Use docker system dial-stdio' }).click();
      const dialog = page.getByRole('dialog', { name: 'Add a host' });
      await dialog.getByText('Reached, and its engine answers').waitFor();
      await dialog.getByText(`${TARGET}?via=dial-stdio`).first().waitFor();
    });
  });

  it('says whether a secret is to be remembered', async () => {
    const answers: Answer[] = [];
    const core = (services: FakeServices) => {
      const status = { state: 'asking', attempt: 1, since: ago(1_000), what: 'passphrase', jump: null } as const;
      services.fleet.put(neverSeen(1, 'atlas', { status, problems: [] }));
      services.questions.waiting = [passphraseQuestion({ hostId: uuid(1) }, 1, true)];
      services.questions.answer = (_id, answer) => void answers.push(answer);
    };
    const reviews: Scene['act'] = async (page) => await page.getByRole('button', { name: /^Review/ }).click();
    await on(core, reviews, async (page) => {
      await page.getByLabel('Passphrase', { exact: true }).fill('open sesame');
      await page.getByLabel('Remember in the keychain').check();
      await page.getByRole('button', { name: 'Unlock' }).click();
      await expect.poll(() => answers).toEqual([{ kind: 'passphrase', passphrase: 'open sesame', remember: true }]);
    });
  });
});
