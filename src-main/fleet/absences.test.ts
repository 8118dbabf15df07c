import { expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { Absences } from './absences.ts';

/** Absences whose engine answers when the test says so. */
function asking() {
  const open: ((answers: boolean) => void)[] = [];
  const absences = new Absences(() => new Promise((resolve) => open.push(resolve)));
  const told: boolean[] = [];
  const away = () => void absences.outlived().then((outlived) => told.push(outlived));
  const answer = async (answers: boolean) => {
    open.shift()?.(answers);
    await settled();
  };
  return { absences, open, told, away, answer };
}

it('asks once more, and once only, where this machine was away again before the answer came', async () => {
  const { absences, open, told, away, answer } = asking();
  for (let times = 0; times < 5; times += 1) away();
  expect([open.length, absences.count]).toEqual([1, 5]);
  await answer(true);
  expect([open.length, told]).toEqual([1, []]);
  await answer(true);
  expect([open.length, told]).toEqual([0, Array(5).fill(true)]);
});

it('asks no more where there was no answer, and anew for the next time', async () => {
  const { open, told, away, answer } = asking();
  away();
  away();
  await answer(false);
  expect([open.length, told]).toEqual([0, [false, false]]);
  away();
  await answer(true);
  expect(told).toEqual([false, false, true]);
});
