import { afterEach, describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { never } from './engine.fixture.ts';
import { summary } from './facts.fixture.ts';
import { endSessions, session } from './host-session.fixture.ts';

afterEach(endSessions);

const { wakeAnswerMs } = limits.fleet;

describe('a session whose machine has slept', () => {
  it('reads at once what happened meanwhile, over a link that is still there', async () => {
    const { clock, engine, session: made, triedAt, reasons } = session();
    await clock.advance(1_000);
    engine.takeAsked();
    engine.containers = [summary('a', { state: 'exited', exitCode: 3 })];
    await made.wake();
    await settled();
    expect([reasons(), engine.takeAsked().filter((asked) => asked !== 'ping'), triedAt]).toEqual([
      ['name-a exited 3'],
      ['list', 'networks', 'inspect a'],
      [0],
    ]);
  });

  it('gives up a link that is dead, and makes another without a wait', async () => {
    const { clock, engine, links, session: made, triedAt } = session();
    await clock.advance(1_000);
    const works = { ...engine.answers };
    engine.answers.ping = never;
    const woken = made.wake();
    await clock.advance(wakeAnswerMs - 1);
    const before = made.view().status.state;
    engine.answers = works;
    await clock.advance(1);
    await woken;
    await settled();
    expect([before, triedAt, links.map(({ disposed }) => disposed), made.view().status.state, made.problems()]).toEqual(
      ['live', [0, 1_000 + wakeAnswerMs], [true, false], 'live', []],
    );
  });

  it('has waits as ever once that is done', async () => {
    const { clock, engine, session: made, triedAt } = session({ tries: ['link', 'CONNECT_REFUSED'] });
    await clock.advance(1_000);
    engine.answers.ping = never;
    void made.wake();
    await clock.advance(wakeAnswerMs);
    const lost = 1_000 + wakeAnswerMs;
    await clock.advance(6_000);
    expect(triedAt).toEqual([0, lost, lost + 2_000, lost + 6_000]);
  });

  it('leaves alone the link that took the place of one that ended while it was asked', async () => {
    const { clock, engine, links, session: made, triedAt } = session();
    const dead = new AppError('CONNECTION_LOST', 'It is dead.');
    await clock.advance(1_000);
    const works = { ...engine.answers };
    engine.answers.ping = never;
    const woken = made.wake();
    links[0]?.drop(dead);
    engine.answers = works;
    await clock.advance(5_000);
    await woken;
    links[1]?.drop(dead);
    await clock.advance(5_000);
    // Each after the usual wait.
    expect([triedAt, made.view().status.state]).toEqual([[0, 2_000, 7_000], 'live']);
  });

  it('tries an offline host at once, and soon again: its network may come up after it', async () => {
    const { clock, session: made, triedAt } = session({ tries: ['UNREACHABLE'] });
    await clock.advance(20_000);
    await made.wake();
    await clock.advance(4_000);
    expect(triedAt).toEqual([0, 1_000, 3_000, 7_000, 15_000, 20_000, 21_000, 23_000]);
  });

  it('leaves a host alone that waits for a person, or is being connected', async () => {
    const blocked = session({ tries: ['AUTH_FAILED'] });
    const connecting = session({ tries: ['wait'] });
    for (const { clock, session: made } of [blocked, connecting]) {
      await clock.advance(1_000);
      await made.wake();
      await clock.advance(60_000);
    }
    expect([blocked.triedAt, connecting.triedAt]).toEqual([[0], [0]]);
  });
});
