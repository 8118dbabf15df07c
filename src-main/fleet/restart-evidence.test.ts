import { describe, expect, it } from 'vitest';
import { engineAt } from './facts.fixture.ts';
import { nanoOf } from './history.ts';
import type { HistoryEntry, RestartCountSeen } from './model.ts';
import { lastDeath, lastOutOfMemory, restartEvidence } from './restart-evidence.ts';

const WINDOW = 300_000;

/** `start@0 die@5` with seconds; `die@5=137` with an exit code. */
function history(text: string): HistoryEntry[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [, action, seconds, exitCode] = /^(\w+)@(\d+)(?:=(\d+))?$/.exec(word) as unknown as string[];
      const at = engineAt(Number(seconds) * 1_000);
      return {
        action: action as HistoryEntry['action'],
        at,
        timeNano: nanoOf(at),
        exitCode: exitCode === undefined ? null : Number(exitCode),
      };
    });
}

function counts(...seen: readonly (readonly [count: number, fromS: number, toS: number])[]): RestartCountSeen[] {
  return seen.map(([count, from, to]) => ({ count, from: engineAt(from * 1_000), to: engineAt(to * 1_000) }));
}

describe('restartEvidence', () => {
  it.each<[what: string, history: string, counts: RestartCountSeen[], nowS: number, times: number, spanS: number]>([
    ['nothing', '', [], 0, 0, 0],
    ['a start', 'create@0 start@1', [], 10, 0, 0],
    ['three falls after the create', 'create@0 start@1 die@2 start@3 die@4 start@5 die@6', [], 10, 3, 5],
    ['a create between', 'start@1 die@2 start@3 die@4 create@5 start@5 die@6', [], 10, 1, 1],
    ['a first start before the window', 'start@1 die@310 start@311 die@312 start@313 die@314', [], 320, 2, 4],
    ['falls before the window', 'start@1 die@2 start@3 die@4 start@5 die@6', [], 400, 0, 0],
    ['an oom before each fall', 'start@1 oom@2 die@2 start@3 oom@4 die@4', [], 10, 2, 3],
    [
      'docker restart, thrice',
      'kill@1 die@2 stop@2 start@3 kill@4 die@5 stop@5 start@6 kill@7 die@8 stop@8 start@9',
      [],
      10,
      0,
      0,
    ],
    ['docker kill and start, thrice', 'kill@1 die@1 start@2 kill@3 die@3 start@4 kill@5 die@5 start@6', [], 10, 0, 0],
    [
      'a loop that somebody stopped',
      'start@1 die@2 start@3 die@4 start@5 die@6 stop@7',
      counts([0, 0, 1], [3, 6, 6]),
      10,
      0,
      0,
    ],
    ['a loop begun after a stop', 'stop@0 start@1 die@2 start@3 die@4 start@5 die@6', [], 10, 3, 5],
    ['a count that rose unseen by events', '', counts([2, 10, 20], [6, 30, 40]), 50, 4, 10],
    ['a count that rose before the window', '', counts([2, 0, 10], [6, 20, 400]), 400, 0, 0],
    ['a count last seen before the window', '', counts([2, 0, 10], [6, 400, 400]), 400, 0, 0],
    ['a count set back by a start by hand', '', counts([7, 0, 10], [0, 20, 20], [1, 30, 30]), 40, 1, 10],
    ['the larger of the two', 'start@1 die@2', counts([0, 0, 1], [3, 6, 6]), 10, 3, 5],
  ])('%s', (_, text, seen, nowS, times, spanS) => {
    const window = { engineNow: engineAt(nowS * 1_000), windowMs: WINDOW, countAsked: false, planned: [] };
    expect(restartEvidence(history(text), seen, window)).toEqual({
      times,
      spanMs: spanS * 1_000,
    });
  });

  it.each([
    [
      'a tool that restarts it',
      'kill@1 die@2 stop@2 start@3 kill@100 die@101 stop@101 start@102 kill@200 die@201 start@202',
      210,
      3,
      200,
    ],
    ['one before the window', 'kill@1 die@2 start@3 kill@310 die@311 start@312 kill@315 die@316 start@317', 320, 2, 6],
    ['a create between', 'kill@1 die@2 start@3 kill@4 die@5 create@6 start@6 kill@7 die@8 start@9', 10, 1, 3],
    ['falls of both kinds', 'die@1 start@2 kill@3 die@4 start@5 die@6 start@7', 10, 3, 6],
  ])('with those that were asked for: %s', (_, text, nowS, times, spanS) => {
    const window = { engineNow: engineAt(nowS * 1_000), windowMs: WINDOW, countAsked: true, planned: [] };
    expect(restartEvidence(history(text), [], window)).toEqual({ times, spanMs: spanS * 1_000 });
  });

  const three = 'kill@20 die@21 stop@21 start@22 kill@40 die@41 stop@41 start@42 kill@60 die@61 start@62';

  it.each<[what: string, history: string, planned: [fromS: number, toS: number | null][], times: number]>([
    ['three of a tool', three, [], 3],
    [
      'three of ours',
      three,
      [
        [19, 23],
        [39, 43],
        [59, null],
      ],
      0,
    ],
    [
      'ours, dated by a clock that is a second off',
      three,
      [
        [21, 23],
        [41, 43],
        [61, null],
      ],
      0,
    ],
    ['two of a tool, then one of ours: it begins the count anew', three, [[59, null]], 0],
    ['one of ours, then two of a tool', three, [[19, 23]], 2],
    ['ours of another time', three, [[100, 110]], 3],
    [
      'falls by itself while ours went on: nobody asked for them',
      'kill@20 die@21 start@22 die@24 start@25 die@27 start@28 die@30 start@31',
      [[19, 40]],
      3,
    ],
  ])('does not count what a run of ours asked for: %s', (_, text, planned, times) => {
    const planMs = planned.map(([from, to]) => ({
      what: 'restarting' as const,
      from: engineAt(from * 1_000),
      to: to === null ? null : engineAt(to * 1_000),
    }));
    const window = { engineNow: engineAt(70_000), windowMs: WINDOW, countAsked: true, planned: planMs };
    expect(restartEvidence(history(text), [], window).times).toBe(times);
  });
});

describe('lastDeath', () => {
  it.each([
    ['start@1', null],
    ['die@1=1', { exitCode: 1, outOfMemory: false, asked: false }],
    ['start@1 oom@2 die@2=137', { exitCode: 137, outOfMemory: true, asked: false }],
    ['oom@0 start@1 die@2=1 start@3', { exitCode: 1, outOfMemory: false, asked: false }],
    ['start@1 kill@2 die@3=0', { exitCode: 0, outOfMemory: false, asked: true }],
    ['kill@0 start@1 die@3=2', { exitCode: 2, outOfMemory: false, asked: false }],
    ['start@1 die@3=143 stop@3', { exitCode: 143, outOfMemory: false, asked: true }],
    ['start@1 die@3=1 start@4 stop@5', { exitCode: 1, outOfMemory: false, asked: false }],
  ])('after %s', (text, expected) => {
    expect(lastDeath(history(text))).toEqual(expected);
  });
});

describe('lastOutOfMemory', () => {
  it.each([
    ['start@1 die@2', null],
    ['oom@1 oom@3', { at: engineAt(3_000), diedOfIt: false }],
    ['oom@1 die@1 start@2', { at: engineAt(1_000), diedOfIt: true }],
  ])('after %s', (text, expected) => {
    expect(lastOutOfMemory(history(text))).toEqual(expected);
  });
});
