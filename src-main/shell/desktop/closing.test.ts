import { expect, it } from 'vitest';
import type { Run } from '#contract/actions.ts';
import { aRun, fakeServices } from '../../router/services.fixture.ts';
import { closeAfterRuns } from './closing.ts';

function desktop() {
  const { actions } = fakeServices();
  const did: string[] = [];
  let visible = true;
  let onClose: (event: { preventDefault(): void }) => void = () => undefined;
  const window = {
    on: (_event: 'close', listener: typeof onClose) => {
      onClose = listener;
    },
    hide: () => {
      visible = false;
      did.push('hides');
    },
    close: () => close(),
    isVisible: () => visible,
    isDestroyed: () => did.includes('closes'),
  };
  const close = () => {
    let kept = false;
    onClose({
      preventDefault: () => {
        kept = true;
      },
    });
    did.push(kept ? 'stays' : 'closes');
  };
  closeAfterRuns(window, actions);
  return {
    did,
    close,
    show: () => {
      visible = true;
    },
    /** One run, which stands like that. */
    runs: (state: Run['state']) => {
      actions.underWay = [aRun(9, { state })];
      actions.changed();
    },
  };
}

it('closes at once where nothing is under way', () => {
  const { did, close, runs } = desktop();
  runs('succeeded');
  close();
  expect(did).toEqual(['closes']);
});

it('goes out of sight while something is under way, and closes when that has ended', () => {
  const { did, close, runs } = desktop();
  runs('running');
  close();
  runs('running');
  expect(did).toEqual(['hides', 'stays']);
  runs('failed');
  expect(did).toEqual(['hides', 'stays', 'closes']);
});

it('stays where it was shown again meanwhile', () => {
  const { did, close, show, runs } = desktop();
  runs('running');
  close();
  show();
  runs('succeeded');
  expect(did).toEqual(['hides', 'stays']);
});

it('lets go of who asks a second time', () => {
  const { did, close, runs } = desktop();
  runs('running');
  close();
  close();
  expect(did).toEqual(['hides', 'stays', 'closes']);
});
